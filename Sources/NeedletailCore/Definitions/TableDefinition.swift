/// A table as the catalogue describes it.
package struct TableDefinition: Sendable, Hashable {
    /// Given at creation, never reused.
    package var id: UInt32
    package var name: String
    package var columns: [ColumnDefinition]
    /// Positions in ``columns``; empty for a table whose rows are known by their slots alone.
    package var primaryKey: [Int]
    /// `CHECK` constraints, each a SQL expression that must not be false.
    package var checks: [CheckDefinition]

    package init(
        id: UInt32, name: String, columns: [ColumnDefinition], primaryKey: [Int],
        checks: [CheckDefinition] = []
    ) {
        self.id = id
        self.name = name
        self.columns = columns
        self.primaryKey = primaryKey
        self.checks = checks
    }

    /// The position of the column called `name`.
    package func position(of name: String) -> Int? { columns.firstIndex { $0.name == name } }
}

/// A column of a table.
package struct ColumnDefinition: Sendable, Hashable {
    /// Given at creation, never reused within its table; records and vector blocks name it.
    package var id: UInt16
    package var name: String
    package var type: ValueType
    package var isNotNull: Bool
    /// A SQL expression without columns; `nil` for NULL.
    package var defaultText: String?
    package var identity: Identity?

    /// Where a column's values come from when none is given.
    package enum Identity: String, Sendable, Hashable {
        /// A value given by the user is refused.
        case always
        /// A value given by the user wins; `BIGSERIAL` too.
        case byDefault = "by default"
    }

    package init(
        id: UInt16, name: String, type: ValueType, isNotNull: Bool = false,
        defaultText: String? = nil, identity: Identity? = nil
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.isNotNull = isNotNull
        self.defaultText = defaultText
        self.identity = identity
    }
}

/// A `CHECK` constraint.
package struct CheckDefinition: Sendable, Hashable {
    package var name: String
    package var text: String

    package init(name: String, text: String) {
        self.name = name
        self.text = text
    }
}
