import NeedletailSyntax

/// What the prompt reads from a statement without parsing it.
enum StatementWords {
    /// The names of its parameters, each once.
    static func parameterNames(of sql: String) -> [String] {
        let bytes = Array(sql.utf8)
        var lexer = Lexer(bytes)
        var names: [String] = []
        while true {
            let token = lexer.next()
            if token.kind == .end { return names }
            guard token.kind == .namedParameter else { continue }
            let name = String(decoding: bytes[(token.lower + 1)..<token.upper], as: UTF8.self)
            if !names.contains(name) { names.append(name) }
        }
    }

    /// What the progress line calls it; `nil` for statements that show no progress, and for those
    /// that read from the keyboard or write to the screen.
    static func progressLabel(of sql: String) -> String? {
        var lexer = Lexer(Array(sql.utf8))
        switch lexer.next().kind {
        case .keyword(.copy):
            while true {
                let token = lexer.next()
                switch token.kind {
                case .keyword(.stdin), .keyword(.stdout): return nil
                case .end:
                    return "COPY \(CopyRedirect.subject(of: sql) ?? "")".trimmingBlanks
                default: continue
                }
            }
        case .keyword(.reindex): return "REINDEX"
        case .keyword(.create):
            let next = lexer.next().kind
            let isIndex =
                next == .keyword(.index)
                || (next == .keyword(.unique) && lexer.next().kind == .keyword(.index))
            return isIndex ? "CREATE INDEX" : nil
        default: return nil
        }
    }

    /// Whether it is a query.
    static func isQuery(_ sql: String) -> Bool {
        var lexer = Lexer(Array(sql.utf8))
        switch lexer.next().kind {
        case .keyword(.select), .keyword(.values), .keyword(.with), .symbol(.leftParenthesis):
            return true
        default: return false
        }
    }

    /// Whether it is a `COPY … FROM STDIN`.
    static func readsStandardInput(_ sql: String) -> Bool {
        var lexer = Lexer(Array(sql.utf8))
        guard lexer.next().kind == .keyword(.copy) else { return false }
        while true {
            switch lexer.next().kind {
            case .keyword(.stdin): return true
            case .end: return false
            default: continue
            }
        }
    }
}
