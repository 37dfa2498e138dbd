import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Makes whole rows of a table out of the values a statement gives, and holds them to the table's
/// rules.
struct RowAssembler {
    private let table: TableDefinition
    private let targets: [Int]
    private let defaults: [Int: CompiledExpression]
    private let identities: [Int]
    private let context: EvaluationContext
    private let rules: RowRules

    /// - Parameter targets: the columns that the given values are for, in their order.
    init(
        table: TableDefinition, targets: [Int], defaults: [Int: BoundExpression],
        checks: [BoundCheck], compiler: ExpressionCompiler, context: EvaluationContext
    ) {
        self.table = table
        self.context = context
        self.targets = targets
        self.defaults = defaults.mapValues(compiler.compile)
        identities = table.columns.indices.filter { table.columns[$0].identity != nil }
        rules = RowRules(table: table, checks: checks, compiler: compiler, context: context)
    }

    /// The row that `values` stand for.
    ///
    /// Errors: 23502 where a NOT NULL column is NULL, 23514 where a CHECK is false.
    ///
    /// - Parameter isMissing: says of a target that its value was not given after all.
    func row(
        from values: [Value], writer: TableWriter, isMissing: (Int) -> Bool = { _ in false }
    ) throws(DatabaseError) -> [Value] {
        var row = [Value](repeating: .null, count: table.columns.count)
        for (column, value) in defaults where !targets.contains(column) {
            row[column] = try value(context, [])
        }
        for (position, column) in targets.enumerated() {
            if isMissing(position) {
                if let value = defaults[column] { row[column] = try value(context, []) }
            } else {
                row[column] = values[position]
            }
        }
        for column in identities {
            if case .int(let given) = row[column] {
                try writer.noteIdentity(column: column, given)
            } else {
                row[column] = .int(try writer.nextIdentity(column: column))
            }
        }
        try rules.check(row)
        return row
    }
}

/// NOT NULL and CHECK.
struct RowRules {
    private let table: TableDefinition
    private let notNull: [Int]
    private let checks: [(name: String, expression: CompiledExpression)]
    private let context: EvaluationContext

    init(
        table: TableDefinition, checks: [BoundCheck], compiler: ExpressionCompiler,
        context: EvaluationContext
    ) {
        self.table = table
        self.context = context
        notNull = table.columns.indices.filter { table.columns[$0].isNotNull }
        self.checks = checks.map { ($0.name, compiler.compile($0.expression)) }
    }

    /// - Parameter unread: columns whose values `row` does not hold, because they do not change.
    func check(_ row: [Value], unread: Set<Int> = []) throws(DatabaseError) {
        for column in notNull where row[column].isNull && !unread.contains(column) {
            let name = table.columns[column].name
            throw DatabaseError(
                .notNullViolation,
                "null value in column \"\(name)\" of table \"\(table.name)\" violates NOT NULL",
                hint: "give \"\(name)\" a value, or declare a DEFAULT")
        }
        for check in checks where try check.expression(context, row) == .bool(false) {
            throw DatabaseError(
                .checkViolation,
                "the row for table \"\(table.name)\" violates check constraint \"\(check.name)\"")
        }
    }
}
