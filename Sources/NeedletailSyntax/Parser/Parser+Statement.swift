import NeedletailCore

extension Parser {
    /// grammar: statement
    mutating func statement() throws(DatabaseError) -> Statement {
        parameters = ParameterCollector()
        looseAlias = nil
        let start = token
        let kind = try statementKind()
        return Statement(kind, parameters: parameters.use, location: location(from: start))
    }

    private mutating func statementKind() throws(DatabaseError) -> Statement.Kind {
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
        default: throw noStatement()
        }
    }

    /// The error for a text that starts like no statement.
    @inline(never)
    private mutating func noStatement() -> DatabaseError {
        if token.kind == .end {
            return DatabaseError(
                .syntaxError, "the statement is empty",
                hint: "Write a statement, such as SELECT 1.",
                position: token.range)
        }
        if token.kind == .word, let error = foreignStatement() { return error }
        guard !isAtProblem else { return unexpected(nil) }
        let near: Keyword? =
            token.kind == .word
            ? EditDistance.nearest(to: text(of: token), among: Self.statementStarts) : nil
        return DatabaseError(
            .syntaxError, "syntax error at \(shown(token)): no statement starts like this",
            hint: near.map { "Did you mean \($0.text)?" }
                ?? "Statements start with a word such as SELECT, INSERT, CREATE or SHOW.",
            position: token.range)
    }

    private static let statementStarts: [Keyword] = [
        .select, .insert, .upsert, .update, .delete, .truncate, .copy, .create, .drop, .alter,
        .reindex, .analyze, .check, .begin, .start, .commit, .end, .rollback, .abort, .savepoint,
        .release, .set, .reset, .pragma, .show, .describe, .explain, .with, .values,
    ]
}
