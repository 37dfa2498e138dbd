import NeedletailCore
import NeedletailSyntax

/// What the editor needs to know of SQL: where statements end, what is what, what could follow.
package final class SQLEditing: EditingLanguage {
    /// The name before the prompt's sign.
    package var name = "needletail"
    /// `*` in an open transaction, `!` in an aborted one, else empty.
    package var transactionMark = ""
    private let completer: Completer

    package init(completer: Completer) { self.completer = completer }

    package func isComplete(_ text: String) -> Bool {
        EnteredText(text) != .unfinished
    }

    package func prompts(for text: String) -> [String] {
        let signs = MetaCommandLine.isCommand(text) ? ["="] : LineSigns.signs(of: text)
        return signs.map { "\(name)\($0)\(transactionMark)> " }
    }

    package func styles(for text: String) -> [StyledRange] {
        if MetaCommandLine.isCommand(text) {
            let end = text.firstIndex { $0 == " " || $0 == "\n" } ?? text.endIndex
            return [StyledRange(0..<text[..<end].utf8.count, .command)]
        }
        return Highlighter.spans(text).compactMap { span in
            Self.style(of: span.role).map {
                StyledRange(span.range.lower..<span.range.upper, $0)
            }
        }
    }

    private static func style(of role: Highlighter.Role) -> TextStyle? {
        switch role {
        case .keyword: .keyword
        case .string: .string
        case .number: .number
        case .parameter: .parameter
        case .comment: .comment
        case .problem: .error
        case .function, .name, .symbol: nil
        }
    }

    package func completion(before: String, after: String) -> Completion {
        completer.completion(before: before, after: after)
    }
}

/// The sign of the prompt at the start of each line, as psql has them.
enum LineSigns {
    /// `=` where a statement may start, `-` inside one, `(` in parentheses, `'` in a string, `"` in
    /// a quoted name, `*` in a comment.
    static func signs(of text: String) -> [String] {
        var signs = ["="]
        var lexer = Lexer(Array(text.utf8), keepsComments: true)
        var starts = lineStarts(lexer.bytes)[...]
        var depth = 0
        var isInside = false
        while !starts.isEmpty {
            let token = lexer.next()
            let outside = depth > 0 ? "(" : (isInside ? "-" : "=")
            while let start = starts.first, start <= token.lower {
                signs.append(outside)
                starts.removeFirst()
            }
            while let start = starts.first, start < token.upper || token.isUnterminated {
                signs.append(sign(inside: token))
                starts.removeFirst()
            }
            switch token.kind {
            case .end:
                signs.append(contentsOf: starts.map { _ in outside })
                return signs
            case .symbol(.leftParenthesis), .symbol(.leftBracket): depth += 1
            case .symbol(.rightParenthesis), .symbol(.rightBracket):
                depth = max(depth - 1, 0)
            case .symbol(.semicolon): (depth, isInside) = (0, false)
            case .comment: break
            default: isInside = true
            }
        }
        return signs
    }

    private static func lineStarts(_ bytes: [UInt8]) -> [Int] {
        bytes.indices.filter { bytes[$0] == 0x0A }.map { $0 + 1 }
    }

    private static func sign(inside token: Token) -> String {
        switch token.kind {
        case .comment, .problem(.unterminatedComment): "*"
        case .quotedName, .problem(.unterminatedName): "\""
        default: "'"
        }
    }
}
