/// Finds where statements end in SQL that arrives line by line.
///
/// The wire knows no SQL: whoever assembles the server passes in the language's own lexer through
/// this protocol, so that a semicolon inside a string or a comment ends nothing.
package protocol StatementBoundary: Sendable {
    /// Takes one line with its line end; returns the statements it completed, in order, without
    /// those that are blank.
    mutating func feed(_ line: String) -> [String]
    /// Whether a statement has begun and not ended.
    var isOpen: Bool { get }
    /// UTF-8 bytes of the statement that has begun and not ended.
    var openBytes: Int { get }
    /// What is left at the end of input, as if a semicolon followed; empties the boundary.
    mutating func finish() -> String?
}
