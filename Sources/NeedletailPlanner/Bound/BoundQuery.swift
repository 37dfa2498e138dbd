package import NeedletailCore

/// A `SELECT` or `VALUES` whose names and types are settled.
///
/// Rows pass through it in this order: source, filter, grouping, having, projection, distinct,
/// order, limit. Expressions of `filter`, `grouping.keys` and aggregate arguments read the source's
/// columns; with grouping, `having`, projections and order read group keys, then aggregates.
package struct BoundQuery: Sendable, Hashable {
    package var source: BoundSource
    package var filter: BoundExpression?
    package var grouping: BoundGrouping?
    package var projections: [BoundProjection]
    package var isDistinct: Bool
    /// Over the same input as the projections, not over their output.
    package var order: [BoundSort]
    /// `LIMIT n BY …`; only with an order, and without grouping and `DISTINCT`.
    package var limitBy: BoundLimitBy?
    /// bigint, row-independent; NULL means all.
    package var limit: BoundExpression?
    package var offset: BoundExpression?
    /// `WITH (…)` at the end.
    package var options: QueryOptions

    package init(
        source: BoundSource, filter: BoundExpression? = nil, grouping: BoundGrouping? = nil,
        projections: [BoundProjection], isDistinct: Bool = false, order: [BoundSort] = [],
        limit: BoundExpression? = nil, offset: BoundExpression? = nil,
        options: QueryOptions = QueryOptions()
    ) {
        self.source = source
        self.filter = filter
        self.grouping = grouping
        self.projections = projections
        self.isDistinct = isDistinct
        self.order = order
        self.limit = limit
        self.offset = offset
        self.options = options
    }

    package var columns: [Column] {
        projections.map { Column(name: $0.name, type: $0.expression.type) }
    }
}

package indirect enum BoundSource: Sendable, Hashable {
    /// One row without columns: `SELECT 1`.
    case nothing
    /// All columns of the table in their order.
    case table(TableDefinition, indexes: [IndexDefinition], alias: String)
    case query(BoundQuery, alias: String)
    case values([[BoundExpression]], columns: [Column])
    /// `generate_series(start, stop, step)` of bigint.
    case series(start: BoundExpression, stop: BoundExpression, step: BoundExpression?)
    /// `unnest(array)`.
    case unnest(BoundExpression)
    /// `source CROSS JOIN LATERAL (query)`: the columns of both.
    case lateral(BoundLateral)
}

package struct BoundGrouping: Sendable, Hashable {
    package var keys: [BoundExpression]
    package var aggregates: [BoundAggregate]
    package var having: BoundExpression?

    package init(
        keys: [BoundExpression], aggregates: [BoundAggregate], having: BoundExpression? = nil
    ) {
        self.keys = keys
        self.aggregates = aggregates
        self.having = having
    }
}

package struct BoundAggregate: Sendable, Hashable {
    package var function: Aggregate
    package var arguments: [BoundExpression]
    package var isDistinct: Bool
    package var filter: BoundExpression?
    package var type: ValueType

    package init(
        function: Aggregate, arguments: [BoundExpression], isDistinct: Bool = false,
        filter: BoundExpression? = nil, type: ValueType
    ) {
        self.function = function
        self.arguments = arguments
        self.isDistinct = isDistinct
        self.filter = filter
        self.type = type
    }
}

package struct BoundProjection: Sendable, Hashable {
    package var name: String
    package var expression: BoundExpression

    package init(name: String, expression: BoundExpression) {
        self.name = name
        self.expression = expression
    }
}

/// At most `count` rows of each combination of `keys`, which read the source's columns.
package struct BoundLimitBy: Sendable, Hashable {
    /// bigint, row-independent; NULL means all.
    package var count: BoundExpression
    package var keys: [BoundExpression]
}

package struct BoundSort: Sendable, Hashable {
    package var expression: BoundExpression
    package var isDescending: Bool
    package var nullsFirst: Bool

    package init(expression: BoundExpression, isDescending: Bool, nullsFirst: Bool) {
        self.expression = expression
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}
