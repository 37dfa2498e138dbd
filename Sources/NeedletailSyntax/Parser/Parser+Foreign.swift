import NeedletailCore

extension Parser {
    /// The error for a statement of another system, if this is one.
    func foreignStatement() -> SyntaxFailure? {
        let word = Identifier.folded(text(of: token))
        guard Self.foreignStarts.contains(word) else { return nil }
        return unsupported("\(word.uppercased()) is", hint: Self.replacements[word])
    }

    /// The error for `CREATE` of something that this database does not have, if this is that.
    ///
    /// - Parameter start: the token `CREATE`.
    func foreignCreation(_ start: Token) -> SyntaxFailure? {
        let word = Identifier.folded(text(of: token))
        guard Self.foreignObjects.contains(word) else { return nil }
        return unsupported(
            "CREATE \(word.uppercased()) is", at: SourceRange(start.lower, token.upper))
    }

    private static let foreignStarts: Set<String> = [
        "attach", "call", "cluster", "comment", "deallocate", "declare", "detach", "discard",
        "execute", "grant", "listen", "load", "lock", "merge", "notify", "prepare", "replace",
        "revoke", "use", "vacuum",
    ]

    private static let replacements = [
        "merge": "Use INSERT … ON CONFLICT, or UPSERT.",
        "prepare": "Statements are cached by their text; bind parameters such as $1 or :name.",
        "replace": "Use UPSERT, or INSERT … ON CONFLICT.",
        "use": "A connection has one database, the one it was opened with.",
    ]

    private static let foreignObjects: Set<String> = [
        "database", "domain", "foreign", "function", "materialized", "or", "policy", "procedure",
        "publication", "role", "rule", "schema", "sequence", "trigger", "type", "user", "view",
        "virtual",
    ]
}
