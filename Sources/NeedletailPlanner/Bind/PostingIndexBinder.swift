import NeedletailCore
import NeedletailSyntax

/// Binds what `CREATE INDEX … USING bitmap` and `USING gin` say of the column.
struct PostingIndexBinder {
    let statement: StatementBinder
    let create: CreateIndexStatement
    let table: TableDefinition
    let method: IndexDefinition.Method

    private var name: String { "a \(method.rawValue) index" }

    /// The definition without its name, and the words that make up a name.
    ///
    /// Errors: 0A000 for forms that have no meaning here, 42704 for options and operator classes,
    /// 42P16 for a column that the method cannot hold.
    func bind(
        at range: SourceRange?
    ) throws(DatabaseError) -> (IndexDefinition, words: [String]) {
        let key = try create.onlyKey(
            of: name, severalHint: "Create one index for each column; they are combined.",
            at: range)
        try create.refuseIncludedAndOptions(
            of: name, includedHint: "Create one index for each column.")
        try key.refuseVectorOperatorClass(of: name)
        let binder = IndexExpressionBinder(statement: statement, table: table)
        let bound = try binder.value(key.expression)
        let target = KeyTarget(bound)
        if let hint = refusal(of: bound.type, target) {
            let (what, type) =
                switch target {
                case .column(let position)?:
                    ("column \"\(table.columns[position].name)\"", " of type \(bound.type.sqlName)")
                case .path?: ("a path", "")
                case .expression?, nil: ("an expression", " of type \(bound.type.sqlName)")
                }
            throw DatabaseError(
                .invalidTableDefinition, "\(name) cannot hold \(what)\(type)", hint: hint,
                position: key.expression.range)
        }
        let (definition, word) = try binder.key(key, bound)
        return (
            IndexDefinition(id: 0, name: "", tableID: table.id, method: method, keys: [definition]),
            [word]
        )
    }

    /// What to do instead, where the method cannot hold the values.
    private func refusal(of type: ValueType, _ target: KeyTarget?) -> String? {
        if case .path? = target {
            return method == .gin ? "Write USING bitmap for a path, or index the column." : nil
        }
        switch (method, type) {
        case (.gin, .array(let element)) where element.isKey: return nil
        case (.gin, .jsonb): return nil
        case (.gin, _): return "A gin index holds arrays and jsonb; write USING bitmap."
        case (_, .jsonb):
            guard case .column(let position)? = target else {
                return "Index a path, (meta.key), or cast, as in ((meta->>'key')::int)."
            }
            return "Index a path, (\(table.columns[position].name).key), or write USING gin."
        case (_, .array): return "Write USING gin."
        default: return type.isKey ? nil : "Index a column of single values."
        }
    }
}
