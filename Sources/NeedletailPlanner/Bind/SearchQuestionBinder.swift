import NeedletailCore
import NeedletailSyntax

/// Binds the questions about a query's search: `RECALL` and `WHY`.
struct SearchQuestionBinder {
    let statement: StatementBinder

    init(_ statement: StatementBinder) { self.statement = statement }

    func bind(_ recall: RecallStatement) throws(DatabaseError) -> BoundRecall {
        let binder = ExpressionBinder(statement, Scope(), .option)
        return BoundRecall(
            sampleCount: try binder.value(recall.sampleCount, as: .bigint, "a number of rows"),
            query: try QueryBinder(statement).bind(recall.query))
    }

    /// Errors: 0A000 where the query does not hand up rows of one table, 42P10 where the table has
    /// no primary key, or one of another length.
    func bind(_ why: WhyStatement) throws(DatabaseError) -> BoundWhy {
        let query = try QueryBinder(statement).bind(why.query)
        guard case .table(let table, _, _) = query.source, query.grouping == nil,
            !query.isDistinct
        else {
            throw .unsupported(
                "WHY asks about a row of one table, and the query makes rows of its own",
                hint: "Ask about a query without GROUP BY, DISTINCT, joins and subqueries in FROM.",
                at: why.query.range)
        }
        let names = table.primaryKey.map { table.columns[$0].name }
        guard !names.isEmpty, why.key.count == names.count else {
            throw DatabaseError(
                "42P10",
                names.isEmpty
                    ? "table \"\(table.name)\" has no primary key, so its rows cannot be named"
                    : "the primary key of \"\(table.name)\" has \(names.count) parts "
                        + "(\(names.joined(separator: ", "))), not \(why.key.count)",
                position: why.key.first?.range)
        }
        let binder = ExpressionBinder(statement, Scope(), .option)
        var key: [BoundExpression] = []
        for (part, position) in zip(why.key, table.primaryKey) {
            let column = table.columns[position]
            key.append(try binder.value(part, as: column.type, "column \"\(column.name)\""))
        }
        return BoundWhy(table: table, key: key, query: query)
    }
}
