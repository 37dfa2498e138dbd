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
        guard !create.isUnique else {
            throw .unsupported(
                "\(name) cannot be unique",
                hint: "Leave UNIQUE out; the primary key and ordered indexes keep rows apart.",
                at: range)
        }
        guard let key = create.keys.first, create.keys.count == 1 else {
            throw .unsupported(
                "\(name) has one column, not \(create.keys.count)",
                hint: "Create one index for each column; they are combined.",
                at: create.keys.dropFirst().first?.expression.range ?? range)
        }
        if let include = create.include.first {
            throw .unsupported(
                "\(name) does not include columns", hint: "Create one index for each column.",
                at: include.range)
        }
        if let option = create.options.first {
            throw DatabaseError(
                .undefinedObject, "unknown option \"\(option.name.text)\" of \(name)",
                hint: "It has no options.", position: option.range)
        }
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
        guard !key.isDescending, key.nullsFirst == nil else {
            throw .unsupported(
                "\(name) has no direction", hint: "Leave DESC and NULLS out.", at: range)
        }
        if let written = key.operatorClass, !isKnown(written.text) {
            throw DatabaseError(
                .undefinedObject, "operator class \"\(written.text)\" does not fit \(name)",
                hint: "Leave it out.", position: written.range)
        }
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

    private func isKnown(_ operatorClass: String) -> Bool {
        operatorClass.hasSuffix("_ops") && OperatorClass(rawValue: operatorClass) == nil
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
