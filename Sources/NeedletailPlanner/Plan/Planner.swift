package import NeedletailCore

/// Turns bound queries into operator trees: the same statement over the same definitions and
/// statistics always gets the same plan.
package enum Planner {
    /// The plan of a query.
    ///
    /// - Parameter orderIsSeen: false where nobody can tell in which order the rows come (the query
    ///   of `IN`, of `EXISTS`, a scalar subquery), so that the fastest order is taken. A query
    ///   with `LIMIT` or `OFFSET` is planned as if its order were seen in any case, since the order
    ///   decides which rows it has.
    ///
    /// - Parameter knowledge: what statistics say of tables; `nil` plans by rules alone.
    package static func plan(
        _ query: BoundQuery, orderIsSeen: Bool = true, knowledge: TableKnowledge? = nil
    ) throws(DatabaseError) -> Plan {
        var pipeline = Pipeline(query, orderIsSeen: orderIsSeen, knowledge)
        return try pipeline.plan()
    }

    /// How `UPDATE` and `DELETE` find their rows. The slot is always among the needed columns.
    ///
    /// The scan may run along an index that the statement changes; collect the slots first.
    package static func planScan(
        table: TableDefinition, indexes: [IndexDefinition], filter: BoundExpression?,
        needed: Set<Int>, knowledge: TableKnowledge? = nil
    ) -> TableScan {
        let choice = AccessChoice(
            table: table, indexes: indexes, filter: filter, knowledge: knowledge)
        let best = choice.best(for: []).flatMap { choice.finds($0, moreThan: .slots) ? nil : $0 }
        var positions = needed.union([table.columns.count])
        filter?.collectColumns(into: &positions)
        return TableScan(
            table: table, alias: table.name, access: best?.access ?? .slots,
            needed: positions, filter: filter)
    }
}

/// The stages of one query on their way into a plan. Queries in `FROM` are planned recursively, so
/// the larger steps stay out of line.
struct Pipeline {
    let query: BoundQuery
    let orderIsSeen: Bool
    let knowledge: TableKnowledge?
    /// What the stages above the source read: the source's positions, or the groups'.
    var projections: [BoundProjection]
    var order: [BoundSort]
    var grouping: BoundGrouping?
    var limitBy: BoundLimitBy?

    init(_ query: BoundQuery, orderIsSeen: Bool, _ knowledge: TableKnowledge?) {
        self.query = query
        self.knowledge = knowledge
        self.orderIsSeen = orderIsSeen || query.limit != nil || query.offset != nil
        projections = query.projections
        order = query.order
        grouping = query.grouping
        limitBy = query.limitBy
    }

    mutating func plan() throws(DatabaseError) -> Plan {
        var plan = try planSource()
        if let grouping {
            plan = .aggregate(
                plan, BoundGrouping(keys: grouping.keys, aggregates: grouping.aggregates))
            if let having = grouping.having { plan = .filter(plan, having) }
        }
        if let limitBy { return limited(plan, by: limitBy) }
        if query.isDistinct {
            plan = .distinct(.project(plan, projections))
            if !order.isEmpty { plan = sort(plan, outputOrder()) }
            return cut(plan)
        }
        if order.isEmpty { return cut(.project(plan, projections)) }
        if sortsBeforeProjecting { return cut(.project(sort(plan, order), projections)) }
        return cut(sortAfterProjecting(plan))
    }

    /// Whether the rows may be sorted as they come from below. Not where a key would then be
    /// computed twice for each row, or differ between its two evaluations.
    private var sortsBeforeProjecting: Bool {
        order.allSatisfy { key in
            if case .column = key.expression.kind { return true }
            return query.limit != nil && !key.expression.isVolatile
        }
    }

    @inline(never)
    private func sortAfterProjecting(_ plan: Plan) -> Plan {
        var columns = projections
        var keys: [BoundSort] = []
        for key in order {
            var position = columns.firstIndex { $0.expression.means(key.expression) }
            if position == nil {
                position = columns.count
                columns.append(BoundProjection(name: "sort key", expression: key.expression))
            }
            keys.append(key.reading(position ?? 0))
        }
        let sorted = sort(.project(plan, columns), keys)
        return columns.count == projections.count
            ? sorted : .trim(sorted, count: projections.count)
    }

    /// The order in terms of the projected columns; the binder made sure that they hold every key
    /// of a `DISTINCT` query.
    private func outputOrder() -> [BoundSort] {
        order.compactMap { key in
            projections.firstIndex { $0.expression.means(key.expression) }.map(key.reading)
        }
    }

    private func sort(_ plan: Plan, _ keys: [BoundSort]) -> Plan {
        .sort(plan, keys, limit: query.limit, offset: query.offset)
    }

    /// Rows in their order, of each combination of keys the first, projected and cut.
    @inline(never)
    private func limited(_ plan: Plan, by limitBy: BoundLimitBy) -> Plan {
        let sorted = order.isEmpty ? plan : Plan.sort(plan, order, limit: nil, offset: nil)
        let grows = order.isEmpty && query.limit != nil && plan.search != nil
        return cut(
            .project(
                .limitBy(sorted, limitBy, wanted: countWanted, grows: grows), projections))
    }

    private func cut(_ plan: Plan) -> Plan {
        guard query.limit != nil || query.offset != nil else { return plan }
        return .limit(plan, limit: query.limit, offset: query.offset)
    }
}

extension BoundSort {
    /// The same key read from position `column` of another row.
    func reading(_ column: Int) -> BoundSort {
        BoundSort(
            expression: BoundExpression(.column(column), expression.type, expression.range),
            isDescending: isDescending, nullsFirst: nullsFirst)
    }
}
