package import NeedletailCore

/// Finds where statements end in SQL that arrives line by line.
///
/// The wire knows no SQL: whoever assembles the server passes in the language's own lexer through
/// this protocol, so that a semicolon inside a string or a comment ends nothing.
package protocol StatementBoundary: Sendable {
    /// Takes one line with its line end; returns the statements it completed, in order, without
    /// those that are blank.
    ///
    /// Errors: 54000 where the statement has grown too long. The boundary is empty then.
    mutating func feed(_ line: String) throws(DatabaseError) -> [String]
    /// Whether a statement has begun and not ended.
    var isOpen: Bool { get }
    /// What is left at the end of input, as if a semicolon followed; empties the boundary.
    mutating func finish() -> String?
}
