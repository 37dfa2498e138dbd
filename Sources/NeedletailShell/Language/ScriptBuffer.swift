package import NeedletailCore
import NeedletailSyntax

/// Gathers the text of a script and hands out the statements that are whole.
package struct ScriptBuffer {
    package struct Piece: Sendable, Hashable {
        /// The statement without its semicolon.
        package let text: String
        /// The line it starts on, counting from 1.
        package let line: Int
    }

    private var splitter = StatementSplitter()
    /// Lines of the script before the first one the splitter saw.
    private var linesBefore = 0

    package init() {}

    /// Adds text and returns the statements it completes.
    ///
    /// - Parameter line: the line of the script the text starts on, where the script also holds
    ///   lines that are not handed over.
    /// - Throws: 54000 for a statement beyond the limit; the buffer is empty then.
    package mutating func append(
        _ text: String, line: Int? = nil
    ) throws(DatabaseError) -> [Piece] {
        if let line, isBlank {
            splitter.reset()
            linesBefore = line - 1
        }
        return try splitter.feed(text).map(piece)
    }

    /// The open rest as a statement, unless it is blank.
    package mutating func takeRest() -> Piece? { splitter.finish().map(piece) }

    /// Whether nothing but blanks and comments waits for its end.
    package var isBlank: Bool { splitter.state == .empty }

    /// Whether the text ends inside a string, a quoted name or a comment.
    package var isInsideQuotes: Bool {
        switch splitter.state {
        case .insideString, .insideQuotedName, .insideComment: true
        case .empty, .insideStatement, .insideParentheses: false
        }
    }

    private func piece(_ piece: StatementSplitter.Piece) -> Piece {
        Piece(text: piece.text, line: linesBefore + piece.line)
    }
}
