import NeedletailSyntax

/// Gathers the text of a script and hands out the statements that are whole.
package struct ScriptBuffer {
    package struct Piece: Sendable, Hashable {
        /// The statement without its semicolon.
        package let text: String
        /// The line it starts on, counting from 1 over everything appended.
        package let line: Int
    }

    private var pending: [UInt8] = []
    private var line = 1

    package init() {}

    /// Adds text and returns the statements it completes.
    ///
    /// - Parameter line: the line it is of, in a script that also holds other things than SQL.
    package mutating func append(_ text: String, line: Int? = nil) -> [Piece] {
        if isBlank, let line { self.line = line }
        pending.append(contentsOf: text.utf8)
        var pieces: [Piece] = []
        var lexer = Lexer(pending)
        var start = 0
        var firstToken: Int?
        while true {
            let token = lexer.next()
            if token.kind == .end || token.isUnterminated { break }
            if token.kind == .symbol(.semicolon) {
                if let first = firstToken { pieces.append(cut(first, token.lower)) }
                start = token.upper
                firstToken = nil
            } else if firstToken == nil {
                firstToken = token.lower
            }
        }
        advanceLine(pending[..<start])
        pending.removeSubrange(..<start)
        return pieces
    }

    /// The open rest as a statement, unless it is blank.
    package mutating func takeRest() -> Piece? {
        defer { pending = [] }
        var lexer = Lexer(pending)
        let first = lexer.next()
        if first.kind == .end { return nil }
        return cut(first.lower, pending.count)
    }

    /// Whether nothing but blanks and comments waits for its end.
    package var isBlank: Bool {
        var lexer = Lexer(pending)
        return lexer.next().kind == .end
    }

    /// Whether the text ends inside a string, a quoted name or a comment.
    package var isInsideQuotes: Bool {
        var lexer = Lexer(pending)
        while true {
            let token = lexer.next()
            if token.isUnterminated { return true }
            if token.kind == .end { return false }
        }
    }

    private func cut(_ lower: Int, _ upper: Int) -> Piece {
        let breaks = pending[..<lower].count { $0 == 0x0A }
        var end = upper
        while end > lower, [0x20, 0x09, 0x0A, 0x0D].contains(pending[end - 1]) { end -= 1 }
        let text = String(decoding: pending[lower..<end], as: UTF8.self)
        return Piece(text: text, line: line + breaks)
    }

    private mutating func advanceLine(_ bytes: ArraySlice<UInt8>) {
        line += bytes.count { $0 == 0x0A }
    }
}
