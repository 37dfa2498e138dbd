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
        let (target, words) = try target(key)
        let definition = IndexDefinition(
            id: 0, name: "", tableID: table.id, method: method,
            keys: [
                IndexDefinition.Key(
                    columnID: table.columns[target.column].id, path: target.path)
            ])
        return (definition, words)
    }

    private func target(
        _ key: IndexKey
    ) throws(DatabaseError) -> (KeyTarget, words: [String]) {
        let range = key.expression.range
        try key.refuseVectorOperatorClass(of: name)
        let scope = Scope(relations: [Relation(table)])
        let bound = try ExpressionBinder(statement, scope, .index).bind(key.expression)
        guard let target = KeyTarget(bound) else {
            throw .unsupported(
                "indexes on expressions are not supported yet",
                hint: "Index a column, or a path into a jsonb column: (meta.page).", at: range)
        }
        let column = table.columns[target.column]
        if let hint = refusal(of: column, path: target.path) {
            let what = target.path.isEmpty ? "column \"\(column.name)\"" : "a path"
            let type = target.path.isEmpty ? " of type \(column.type.sqlName)" : ""
            throw DatabaseError(
                .invalidTableDefinition, "\(name) cannot hold \(what)\(type)", hint: hint,
                position: range)
        }
        let steps = target.path.map { CreateIndexBinder.word($0.pathText) }
        return (target, [([column.name] + steps).joined(separator: "_")])
    }

    /// What to do instead, where the method cannot hold the column.
    private func refusal(
        of column: NeedletailCore.ColumnDefinition, path: [JSONStep]
    ) -> String? {
        switch (method, column.type) {
        case (.gin, .array(let element)) where element.isKey && path.isEmpty: nil
        case (.gin, .jsonb):
            path.isEmpty ? nil : "Write USING bitmap for a path, or index the column."
        case (.gin, _): "A gin index holds arrays and jsonb; write USING bitmap."
        case (_, .jsonb) where path.isEmpty:
            "Index a path, (\(column.name).key), or write USING gin."
        case (_, .array): "Write USING gin."
        default: column.type.isKey || !path.isEmpty ? nil : "Index a column of single values."
        }
    }
}
