import NeedletailCore

/// Moves a query's expressions from the source's columns to those of its groups: first the keys,
/// then the aggregates.
struct Grouping {
    private var keys: [BoundExpression]
    private let aggregates: AggregateCollector
    private let relations: [Relation]

    init(keys: [BoundExpression], aggregates: AggregateCollector, relations: [Relation]) {
        self.keys = keys
        self.aggregates = aggregates
        self.relations = relations
    }

    /// Errors: 42803 for a column that is neither grouped nor inside an aggregate.
    func apply(
        to query: inout BoundQuery, having: BoundExpression?
    ) throws(DatabaseError) {
        var complete = self
        let all =
            query.projections.map(\.expression) + query.order.map(\.expression)
            + (having.map { [$0] } ?? [])
        complete.addDependentKeys(for: all)
        for position in query.projections.indices {
            query.projections[position].expression = try complete.regrouped(
                query.projections[position].expression)
        }
        for position in query.order.indices {
            query.order[position].expression = try complete.regrouped(
                query.order[position].expression)
        }
        query.grouping = BoundGrouping(
            keys: complete.keys, aggregates: aggregates.aggregates,
            having: try having.map { condition throws(DatabaseError) in
                try complete.regrouped(condition)
            })
    }

    /// With the whole primary key among the keys, every other column has one value in each group;
    /// those that are read become keys too, which changes no group.
    private mutating func addDependentKeys(for expressions: [BoundExpression]) {
        guard let table = relations.first?.table, !table.primaryKey.isEmpty,
            table.primaryKey.allSatisfy({ position in
                keys.contains { $0.kind == .column(position) }
            })
        else { return }
        var read: Set<Int> = []
        for expression in expressions { collectUngrouped(expression, into: &read) }
        for position in read.sorted() where table.columns.indices.contains(position) {
            keys.append(BoundExpression(.column(position), table.columns[position].type))
        }
    }

    private func collectUngrouped(_ expression: BoundExpression, into read: inout Set<Int>) {
        if keys.contains(where: { $0.means(expression) }) { return }
        if case .column(let position) = expression.kind, position < aggregates.width {
            read.insert(position)
        }
        for child in expression.children { collectUngrouped(child, into: &read) }
    }

    private func regrouped(
        _ expression: BoundExpression
    ) throws(DatabaseError) -> BoundExpression {
        try expression.rewritten { node throws(DatabaseError) -> BoundExpression? in
            if let key = keys.firstIndex(where: { $0.means(node) }) {
                return BoundExpression(.column(key), node.type, node.range)
            }
            guard case .column(let position) = node.kind else { return nil }
            guard position >= aggregates.width else {
                throw DatabaseError(
                    .groupingError,
                    "column \"\(name(of: position))\" must be in GROUP BY or inside an aggregate",
                    hint: "Add it to GROUP BY, or use min or max.", position: node.range)
            }
            return BoundExpression(
                .column(keys.count + position - aggregates.width), node.type, node.range)
        }
    }

    private func name(of position: Int) -> String {
        for relation in relations {
            let inside = position - relation.offset
            if relation.columns.indices.contains(inside) {
                return "\(relation.name).\(relation.columns[inside].name)"
            }
        }
        return "\(position + 1)"
    }
}
