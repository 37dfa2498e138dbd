import NeedletailCore

/// A distance of one vector column from a vector that is the same for all rows.
struct ColumnDistance {
    var column: Int
    var metric: Metric
    var query: BoundExpression

    /// Reads `expression`, whichever side the column stands on; all metrics are symmetric.
    init?(_ expression: BoundExpression) {
        guard case .distance(let metric, let left, let right) = expression.kind else { return nil }
        self.metric = metric
        if case .column(let position) = left.kind, right.isRowIndependent, !right.isVolatile {
            (column, query) = (position, right)
        } else if case .column(let position) = right.kind, left.isRowIndependent, !left.isVolatile {
            (column, query) = (position, left)
        } else {
            return nil
        }
    }

    func means(_ other: ColumnDistance) -> Bool {
        column == other.column && metric == other.metric && query.means(other.query)
    }
}

/// `distance < r` or `distance <= r`.
struct DistanceBound {
    let distance: ColumnDistance
    /// The same for all rows.
    let radius: BoundExpression

    init?(_ conjunct: BoundExpression) {
        guard case .compare(let comparison, let left, let right) = conjunct.kind else { return nil }
        let (side, bound, reading) =
            ColumnDistance(left) == nil
            ? (right, left, comparison.mirrored) : (left, right, comparison)
        guard reading == .less || reading == .lessOrEqual, bound.isRowIndependent,
            !bound.isVolatile, let distance = ColumnDistance(side)
        else { return nil }
        self.distance = distance
        radius = bound
    }
}

extension Pipeline {
    /// A search, where rows are ordered by a distance, or those within a distance are asked for;
    /// `nil` where neither is so.
    ///
    /// Rows without a distance (NULL, NaN) are left out whenever a distance is a sort key, in
    /// whatever direction and company, so that no plan can show more rows than another.
    @inline(never)
    mutating func planSearch(
        _ table: TableDefinition, _ alias: String, _ choice: AccessChoice
    ) -> Plan? {
        let conjuncts = query.filter?.conjuncts ?? []
        let ordering =
            grouping == nil
            ? order.lazy.compactMap({ ColumnDistance($0.expression) }).first : nil
        guard
            let wanted = ordering
                ?? conjuncts.lazy.compactMap({ DistanceBound($0)?.distance }).first
        else { return nil }
        let best = choice.best(for: [])
        let findsOneRow = best?.findsOneRow == true
        guard ordering != nil || !findsOneRow else { return nil }
        let isPure = ordering != nil && isNearestFirst(table) && !query.isDistinct
        // A bound from above on the same distance cuts the end of the ranking, so it may wait until
        // the distance is known. Nothing else may, or fewer rows than asked for would remain.
        func isBound(_ conjunct: BoundExpression) -> Bool {
            DistanceBound(conjunct)?.distance.means(wanted) == true
        }
        let bounds = conjuncts.filter(isBound)
        let filter = BoundExpression.conjunction(conjuncts.filter { !isBound($0) })
        let distance = table.columns.count + 1
        let replace: (BoundExpression) -> BoundExpression? = { expression in
            guard let found = ColumnDistance(expression), found.means(wanted) else { return nil }
            return BoundExpression(.column(distance), expression.type, expression.range)
        }
        rewrite(replace)
        if isPure { order = [] }
        // A bare LIMIT keeps the first rows by their keys.
        let sortsByKey = ordering == nil && keyOrderMatters
        var needed = neededPositions(sortsByKey ? table.primaryKey : [], filter: filter)
        needed.remove(distance)
        let isLimited = isPure && query.limit != nil
        var search = ExactSearch(
            table: table, alias: alias, column: wanted.column, metric: wanted.metric,
            query: wanted.query, count: isPure && limitBy == nil ? countWanted : nil,
            filter: filter,
            narrowing: best?.access,
            options: query.options, needed: needed)
        if search.count != nil, query.offset != nil { search.page = query.limit }
        if !isLimited { search.radius = bounds.first.flatMap { DistanceBound($0)?.radius } }
        // What is counted or summed up is so over all rows, not over those that a walk finds.
        if !findsOneRow, isLimited || (search.radius != nil && grouping == nil) {
            search.index = vectorIndex(for: wanted, of: table)
        }
        if let index = search.index, case .table(_, let indexes, _) = query.source {
            search.parts = MaskPart.parts(
                of: filter, table, indexes, included: index.vector?.include ?? [],
                choice.targets)
        }
        let plan = BoundExpression.conjunction(bounds).map {
            Plan.filter(.exactSearch(search), $0.rewritten(replace))
        }
        return sorted(plan ?? .exactSearch(search), byKeyOf: sortsByKey ? table : nil)
    }

    /// Puts `replace` in place of what the stages above the source read of it.
    private mutating func rewrite(_ replace: (BoundExpression) -> BoundExpression?) {
        if let old = grouping {
            grouping?.keys = old.keys.map { $0.rewritten(replace) }
            grouping?.aggregates = old.aggregates.map { aggregate in
                var aggregate = aggregate
                aggregate.arguments = aggregate.arguments.map { $0.rewritten(replace) }
                aggregate.filter = aggregate.filter?.rewritten(replace)
                return aggregate
            }
            return
        }
        for position in projections.indices {
            projections[position].expression = projections[position].expression.rewritten(replace)
        }
        for position in order.indices {
            order[position].expression = order[position].expression.rewritten(replace)
        }
        if let keys = limitBy?.keys { limitBy?.keys = keys.map { $0.rewritten(replace) } }
    }

    /// The index that ranks by `wanted`: the one the statement names, or the one created last. A
    /// graph goes before lists, unless the statement says how many lists to probe.
    private func vectorIndex(
        for wanted: ColumnDistance, of table: TableDefinition
    ) -> IndexDefinition? {
        guard !query.options.isExact, case .table(_, let indexes, _) = query.source else {
            return nil
        }
        var named: String?
        if case .constant(.text(let name))? = query.options.values[.index]?.kind { named = name }
        let serving = indexes.filter { index in
            index.vector?.metric == wanted.metric && (named ?? index.name) == index.name
                && index.keys.first?.columnID == table.columns[wanted.column].id
        }
        let preferred: IndexDefinition.Method =
            query.options.values[.probes] == nil ? .hnsw : .ivf
        return serving.last { $0.method == preferred } ?? serving.last
    }

    /// Whether the order is the distance alone, ascending, or followed by the primary key, which
    /// is how the search breaks ties anyway.
    private func isNearestFirst(_ table: TableDefinition) -> Bool {
        guard let first = order.first, !first.isDescending,
            ColumnDistance(first.expression) != nil
        else { return false }
        let rest = order.dropFirst()
        guard rest.count <= table.primaryKey.count else { return false }
        return zip(rest, table.primaryKey).allSatisfy { key, column in
            !key.isDescending && key.expression.kind == .column(column)
        }
    }

    /// Limit plus offset, `nil` for all rows.
    var countWanted: BoundExpression? {
        guard let limit = query.limit else { return nil }
        guard let offset = query.offset else { return limit }
        if case .constant(.int(let first)) = limit.kind,
            case .constant(.int(let second)) = offset.kind,
            first >= 0, second >= 0
        {
            let (sum, overflows) = first.addingReportingOverflow(second)
            return .constant(.int(overflows ? .max : sum), .bigint)
        }
        let skipped = BoundExpression(
            .call(.coalesce, [offset, .constant(.int(0), .bigint)]), .bigint)
        return BoundExpression(.call(.add, [limit, skipped]), .bigint)
    }
}
