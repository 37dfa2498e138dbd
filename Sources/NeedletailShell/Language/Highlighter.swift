import NeedletailSyntax

/// Colours SQL by its tokens.
package enum Highlighter {
    package static func styles(of text: String) -> [StyledRange] {
        var lexer = Lexer(Array(text.utf8), keepsComments: true)
        var styles: [StyledRange] = []
        while true {
            let token = lexer.next()
            if token.kind == .end { return styles }
            if let style = style(of: token.kind) {
                styles.append(StyledRange(token.lower..<token.upper, style))
            }
        }
    }

    private static func style(of kind: Token.Kind) -> TextStyle? {
        switch kind {
        case .keyword: .keyword
        case .string, .escapeString, .bitString, .hexString, .base64String: .string
        case .problem(.unterminatedString): .string
        case .integer, .decimal: .number
        case .positionalParameter, .namedParameter: .parameter
        case .comment, .problem(.unterminatedComment): .comment
        case .problem(.malformedNumber), .problem(.backtick), .problem(.curlyQuote),
            .problem(.unknownCharacter), .problem(.nulByte), .problem(.emptyName):
            .error
        default: nil
        }
    }
}
