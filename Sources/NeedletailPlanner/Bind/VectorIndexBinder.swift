import NeedletailCore
import NeedletailSyntax

/// Binds what `CREATE INDEX … USING hnsw` or `USING ivf` says of the column, the metric and how the
/// index is built.
struct VectorIndexBinder {
    let statement: StatementBinder
    let create: CreateIndexStatement
    let table: TableDefinition
    let method: IndexDefinition.Method
    /// The index in words: `an hnsw index`.
    private let name: String

    init(
        _ statement: StatementBinder, _ create: CreateIndexStatement, _ table: TableDefinition,
        _ method: IndexDefinition.Method
    ) {
        self.statement = statement
        self.create = create
        self.table = table
        self.method = method
        name = "an \(method.rawValue) index"
    }

    /// The definition without its name, and the words that make up a name.
    ///
    /// Errors: 0A000 for forms that have no meaning here, 42804 where column and operator class
    /// do not go together, 42704 for an operator class or an option that is missing or unknown,
    /// 22023 for an option out of range, 42P16 and 54000 for columns that cannot be included.
    func bind(
        at range: SourceRange?
    ) throws(DatabaseError) -> (IndexDefinition, words: [String]) {
        let key = try create.onlyKey(
            of: name, column: "vector column",
            severalHint: method == .hnsw
                ? "Create one index for each vector column; filter columns go to INCLUDE."
                : "Create one index for each vector column.",
            at: range)
        let column = try vectorColumn(key)
        let operatorClass = try operatorClass(key, column)
        var vector = VectorIndexOptions(metric: operatorClass.metric)
        if method == .ivf {
            try refuseWhatListsHaveNot(key, operatorClass)
            vector.lists = VectorIndexOptions.Lists()
        }
        try VectorIndexOptionBinder(operatorClass, method).bind(create.options, into: &vector)
        vector.include = try included()
        let definition = IndexDefinition(
            id: 0, name: "", tableID: table.id, method: method,
            keys: [IndexDefinition.Key(columnID: column.id)], vector: vector)
        return (definition, [column.name])
    }

    /// 0A000 for a metric that lists do not serve, and for included columns.
    private func refuseWhatListsHaveNot(
        _ key: IndexKey, _ operatorClass: OperatorClass
    ) throws(DatabaseError) {
        switch operatorClass.metric {
        case .l2, .innerProduct, .cosine: break
        default:
            throw .unsupported(
                "\(name) does not serve \(operatorClass.rawValue)",
                hint: "Write USING hnsw, which does.",
                at: key.operatorClass?.range ?? key.expression.range)
        }
        if let included = create.include.first {
            throw .unsupported(
                "\(name) includes no columns",
                hint: "Write USING hnsw, or index the columns by themselves.", at: included.range)
        }
    }

    private func vectorColumn(
        _ key: IndexKey
    ) throws(DatabaseError) -> NeedletailCore.ColumnDefinition {
        let range = key.expression.range
        let scope = Scope(relations: [Relation(table)])
        let bound = try ExpressionBinder(statement, scope, .index).bind(key.expression)
        guard case .column(let position)? = KeyTarget(bound) else {
            throw .unsupported(
                "\(method.rawValue) indexes on expressions are not supported",
                hint: "Index a column of type vector, halfvec or bit.", at: range)
        }
        let column = table.columns[position]
        guard column.type.isVector else {
            throw DatabaseError(
                .datatypeMismatch,
                "\(name) needs a vector, halfvec or bit column, and \"\(column.name)\" is "
                    + column.type.sqlName,
                hint: column.type.isKey
                    ? "Leave USING out for an ordered index, or INCLUDE the column." : nil,
                position: range)
        }
        return column
    }

    private func operatorClass(
        _ key: IndexKey, _ column: NeedletailCore.ColumnDefinition
    ) throws(DatabaseError) -> OperatorClass {
        let fitting = OperatorClass.fitting(column.type)
        let choice = "Write one of \(fitting.map(\.rawValue).joined(separator: ", "))."
        guard let written = key.operatorClass else {
            throw DatabaseError(
                .undefinedObject,
                "\(name) needs an operator class, which says the metric, for column "
                    + "\"\(column.name)\"",
                hint: choice, position: key.expression.range)
        }
        guard let known = OperatorClass(rawValue: written.text) else {
            throw DatabaseError(
                .undefinedObject, "operator class \"\(written.text)\" does not exist",
                hint: Suggestion.hint(for: written.text, in: fitting.map(\.rawValue)) ?? choice,
                position: written.range)
        }
        guard known.fits(column.type) else {
            throw DatabaseError(
                .datatypeMismatch,
                "operator class \"\(written.text)\" does not fit column \"\(column.name)\" of type "
                    + column.type.sqlName,
                hint: choice, position: written.range)
        }
        return known
    }

    private func included() throws(DatabaseError) -> [UInt16] {
        guard create.include.count <= Limits.includedColumnsMax else {
            throw DatabaseError(
                .programLimit,
                "an hnsw index includes at most \(Limits.includedColumnsMax) columns, not "
                    + "\(create.include.count)",
                hint: "Include those that searches filter by most.",
                position: create.include.first?.range)
        }
        let scope = Scope(relations: [Relation(table)])
        var columns: [UInt16] = []
        for expression in create.include {
            let bound = try ExpressionBinder(statement, scope, .index).bind(expression)
            guard case .column(let position) = bound.kind else {
                throw .unsupported(
                    "an index includes columns, not expressions", hint: "Name the column.",
                    at: expression.range)
            }
            let column = table.columns[position]
            guard column.type.isKey else {
                throw DatabaseError(
                    .invalidTableDefinition,
                    "an hnsw index cannot include column \"\(column.name)\" of type "
                        + column.type.sqlName,
                    hint: "Include numbers, text, booleans, dates and the like.",
                    position: expression.range)
            }
            guard !columns.contains(column.id) else {
                throw DatabaseError(
                    .duplicateColumn, "column \"\(column.name)\" is included twice",
                    position: expression.range)
            }
            columns.append(column.id)
        }
        return columns
    }
}
