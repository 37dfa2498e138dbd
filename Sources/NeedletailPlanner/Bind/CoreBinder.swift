import NeedletailCore
import NeedletailSyntax

/// Binds one `SELECT … FROM … WHERE … GROUP BY … HAVING`, and the order that belongs to it.
struct CoreBinder {
    let statement: StatementBinder
    private let query: QueryBinder
    let core: SelectCore
    let outer: [Relation]

    init(_ query: QueryBinder, _ core: SelectCore) {
        self.query = query
        statement = query.statement
        outer = query.outer
        self.core = core
    }

    @inline(never)
    func bind(
        order keys: [SortKey], limitBy: LimitBy?, keepsUnknown: Bool
    ) throws(DatabaseError) -> BoundQuery {
        if case .on(let expressions) = core.distinct {
            throw .unsupported(
                "DISTINCT ON is not supported yet",
                hint: "Use GROUP BY with min or max, or keep the first of each group yourself.",
                at: expressions.first?.range ?? core.location.range)
        }
        let (source, relations) = try SourceBinder(statement, outer: outer).bind(core.from)
        let scope = Scope(relations: relations, outer: outer)
        let filter = try bindFilter(scope)
        let aggregates = AggregateCollector(width: scope.width)
        let items = ExpressionBinder(statement, scope, .selectList, aggregates: aggregates)
        var projections = try ItemBinder(items).bind(core.items)
        let groupKeys = try bindGrouping(scope, projections)
        if !keepsUnknown {
            for position in projections.indices {
                projections[position].expression = try statement.resolvingUnknown(
                    projections[position].expression)
            }
        }
        var having: BoundExpression?
        if let condition = core.having {
            let binder = ExpressionBinder(statement, scope, .having, aggregates: aggregates)
            having = try binder.condition(condition, "HAVING")
        }
        let orders = ExpressionBinder(statement, scope, .order, aggregates: aggregates)
        let order = try OrderBinder(binder: orders, projections: projections).bind(keys)
        var bound = BoundQuery(
            source: source, filter: filter, projections: projections,
            isDistinct: core.distinct != nil, order: order)
        if !aggregates.aggregates.isEmpty || !core.groupBy.isEmpty || core.having != nil {
            try Grouping(keys: groupKeys, aggregates: aggregates, relations: relations)
                .apply(to: &bound, having: having)
        }
        try checkDistinct(bound, keys)
        if let limitBy {
            let binder = ExpressionBinder(statement, scope, .order)
            let keys = OrderBinder(binder: binder, projections: projections)
            bound.limitBy = try bind(limitBy, keys, in: bound)
        }
        return bound
    }

    /// Errors: 0A000 where rows are grouped, 42601 without an order.
    @inline(never)
    private func bind(
        _ limitBy: LimitBy, _ keys: OrderBinder, in bound: BoundQuery
    ) throws(DatabaseError) -> BoundLimitBy {
        guard bound.grouping == nil, !bound.isDistinct else {
            throw .unsupported(
                "LIMIT n BY is not supported with GROUP BY and DISTINCT",
                hint: "Put the grouped query into FROM.", at: limitBy.count.range)
        }
        guard !bound.order.isEmpty else {
            throw DatabaseError(
                .syntaxError, "LIMIT n BY keeps the first rows of each group, so it needs ORDER BY",
                hint: "Say which rows come first.", position: limitBy.count.range)
        }
        return BoundLimitBy(
            count: try query.count(limitBy.count, "LIMIT"),
            keys: try keys.bind(limitBy.keys.map { SortKey($0) }).map(\.expression))
    }

    @inline(never)
    private func bindFilter(_ scope: Scope) throws(DatabaseError) -> BoundExpression? {
        guard let filter = core.filter else { return nil }
        do throws(DatabaseError) {
            return try ExpressionBinder(statement, scope, .filter).condition(filter, "WHERE")
        } catch {
            throw aliasHint(error)
        }
    }

    /// A condition that names a result column: says why it is not there.
    private func aliasHint(_ error: DatabaseError) -> DatabaseError {
        guard error.code == .undefinedColumn else { return error }
        for case .expression(let expression, let alias?) in core.items
        where error.message == "column \"\(alias.text)\" does not exist" {
            var copy = error
            copy.hint =
                "\"\(alias.text)\" is computed after WHERE; write \(expression.sql) there, "
                + "or put the query into FROM."
            return copy
        }
        return error
    }

    /// Group keys over the source's columns: an input column, else the name of a result column,
    /// else a position.
    @inline(never)
    private func bindGrouping(
        _ scope: Scope, _ projections: [BoundProjection]
    ) throws(DatabaseError) -> [BoundExpression] {
        let binder = ExpressionBinder(statement, scope, .grouping)
        var keys: [BoundExpression] = []
        for expression in core.groupBy {
            var key: BoundExpression?
            switch expression.kind {
            case .literal(.integer(let number)):
                key = try projections.ordinal(number, "GROUP BY", at: expression.range)
            case .column(let path) where path.count == 1:
                let isInput = scope.relations.contains { relation in
                    relation.columns.contains { $0.name == path[0].text }
                }
                if !isInput { key = projections.first { $0.name == path[0].text }?.expression }
            default: break
            }
            var bound: BoundExpression
            if let key { bound = key } else { bound = try binder.bind(expression) }
            bound = try statement.resolvingUnknown(bound)
            try checkKey(bound, expression.range, width: scope.width)
            if !keys.contains(where: { $0.means(bound) }) { keys.append(bound) }
        }
        return keys
    }

    private func checkKey(
        _ key: BoundExpression, _ range: SourceRange?, width: Int
    ) throws(DatabaseError) {
        var columns: Set<Int> = []
        key.collectColumns(into: &columns)
        if columns.contains(where: { $0 >= width }) {
            throw DatabaseError(
                .groupingError, "GROUP BY cannot name an aggregate",
                hint: "Group by columns; conditions on aggregates stand in HAVING.",
                position: range)
        }
    }

    /// 42P10 where `ORDER BY` needs values that `DISTINCT` has thrown away.
    @inline(never)
    private func checkDistinct(
        _ query: BoundQuery, _ keys: [SortKey]
    ) throws(DatabaseError) {
        guard query.isDistinct else { return }
        for (sort, key) in zip(query.order, keys)
        where !query.projections.contains(where: { $0.expression.means(sort.expression) }) {
            throw DatabaseError(
                .invalidColumnReference,
                "with DISTINCT, ORDER BY can only use columns of the select list",
                hint: "Add \(key.expression.sql) to the select list.",
                position: key.expression.range)
        }
    }
}
