package import NeedletailCore

/// One entry of `FROM`: a source and the joins that follow it, from left to right.
package struct FromItem: Sendable, Hashable {
    package let source: TableSource
    package let joins: [Join]

    package init(_ source: TableSource, joins: [Join] = []) {
        self.source = source
        self.joins = joins
    }
}

/// Something that yields rows.
package struct TableSource: Sendable, Hashable {
    package let kind: Kind
    package let isLateral: Bool
    package let alias: TableAlias?
    package let location: Location

    package init(
        _ kind: Kind, isLateral: Bool = false, alias: TableAlias? = nil, location: Location = .none
    ) {
        self.kind = kind
        self.isLateral = isLateral
        self.alias = alias
        self.location = location
    }

    package var range: SourceRange? { location.range }

    package indirect enum Kind: Sendable, Hashable {
        case table(ObjectName, asOf: AsOf?)
        case subquery(SelectStatement)
        case function(FunctionCall)
    }
}

/// `AS name (columns)`.
package struct TableAlias: Sendable, Hashable {
    package let name: Identifier
    package let columns: [Identifier]

    package init(_ name: Identifier, columns: [Identifier] = []) {
        self.name = name
        self.columns = columns
    }
}

/// `AS OF …`: which state of a table is read.
package enum AsOf: Sendable, Hashable {
    case snapshot(Expression)
    case transaction(Expression)
}

/// One join to what stands on its left.
package struct Join: Sendable, Hashable {
    package let kind: Kind
    package let source: TableSource
    package let condition: Condition?
    package let location: Location

    package init(
        _ kind: Kind, _ source: TableSource, _ condition: Condition? = nil,
        location: Location = .none
    ) {
        self.kind = kind
        self.source = source
        self.condition = condition
        self.location = location
    }

    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case inner = "JOIN"
        case left = "LEFT JOIN"
        case right = "RIGHT JOIN"
        case full = "FULL JOIN"
        case cross = "CROSS JOIN"
    }

    package enum Condition: Sendable, Hashable {
        case on(Expression)
        case using([Identifier])
    }
}
