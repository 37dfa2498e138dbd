extension Row {
    /// The row as a `T`, whose properties are named like the columns.
    ///
    /// A vector fits `[Float]`, a `bytea` `[UInt8]`, a timestamp ``Timestamp``; NULL needs an
    /// optional. Errors: 42703 where a column is missing, 42804 where a value does not fit.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws(DatabaseError) -> T {
        do {
            return try T(from: RowDecoder(row: self))
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw DatabaseError(
                .datatypeMismatch, "a row does not decode as \(T.self): \(error)",
                hint: "compare the type's properties with the columns of the query")
        }
    }
}

/// Decodes the columns of a row by name.
private struct RowDecoder: Decoder {
    let row: Row
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RowContainer(row: row))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        ListContainer(values: row.values)
    }

    /// A row of one column decodes as its value.
    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        guard let value = row.values.first, row.values.count == 1 else {
            throw DatabaseError(
                .datatypeMismatch,
                "a row of \(row.values.count) columns is not a single value")
        }
        return ValueContainer(value: value, name: row.columns.first?.name ?? "")
    }
}

private struct RowContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let row: Row
    let codingPath: [any CodingKey] = []

    var allKeys: [Key] { row.columns.compactMap { Key(stringValue: $0.name) } }

    func contains(_ key: Key) -> Bool { row[key.stringValue] != nil }

    func decodeNil(forKey key: Key) throws -> Bool { try value(key).isNull }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try ValueContainer(value: try value(key), name: key.stringValue).decode(type)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try JSONValueDecoder(container(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONValueDecoder(container(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { RowDecoder(row: row) }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        JSONValueDecoder(try container(key))
    }

    private func container(_ key: Key) throws -> ValueContainer {
        ValueContainer(value: try value(key), name: key.stringValue)
    }

    private func value(_ key: Key) throws(DatabaseError) -> Value {
        guard let value = row[key.stringValue] else {
            let names = row.columns.map(\.name).joined(separator: ", ")
            throw DatabaseError(
                .undefinedColumn, "the row has no column \"\(key.stringValue)\"",
                hint: "it has \(names)")
        }
        return value
    }
}

extension Row {
    func keyedContainer<Key: CodingKey>(_ type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RowContainer(row: self))
    }
}
