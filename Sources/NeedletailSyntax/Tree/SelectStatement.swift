package import NeedletailCore

/// A query: everything from `WITH` to the trailing options.
package struct SelectStatement: Sendable, Hashable {
    package var with: [CommonTable]
    package var body: SelectBody
    package var orderBy: [SortKey]
    package var limitBy: LimitBy?
    /// `nil` also for `LIMIT ALL`.
    package var limit: Expression?
    package var offset: Expression?
    /// `WITH (recall = 0.95, …)` at the end.
    package var options: OptionList
    package var location: Location

    package init(
        with: [CommonTable] = [], body: SelectBody, orderBy: [SortKey] = [],
        limitBy: LimitBy? = nil, limit: Expression? = nil, offset: Expression? = nil,
        options: OptionList = [], location: Location = .none
    ) {
        self.with = with
        self.body = body
        self.orderBy = orderBy
        self.limitBy = limitBy
        self.limit = limit
        self.offset = offset
        self.options = options
        self.location = location
    }

    package var range: SourceRange? { location.range }

    /// Whether it is a body and nothing around it.
    package var isBare: Bool {
        with.isEmpty && orderBy.isEmpty && limitBy == nil && limit == nil && offset == nil
            && options.isEmpty
    }
}

/// What produces the rows of a query, before they are ordered and cut.
package indirect enum SelectBody: Sendable, Hashable {
    case select(SelectCore)
    /// One row or more, of one expression or more each.
    case values([[Expression]])
    /// A query in parentheses that has clauses of its own, or combines others.
    case nested(SelectStatement)
    /// Operations from left to right. `INTERSECT` binds tighter than the others, so one list holds
    /// either only `INTERSECT` or none of it.
    case combined(SelectBody, [SetOperation])
}

/// One step of `… UNION ALL operand …`.
package struct SetOperation: Sendable, Hashable {
    package let kind: Kind
    package let keepsDuplicates: Bool
    package let operand: SelectBody
    package let location: Location

    package init(
        _ kind: Kind, keepsDuplicates: Bool = false, operand: SelectBody,
        location: Location = .none
    ) {
        self.kind = kind
        self.keepsDuplicates = keepsDuplicates
        self.operand = operand
        self.location = location
    }

    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case union = "UNION"
        case intersect = "INTERSECT"
        case except = "EXCEPT"
    }
}

/// `SELECT … FROM … WHERE … GROUP BY … HAVING …`.
package struct SelectCore: Sendable, Hashable {
    package var distinct: Distinct?
    package var items: [SelectItem]
    /// Empty without `FROM`; several stand for their cross product.
    package var from: [FromItem]
    /// The condition of `WHERE`.
    package var filter: Expression?
    package var groupBy: [Expression]
    package var having: Expression?
    package var location: Location

    package init(
        distinct: Distinct? = nil, items: [SelectItem], from: [FromItem] = [],
        filter: Expression? = nil, groupBy: [Expression] = [], having: Expression? = nil,
        location: Location = .none
    ) {
        self.distinct = distinct
        self.items = items
        self.from = from
        self.filter = filter
        self.groupBy = groupBy
        self.having = having
        self.location = location
    }

    package enum Distinct: Sendable, Hashable {
        case rows
        /// `DISTINCT ON (…)`.
        case on([Expression])
    }
}

/// One entry of a select list or of `RETURNING`.
package enum SelectItem: Sendable, Hashable {
    /// `*`.
    case all(Location)
    /// `t.*`.
    case allOf(ObjectName)
    case expression(Expression, alias: Identifier?)
}

/// One key of `ORDER BY`.
package struct SortKey: Sendable, Hashable {
    package let expression: Expression
    package let isDescending: Bool
    /// `nil` where the statement does not say: last when ascending, first when descending.
    package let nullsFirst: Bool?

    package init(_ expression: Expression, isDescending: Bool = false, nullsFirst: Bool? = nil) {
        self.expression = expression
        self.isDescending = isDescending
        self.nullsFirst = nullsFirst
    }
}

/// `LIMIT count BY keys`: at most so many rows for each combination of the keys.
package struct LimitBy: Sendable, Hashable {
    package let count: Expression
    package let keys: [Expression]

    package init(count: Expression, keys: [Expression]) {
        self.count = count
        self.keys = keys
    }
}

/// One query of `WITH name AS (…)`.
package struct CommonTable: Sendable, Hashable {
    package let name: Identifier
    package let columns: [Identifier]
    /// `nil` where the statement does not say.
    package let isMaterialized: Bool?
    package let query: SelectStatement

    package init(
        name: Identifier, columns: [Identifier] = [], isMaterialized: Bool? = nil,
        query: SelectStatement
    ) {
        self.name = name
        self.columns = columns
        self.isMaterialized = isMaterialized
        self.query = query
    }
}
