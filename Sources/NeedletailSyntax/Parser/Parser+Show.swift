import NeedletailCore

extension Parser {
    /// grammar: show
    mutating func show() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.show)
        return .show(try showSubject())
    }

    private mutating func showSubject() throws(SyntaxFailure) -> ShowStatement {
        // A setting may have the name of one of these words and a dot behind it.
        if peek().kind != .symbol(.dot) {
            if accept(.tables) { return .tables }
            if accept(.collections) { return .collections }
            if accept(.indexes) {
                return .indexes(of: accept(.from) ? try objectName("a table name") : nil)
            }
            if accept(.settings) {
                return .settings(like: accept(.like) ? try string("a pattern in quotes") : nil)
            }
            if accept(.statistics) {
                let isOfAll = [.end, .symbol(.semicolon)].contains(token.kind)
                if isOfAll { return .statistics(of: nil) }
                _ = accept(.for)
                return .statistics(of: try objectName("a table name"))
            }
            if accept(.sessions) { return .sessions }
            if accept(.snapshots) { return .snapshots }
            if accept(.queries) { return .queries }
            if accept(.all) { return .all }
            if accept(.create) {
                _ = accept(.table)
                return .create(try objectName("a table name"))
            }
        }
        return .setting(try objectName("the name of a setting"))
    }

    /// grammar: describe
    mutating func describe() throws(SyntaxFailure) -> Statement.Kind {
        advance()
        if isAtQuery || at(.leftParenthesis) { return .describe(.query(try select())) }
        _ = accept(.table)
        return .describe(.table(try objectName("a table name, or a query")))
    }

    /// grammar: explain
    mutating func explain() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.explain)
        var options = ExplainOptions()
        if at(.leftParenthesis), !isQueryInParentheses {
            advance()
            repeat { try explainOption(&options) } while accept(.comma)
            try closeList()
        } else if accept(.analyze) {
            options.analyze = true
        }
        let start = token
        let kind: Statement.Kind
        switch token.kind {
        case .keyword(.insert): kind = try insert()
        case .keyword(.upsert): kind = try upsert()
        case .keyword(.update): kind = try update()
        case .keyword(.delete): kind = try delete()
        default:
            guard isAtQuery || at(.leftParenthesis) else {
                noteMissed([.select, .insert, .upsert, .update, .delete])
                throw unexpected()
            }
            kind = .select(try select())
        }
        let statement = Statement(
            kind, parameters: parameters.use, location: location(from: start))
        return .explain(
            ExplainStatement(
                statement, analyze: options.analyze, recall: options.recall,
                costs: options.costs, summary: options.summary, format: options.format))
    }

    /// Whether the parenthesis at the current token opens a query and not options.
    private var isQueryInParentheses: Bool {
        switch peek().kind {
        case .keyword(.select), .keyword(.with), .keyword(.values), .symbol(.leftParenthesis): true
        default: false
        }
    }

    /// grammar: explainOption
    private mutating func explainOption(_ options: inout ExplainOptions) throws(SyntaxFailure) {
        if accept(.analyze) {
            options.analyze = try explainSwitch()
        } else if accept(.recall) {
            options.recall = try explainSwitch()
        } else if accept(.costs) {
            options.costs = try explainSwitch()
        } else if accept(.summary) {
            options.summary = try explainSwitch()
        } else {
            try expect(.format)
            options.format = try name("a format, such as text")
        }
    }

    /// Whether an option is on: it is unless the next word says otherwise.
    private mutating func explainSwitch() throws(SyntaxFailure) -> Bool {
        if at(.comma) || at(.rightParenthesis) { return true }
        if accept(.on) || accept(.true) { return true }
        if accept(.off) { return false }
        try expect(.false)
        return false
    }
}

/// The options of `EXPLAIN` while they are read.
private struct ExplainOptions {
    var analyze = false
    var recall = false
    var costs: Bool?
    var summary: Bool?
    var format: Identifier?
}
