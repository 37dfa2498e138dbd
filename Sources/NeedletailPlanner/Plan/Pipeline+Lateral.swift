import NeedletailCore

extension Pipeline {
    /// A plan for the rows in front of `LATERAL`, with what the filter says of them alone, and one
    /// for the query behind it.
    @inline(never)
    func planLateral(_ lateral: BoundLateral) throws(DatabaseError) -> Plan {
        let width = lateral.outerColumns.count
        let conjuncts = query.filter?.conjuncts ?? []
        let early = conjuncts.filter { $0.readsOnly(below: width) && !$0.isVolatile }
        let late = conjuncts.filter { !$0.readsOnly(below: width) || $0.isVolatile }
        var needed = neededPositions(filter: query.filter)
        lateral.inner.collectOuter(into: &needed)
        let outer = BoundQuery(
            source: lateral.outer, filter: BoundExpression.conjunction(early),
            projections: lateral.outerColumns.enumerated().map { position, column in
                BoundProjection(
                    name: column.name,
                    expression: needed.contains(position)
                        ? BoundExpression(.column(position), column.type)
                        : .constant(.null, column.type))
            })
        let join = LateralJoin(
            outer: try Planner.plan(
                outer, orderIsSeen: keyOrderIsSeen, knowledge: knowledge),
            inner: try Planner.plan(pruned(lateral.inner, from: width), knowledge: knowledge),
            outerNames: lateral.outerColumns.map { "\(lateral.outerAlias).\($0.name)" },
            innerNames: lateral.inner.columns.map { "\(lateral.innerAlias).\($0.name)" },
            keepsUnmatched: lateral.keepsUnmatched)
        guard let rest = BoundExpression.conjunction(late) else { return .lateral(join) }
        return .filter(.lateral(join), rest)
    }
}

extension BoundExpression {
    /// Whether all columns that it reads lie before `position`.
    fileprivate func readsOnly(below position: Int) -> Bool {
        var positions: Set<Int> = []
        collectColumns(into: &positions)
        return positions.allSatisfy { $0 < position }
    }
}
