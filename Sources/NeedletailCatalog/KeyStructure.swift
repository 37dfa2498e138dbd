package import NeedletailCore
import NeedletailStorage

/// An ordered structure of a table: its primary key, or an ordered index.
package struct KeyStructure: Sendable {
    /// One part of the key.
    package struct Part: Sendable {
        /// What values to look for are converted to; `jsonb` for a path.
        package let type: ValueType
        package let isDescending: Bool
        let source: KeySource
        let column: KeyColumn
    }

    enum Kind: Sendable {
        case primaryKey(table: UInt32)
        case index(UInt32)
    }

    package let parts: [Part]
    /// How each part is written.
    private let keyColumns: [KeyColumn]
    let kind: Kind

    /// The primary key; without parts where the table has none.
    package init(primaryKeyOf table: TableDefinition) {
        kind = .primaryKey(table: table.id)
        parts = table.primaryKey.compactMap { position in
            let type = table.columns[position].type
            return KeyColumn(type).map {
                Part(
                    type: type, isDescending: false, source: KeySource(column: position, of: type),
                    column: $0)
            }
        }
        keyColumns = parts.map(\.column)
    }

    package init(_ index: IndexDefinition, of table: TableDefinition) {
        kind = .index(index.id)
        parts = index.keys.compactMap { key -> Part? in
            guard let source = KeySource(key, of: table) else { return nil }
            return KeyColumn(
                source.type, isDescending: key.isDescending, hasNullsFirst: key.nullsFirst
            ).map {
                Part(
                    type: source.type, isDescending: key.isDescending, source: source, column: $0)
            }
        }
        keyColumns = parts.map(\.column)
    }

    /// The columns of a row that the key is made of.
    package var columns: Set<Int> {
        parts.reduce(into: []) { $0.formUnion($1.source.columns) }
    }

    /// The values of the key in `row`.
    func values(in row: [Value]) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(parts.count)
        for part in parts { values.append(try part.source.value(in: row)) }
        return values
    }

    /// The whole key of `row`, not yet made short enough for the store.
    func encoded(_ row: [Value]) throws(DatabaseError) -> [UInt8] {
        try encoded(key: try values(in: row))
    }

    /// A key of the given values, one for each part.
    func encoded(key values: [Value]) throws(DatabaseError) -> [UInt8] {
        try KeyCoding.encode(values, keyColumns)
    }

    /// What every key of the structure begins with.
    var prefix: StorageKey {
        switch kind {
        case .primaryKey(let table): StorageKey(.primaryKey, table)
        case .index(let index): StorageKey(.orderedIndex, index)
        }
    }
}

/// A range of keys by values, in the terms of SQL: bounds are on the part after the prefix.
package struct ValueRange: Sendable {
    package struct Bound: Sendable {
        package let value: Value
        package let isInclusive: Bool

        package init(value: Value, isInclusive: Bool) {
            self.value = value
            self.isInclusive = isInclusive
        }
    }

    /// Values of the leading parts.
    package let prefix: [Value]
    package let lower: Bound?
    package let upper: Bound?

    package init(prefix: [Value], lower: Bound? = nil, upper: Bound? = nil) {
        self.prefix = prefix
        self.lower = lower
        self.upper = upper
    }

    package static let everything = ValueRange(prefix: [])
}

extension KeyStructure {
    /// The stored keys that `range` stands for, and perhaps some more where keys were cut.
    func keys(of range: ValueRange) throws(DatabaseError) -> KeyRange {
        var leading = prefix
        let columns = keyColumns
        let encoded = try KeyCoding.encode(range.prefix, columns)
        leading.append(BoundedKey.ordered(encoded))
        guard range.lower != nil || range.upper != nil,
            encoded.count < BoundedKey.prefixBytes, range.prefix.count < columns.count
        else { return .prefix(leading) }
        let column = columns[range.prefix.count]
        let first = try bound(range.lower, after: encoded, column)
        let second = try bound(range.upper, after: encoded, column)
        let (lower, upper) = column.isDescending ? (second, first) : (first, second)
        // NULL satisfies no bound: only keys with a value there are visited.
        leading.append(KeyCoding.present)
        return .within(leading, lower: lower, upper: upper)
    }

    private func bound(
        _ bound: ValueRange.Bound?, after encoded: [UInt8], _ column: KeyColumn
    ) throws(DatabaseError) -> (key: StorageKey, isInclusive: Bool)? {
        guard let bound else { return nil }
        var bytes = encoded
        try KeyCoding.append(bound.value, column, to: &bytes)
        let ordered = BoundedKey.ordered(bytes)
        var key = prefix
        key.append(ordered)
        return (key, bound.isInclusive || ordered.count < bytes.count)
    }
}
