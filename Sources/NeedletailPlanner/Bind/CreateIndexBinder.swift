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
    /// taken, 42P16 for columns that have no order, 54000 beyond the limits, and those of
    /// ``VectorIndexBinder`` and ``PostingIndexBinder``.
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
        let method = try method()
        if let filter = create.filter {
            throw .unsupported(
                "partial indexes are not supported yet", hint: "Index all rows.", at: filter.range)
        }
        let existing = try statement.catalog.indexes(of: table)
        guard existing.count < Limits.indexesPerTableMax else {
            throw DatabaseError(
                .programLimit, "a table has at most \(Limits.indexesPerTableMax) indexes",
                hint: "Drop one that is not used.", position: create.table.range)
        }
        var definition: IndexDefinition
        let words: [String]
        switch method {
        case .ordered: (definition, words) = try ordered(table, at: range)
        case .hnsw, .ivf:
            (definition, words) = try VectorIndexBinder(
                statement, create, table, method
            ).bind(at: range)
        case .bitmap, .gin:
            let binder = PostingIndexBinder(
                statement: statement, create: create, table: table, method: method)
            (definition, words) = try binder.bind(at: range)
        }
        definition.name = try name(table, words)
        return BoundCreateIndex(table: table, definition: definition, isSatisfied: false)
    }

    /// The definition of an ordered index without its name, and the words that make up a name.
    private func ordered(
        _ table: TableDefinition, at range: SourceRange?
    ) throws(DatabaseError) -> (IndexDefinition, words: [String]) {
        try create.refuseIncludedAndOptions(
            of: Self.orderedName, includedHint: "Add the columns to the key.")
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
            id: 0, name: "", tableID: table.id, isUnique: create.isUnique, keys: keys)
        return (definition, words)
    }

    private static let orderedName = "an ordered index"

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

    private func method() throws(DatabaseError) -> IndexDefinition.Method {
        guard let method = create.method else { return .ordered }
        switch method.text {
        case "btree": return .ordered
        case "hnsw": return .hnsw
        case "bitmap": return .bitmap
        case "gin": return .gin
        case "ivf", "ivfflat": return .ivf
        case "diskann", "vchordrq", "flat":
            throw .unsupported(
                "\(method.text) indexes come with a later release", hint: "Write USING hnsw.",
                at: method.range)
        case "bm25":
            throw .unsupported(
                "text indexes come with a later release",
                hint: "Filter with LIKE or ILIKE until then.", at: method.range)
        case "hash", "gist", "brin", "spgist":
            throw .unsupported(
                "index method \(method.text) is not supported",
                hint: "Leave USING out: an ordered index serves =, <, IN and ORDER BY, on columns "
                    + "and on JSON paths.", at: method.range)
        default:
            throw DatabaseError(
                .undefinedObject, "index method \"\(method.text)\" does not exist",
                hint: Suggestion.hint(
                    for: method.text,
                    in: ["btree", "hnsw", "ivf", "ivfflat", "bitmap", "gin", "bm25"]
                )
                    ?? "Leave USING out.",
                position: method.range)
        }
    }

    private func key(
        _ key: IndexKey, _ table: TableDefinition
    ) throws(DatabaseError) -> (IndexDefinition.Key, String) {
        let range = key.expression.range
        let binder = IndexExpressionBinder(statement: statement, table: table)
        let bound = try binder.value(key.expression)
        let target = KeyTarget(bound)
        if let hint = Self.refusal(of: bound, target, table) {
            let what =
                if case .column(let position)? = target {
                    "column \"\(table.columns[position].name)\""
                } else {
                    "an expression"
                }
            throw DatabaseError(
                bound.type.isVector ? .notSupported : .invalidTableDefinition,
                "\(Self.orderedName) cannot hold \(what) of type \(bound.type.sqlName)",
                hint: hint, position: range)
        }
        try key.refuseVectorOperatorClass(of: Self.orderedName)
        let (definition, word) = try binder.key(key, bound)
        return (definition, word)
    }

    /// What to do instead, where no order holds the values.
    private static func refusal(
        of bound: BoundExpression, _ target: KeyTarget?, _ table: TableDefinition
    ) -> String? {
        let type = bound.type
        if case .path? = target { return nil }
        guard !type.isKey else { return nil }
        guard case .column(let position)? = target else {
            if type == .jsonb {
                return "Index a path, (meta.page), or cast, as in ((meta->>'page')::int)."
            }
            return type.isArray ? "Write USING gin." : "Index a value that has an order."
        }
        let name = table.columns[position].name
        if type.isVector {
            let fitting = OperatorClass.fitting(type).first?.rawValue ?? "vector_l2_ops"
            return "Write USING hnsw (\(name) \(fitting))."
        }
        return type == .jsonb ? "Index a path: (\(name).key)." : "Write USING gin."
    }

    /// A JSON key as a piece of an index's name.
    static func word(_ key: String) -> String {
        String(key.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
