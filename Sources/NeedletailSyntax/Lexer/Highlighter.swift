package import NeedletailCore

/// Says which parts of a text are what, for colouring. Works on unfinished and wrong text too.
package enum Highlighter {
    /// A part of the text.
    package struct Span: Sendable, Hashable {
        package let range: SourceRange
        package let role: Role
    }

    package enum Role: Sendable, Hashable, CaseIterable {
        case keyword
        /// A name with a parenthesis behind it.
        case function
        case name
        /// Strings, and literals of bits and bytes.
        case string
        case number
        case parameter
        case symbol
        case comment
        case problem
    }

    /// The parts in their order; blanks between them belong to none.
    package static func spans(_ text: String) -> [Span] {
        var lexer = Lexer(Array(text.utf8), keepsComments: true)
        var spans: [Span] = []
        var previous: Token?
        var token = lexer.next()
        while token.kind != .end {
            let next = lexer.next()
            spans.append(Span(range: token.range, role: role(of: token, after: previous, next)))
            previous = token
            token = next
        }
        return spans
    }

    private static func role(of token: Token, after previous: Token?, _ next: Token) -> Role {
        switch token.kind {
        case .keyword(let keyword):
            // A word beside a dot is a name whatever it says.
            let isStep = previous?.kind == .symbol(.dot) || next.kind == .symbol(.dot)
            return isStep && !keyword.isReserved ? .name : .keyword
        case .word: return next.kind == .symbol(.leftParenthesis) ? .function : .name
        case .quotedName: return .name
        case .string, .escapeString, .bitString, .hexString, .base64String: return .string
        case .integer, .decimal: return .number
        case .positionalParameter, .namedParameter: return .parameter
        case .symbol: return .symbol
        case .comment: return .comment
        case .problem(.unterminatedString): return .string
        case .problem(.unterminatedName): return .name
        case .problem(.unterminatedComment): return .comment
        case .problem: return .problem
        case .end: return .symbol
        }
    }
}
