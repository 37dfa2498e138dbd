import NeedletailCore

extension Parser {
    /// The one statement of the text, and the semicolons around it.
    mutating func onlyStatement() throws(SyntaxFailure) -> Statement {
        while accept(.semicolon) {}
        let statement = try statement()
        let hadSemicolon = accept(.semicolon)
        while accept(.semicolon) {}
        if hadSemicolon, token.kind != .end, !isAtProblem {
            throw SyntaxFailure(
                .syntaxError, "a second statement follows the first",
                hint: "Send statements one at a time.", position: token.range)
        }
        try expectEnd()
        return statement
    }

    /// grammar: script
    mutating func script() throws(SyntaxFailure) -> [Statement] {
        var statements: [Statement] = []
        while true {
            while accept(.semicolon) {}
            if token.kind == .end { return statements }
            statements.append(try statement())
            if !at(.semicolon) { try expectEnd() }
        }
    }

    /// grammar: statement
    mutating func statement() throws(SyntaxFailure) -> Statement {
        parameters = ParameterCollector()
        looseAlias = nil
        let start = token
        let kind = try statementKind()
        return Statement(kind, parameters: parameters.use, location: location(from: start))
    }

    private mutating func statementKind() throws(SyntaxFailure) -> Statement.Kind {
        guard case .keyword(let keyword) = token.kind else {
            guard at(.leftParenthesis) else { throw noStatement() }
            return .select(try select())
        }
        switch keyword {
        case .select, .with, .values: return .select(try select())
        case .insert: return try insert()
        case .upsert: return try upsert()
        case .update: return try update()
        case .delete: return try delete()
        case .truncate: return try truncate()
        case .copy: return try copy()
        case .create: return try create()
        case .drop: return try drop()
        case .alter: return try alter()
        case .reindex: return try reindex()
        case .analyze: return try analyze()
        case .check: return try check()
        case .begin, .start: return try begin()
        case .commit, .end: return commit()
        case .rollback, .abort: return try rollback()
        case .savepoint: return try savepoint()
        case .release: return try release()
        case .set: return try set()
        case .reset: return try reset()
        case .pragma: return try pragma()
        case .show: return try show()
        case .describe, .desc: return try describe()
        case .explain: return try explain()
        case .recall: return try recall()
        case .why: return try why()
        default: throw noStatement()
        }
    }

    /// The error for a text that starts like no statement.
    @inline(never)
    private mutating func noStatement() -> SyntaxFailure {
        if token.kind == .end {
            return SyntaxFailure(
                .syntaxError, "the statement is empty",
                hint: "Write a statement, such as SELECT 1.",
                position: token.range)
        }
        if token.kind == .word, let error = foreignStatement() { return error }
        guard !isAtProblem else { return unexpected() }
        let near: Keyword? =
            token.kind == .word
            ? EditDistance.nearest(to: text(of: token), among: Self.statementStarts) : nil
        return SyntaxFailure(
            .syntaxError, "syntax error at \(shown(token)): no statement starts like this",
            hint: near.map { "Did you mean \($0.text)?" }
                ?? "Statements start with a word such as SELECT, INSERT, CREATE or SHOW.",
            position: token.range)
    }

    static let statementStarts: [Keyword] = [
        .select, .insert, .upsert, .update, .delete, .truncate, .copy, .create, .drop, .alter,
        .reindex, .analyze, .check, .begin, .start, .commit, .end, .rollback, .abort, .savepoint,
        .release, .set, .reset, .pragma, .show, .describe, .explain, .recall, .why,
        .with, .values,
    ]
}
