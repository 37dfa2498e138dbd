import NeedletailCore

extension Pipeline {
    /// The rows that the rest of the query reads, filtered; takes from `order` what the source's
    /// own order already satisfies.
    @inline(never)
    mutating func planSource() throws(DatabaseError) -> Plan {
        switch query.source {
        case .table(let table, let indexes, let alias):
            return planTable(table, indexes, alias)
        case .query(let inner, _):
            return filtered(
                try Planner.plan(
                    pruned(inner), orderIsSeen: keyOrderIsSeen, knowledge: knowledge))
        case .nothing: return filtered(.nothing)
        case .values(let rows, let columns): return filtered(.values(rows, columns: columns))
        case .series(let start, let stop, let step):
            return filtered(.series(start: start, stop: stop, step: step))
        case .unnest(let array): return filtered(.unnest(array))
        case .lateral(let lateral): return try planLateral(lateral)
        }
    }

    /// `inner` without computing the columns that this query does not read; they stay as NULLs.
    ///
    /// - Parameter first: where its columns begin among the source's.
    @inline(never)
    func pruned(_ inner: BoundQuery, from first: Int = 0) -> BoundQuery {
        guard !inner.isDistinct else { return inner }
        var copy = inner
        let needed = neededPositions(filter: query.filter)
        for position in inner.projections.indices where !needed.contains(first + position) {
            let type = inner.projections[position].expression.type
            copy.projections[position].expression = .constant(.null, type)
        }
        return copy
    }

    @inline(never)
    private func filtered(_ plan: Plan) -> Plan {
        query.filter.map { .filter(plan, $0) } ?? plan
    }

    @inline(never)
    private mutating func planTable(
        _ table: TableDefinition, _ indexes: [IndexDefinition], _ alias: String
    ) -> Plan {
        let isSearch = order.contains { ColumnDistance($0.expression) != nil }
        var choice = AccessChoice(
            table: table, indexes: indexes, filter: query.filter,
            forOrder: !order.isEmpty && !isSearch, knowledge: knowledge)
        if let search = planSearch(table, alias, choice) { return search }
        if indexes.contains(where: { $0.method == .bitmap }) {
            choice = AccessChoice(
                table: table, indexes: indexes, filter: query.filter, usesBitmaps: true,
                forOrder: !order.isEmpty, knowledge: knowledge, targets: choice.targets)
        }
        let rowOrder = grouping == nil && !query.isDistinct ? order : []
        var access = choice.best(for: rowOrder)
        if let found = access, rowOrder.isEmpty || choice.gives(rowOrder, found) == nil,
            choice.finds(found, moreThan: wholeScan(rowOrder))
        {
            access = nil
        }
        if access == nil, !rowOrder.isEmpty { access = choice.ordered(by: rowOrder) }
        var sortsByKey = false
        if let access {
            if !rowOrder.isEmpty, choice.gives(rowOrder, access) != nil { order = [] }
            sortsByKey = rowOrder.isEmpty && keyOrderMatters && !access.yieldsKeyOrder(of: table)
        }
        var scan = TableScan(
            table: table, alias: alias,
            access: directed(access, rowOrder, choice)
                ?? (keyOrderIsSeen && !table.primaryKey.isEmpty
                    ? .primaryKeyOrder(descending: false) : .slots),
            needed: neededPositions(
                sortsByKey ? table.primaryKey : [], filter: query.filter),
            filter: query.filter)
        if let filter = query.filter, grouping?.onlyCounts == true, access?.findsOneRow != true {
            scan.counted = CountedRows(filter, table, indexes)
        }
        // Which rows a bare LIMIT keeps must not depend on the access path.
        return sorted(.tableScan(scan), byKeyOf: sortsByKey ? table : nil)
    }

    /// How a scan of the whole table would come by its rows.
    private func wholeScan(_ rowOrder: [BoundSort]) -> AccessChoice.WholeScan {
        guard rowOrder.isEmpty, keyOrderIsSeen else { return .slots }
        guard keyOrderMatters, case .constant(.int(let count))? = countWanted?.kind else {
            return .keys(wanted: nil)
        }
        return .keys(wanted: Int(clamping: count))
    }

    /// `plan` in the order of the primary key, where a table is given.
    func sorted(_ plan: Plan, byKeyOf table: TableDefinition?) -> Plan {
        guard let table else { return plan }
        let keys = table.primaryKey.map {
            BoundSort(
                expression: BoundExpression(.column($0), table.columns[$0].type),
                isDescending: false, nullsFirst: false)
        }
        return .sort(plan, keys, limit: query.limit, offset: query.offset)
    }

    /// The chosen path, turned round where the order asks for it.
    private func directed(
        _ candidate: AccessCandidate?, _ rowOrder: [BoundSort], _ choice: AccessChoice
    ) -> TableScan.Access? {
        guard let candidate else { return nil }
        let backwards = rowOrder.isEmpty ? false : choice.gives(rowOrder, candidate) ?? false
        return candidate.access(descending: backwards)
    }

    /// Whether somebody sees the order in which the source's rows come.
    var keyOrderIsSeen: Bool {
        let decides = query.limit != nil || query.offset != nil
        return orderIsSeen && order.isEmpty && grouping == nil && (decides || !query.isDistinct)
    }

    /// Whether rows are cut off by their order alone.
    var keyOrderMatters: Bool {
        keyOrderIsSeen && !query.isDistinct && (query.limit != nil || query.offset != nil)
    }

    /// The positions that `filter` and anything above the scan read, and `extra`.
    func neededPositions(_ extra: [Int] = [], filter: BoundExpression?) -> Set<Int> {
        var positions = Set(extra)
        filter?.collectColumns(into: &positions)
        if let grouping {
            for key in grouping.keys { key.collectColumns(into: &positions) }
            for aggregate in grouping.aggregates {
                for argument in aggregate.arguments { argument.collectColumns(into: &positions) }
                aggregate.filter?.collectColumns(into: &positions)
            }
            return positions
        }
        for key in limitBy?.keys ?? [] { key.collectColumns(into: &positions) }
        for projection in projections { projection.expression.collectColumns(into: &positions) }
        for key in order { key.expression.collectColumns(into: &positions) }
        return positions
    }
}
