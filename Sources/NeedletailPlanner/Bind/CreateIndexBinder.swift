import NeedletailCore
import NeedletailSyntax

/// Binds `CREATE INDEX`.
struct CreateIndexBinder {
    let statement: StatementBinder
    let create: CreateIndexStatement

    init(_ statement: StatementBinder, _ create: CreateIndexStatement) {
        self.statement = statement
        self.create = create
    }

    /// Errors: 0A000 for index methods and forms of a later release, 42P07 for a name that is
    /// taken, 42P16 for columns that have no order, 54000 beyond the limits.
    func bind(at range: SourceRange?) throws(DatabaseError) -> BoundCreateIndex {
        let table = try statement.table(create.table)
        if let name = create.name { try statement.checkName(name) }
        if create.ifNotExists, let name = create.name,
            let existing = try statement.catalog.index(named: name.text)
        {
            statement.notice(.warning, "index \"\(name.text)\" exists already, skipping")
            return BoundCreateIndex(table: table, definition: existing, isSatisfied: true)
        }
        if create.ifNotExists, create.name == nil {
            throw DatabaseError(
                .syntaxError, "CREATE INDEX IF NOT EXISTS needs a name", position: range)
        }
        try checkMethod()
        try refuseWhatIsMissing()
        let existing = try statement.catalog.indexes(of: table)
        guard existing.count < Limits.indexesPerTableMax else {
            throw DatabaseError(
                .programLimit, "a table has at most \(Limits.indexesPerTableMax) indexes",
                hint: "Drop one that is not used.", position: create.table.range)
        }
        guard create.keys.count <= Limits.keyColumnsMax else {
            throw DatabaseError(
                .programLimit,
                "an index has at most \(Limits.keyColumnsMax) columns, not \(create.keys.count)",
                position: range)
        }
        var keys: [IndexDefinition.Key] = []
        var words: [String] = []
        for key in create.keys {
            let (bound, word) = try self.key(key, table)
            keys.append(bound)
            words.append(word)
        }
        let definition = IndexDefinition(
            id: 0, name: try name(table, words), tableID: table.id, isUnique: create.isUnique,
            keys: keys)
        return BoundCreateIndex(table: table, definition: definition, isSatisfied: false)
    }

    private func name(
        _ table: TableDefinition, _ words: [String]
    ) throws(DatabaseError) -> String {
        guard let name = create.name else {
            return try statement.freeName(([table.name] + words + ["idx"]).joined(separator: "_"))
        }
        guard try statement.isFree(name.text) else {
            throw DatabaseError(
                .duplicateTable, "\"\(name.text)\" exists already",
                hint: "Choose another name, or leave it out.", position: name.range)
        }
        return name.text
    }

    private func checkMethod() throws(DatabaseError) {
        guard let method = create.method else { return }
        switch method.text {
        case "btree": return
        case "hnsw", "ivf", "ivfflat", "diskann", "vchordrq", "flat":
            throw .unsupported(
                "approximate indexes come with the next release",
                hint: "Searches are exact today and need no index: ORDER BY v <=> :q LIMIT 10.",
                at: method.range)
        case "bm25":
            throw .unsupported(
                "text indexes come with a later release",
                hint: "Filter with LIKE or ILIKE until then.", at: method.range)
        case "hash", "gin", "gist", "brin", "spgist":
            throw .unsupported(
                "index method \(method.text) is not supported",
                hint: "Leave USING out: an ordered index serves =, <, IN and ORDER BY, on columns "
                    + "and on JSON paths.", at: method.range)
        default:
            throw DatabaseError(
                .undefinedObject, "index method \"\(method.text)\" does not exist",
                hint: Suggestion.hint(for: method.text, in: ["btree", "hnsw", "ivfflat", "bm25"])
                    ?? "Leave USING out.",
                position: method.range)
        }
    }

    private func refuseWhatIsMissing() throws(DatabaseError) {
        if let include = create.include.first {
            throw .unsupported(
                "INCLUDE is not supported yet", hint: "Add the columns to the key.",
                at: include.range)
        }
        if let filter = create.filter {
            throw .unsupported(
                "partial indexes are not supported yet", hint: "Index all rows.", at: filter.range)
        }
        if let option = create.options.first {
            throw DatabaseError(
                .undefinedObject, "unknown option \"\(option.name.text)\" of an ordered index",
                hint: "An ordered index has no options.", position: option.range)
        }
    }

    private func key(
        _ key: IndexKey, _ table: TableDefinition
    ) throws(DatabaseError) -> (IndexDefinition.Key, String) {
        let range = key.expression.range
        let scope = Scope(relations: [Relation(table)])
        let bound = try ExpressionBinder(statement, scope, .index).bind(key.expression)
        guard let target = KeyTarget(bound) else {
            throw .unsupported(
                "indexes on expressions are not supported yet",
                hint: "Index a column, or a path into a jsonb column: (meta.page).", at: range)
        }
        let column = table.columns[target.column]
        let type = target.path.isEmpty ? column.type : .jsonb
        if type.isVector {
            throw .unsupported(
                "an ordered index cannot hold the vector column \"\(column.name)\"",
                hint: "Searches are exact today and need no index; "
                    + "approximate indexes come with the next release.", at: range)
        }
        guard type.isKey || !target.path.isEmpty else {
            throw DatabaseError(
                .invalidTableDefinition,
                "an ordered index cannot hold column \"\(column.name)\" of type \(type.sqlName)",
                hint: type == .jsonb ? "Index a path: (\(column.name).key)." : nil,
                position: range)
        }
        if let name = key.operatorClass,
            !name.text.hasSuffix("_ops") || name.text.hasPrefix("vector")
                || name.text.hasPrefix("halfvec")
        {
            throw DatabaseError(
                .undefinedObject, "operator class \"\(name.text)\" does not fit an ordered index",
                hint: "Leave it out.", position: name.range)
        }
        let definition = IndexDefinition.Key(
            columnID: column.id, path: target.path, isDescending: key.isDescending,
            nullsFirst: key.nullsFirst ?? key.isDescending)
        let steps = target.path.map { Self.word($0.pathText) }
        return (definition, ([column.name] + steps).joined(separator: "_"))
    }

    /// A JSON key as a piece of an index's name.
    private static func word(_ key: String) -> String {
        String(key.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
