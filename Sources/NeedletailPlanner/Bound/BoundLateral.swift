package import NeedletailCore

/// A source, and beside each of its rows those of a query that may read it.
package struct BoundLateral: Sendable, Hashable {
    package var outer: BoundSource
    package var outerColumns: [Column]
    package var outerAlias: String
    package var inner: BoundQuery
    package var innerAlias: String
    /// Whether rows for which the query has none stay, with NULLs: `LEFT JOIN`.
    package var keepsUnmatched: Bool
}

extension BoundQuery {
    /// The positions it reads of the row that it stands beside, with the queries in its `FROM`.
    /// Subqueries of its expressions read none.
    func collectOuter(into positions: inout Set<Int>) {
        var expressions = projections.map(\.expression) + order.map(\.expression)
        expressions += [filter, limit, offset].compactMap { $0 }
        if let limitBy { expressions += limitBy.keys + [limitBy.count] }
        if let grouping {
            expressions += grouping.keys
            expressions += grouping.aggregates.flatMap { aggregate in
                aggregate.arguments + (aggregate.filter.map { [$0] } ?? [])
            }
            if let having = grouping.having { expressions.append(having) }
        }
        for expression in expressions { expression.collectOuter(into: &positions) }
        switch source {
        case .query(let inner, _): inner.collectOuter(into: &positions)
        case .lateral(let lateral):
            // The query behind `LATERAL` reads the row in front of it, not this one.
            if case .query(let inner, _) = lateral.outer { inner.collectOuter(into: &positions) }
        case .nothing, .table, .values, .series, .unnest: break
        }
    }
}
