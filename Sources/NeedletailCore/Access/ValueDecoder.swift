/// Decodes one value.
struct ValueContainer: SingleValueDecodingContainer {
    let value: Value
    let name: String
    let codingPath: [any CodingKey] = []

    func decodeNil() -> Bool { value.isNull }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if let direct = direct(type) { return direct }
        if value.isNull {
            if let optional = try? T(from: JSONValueDecoder(self)), isOptional(type) {
                return optional
            }
            throw DatabaseError(
                .datatypeMismatch, "column \"\(name)\" is NULL, which does not fit \(type)",
                hint: "make the property optional")
        }
        return try T(from: JSONValueDecoder(self))
    }

    private func isOptional<T>(_ type: T.Type) -> Bool { type is any ExpressibleByNilLiteral.Type }

    /// Types that hold a value as it is.
    private func direct<T>(_ type: T.Type) -> T? {
        if type == Value.self { return value as? T }
        switch value {
        case .bool(let bool): return bool as? T
        case .int(let integer): return number(integer, as: type)
        case .double(let double): return (double as? T) ?? (Float(double) as? T)
        case .text(let text): return text as? T
        case .bytes(let bytes): return bytes as? T
        case .timestamp(let timestamp): return timestamp as? T
        case .date(let date): return date as? T
        case .uuid(let uuid): return uuid as? T
        case .json(let json): return json as? T
        case .vector(let components):
            return (components as? T) ?? (components.map(Double.init) as? T)
        case .halfvec(let half): return half as? T
        case .bits(let bits): return bits as? T
        case .array, .null: return nil
        }
    }

    private func number<T>(_ integer: Int64, as type: T.Type) -> T? {
        switch type {
        case is Int.Type: Int(exactly: integer) as? T
        case is Int64.Type: integer as? T
        case is Int32.Type: Int32(exactly: integer) as? T
        case is Int16.Type: Int16(exactly: integer) as? T
        case is Int8.Type: Int8(exactly: integer) as? T
        case is UInt.Type: UInt(exactly: integer) as? T
        case is UInt64.Type: UInt64(exactly: integer) as? T
        case is UInt32.Type: UInt32(exactly: integer) as? T
        case is UInt16.Type: UInt16(exactly: integer) as? T
        case is UInt8.Type: UInt8(exactly: integer) as? T
        case is Double.Type: Double(integer) as? T
        case is Float.Type: Float(integer) as? T
        default: nil
        }
    }
}

/// Decodes a value that has parts: arrays, and `jsonb` objects and arrays.
struct JSONValueDecoder: Decoder {
    private let container: ValueContainer
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(_ container: ValueContainer) { self.container = container }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .json(.object(let object)) = container.value else { throw mismatch("an object") }
        let row = Row(
            columns: object.members.map { Column(name: $0.key, type: .jsonb) },
            values: object.members.map { Self.plain($0.value) })
        return try row.keyedContainer(type)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch container.value {
        case .array(let values): return ListContainer(values: values)
        case .json(.array(let elements)): return ListContainer(values: elements.map(Self.plain))
        default: throw mismatch("a list")
        }
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        ValueContainer(value: Self.plain(container.value), name: container.name)
    }

    /// JSON scalars as SQL's.
    private static func plain(_ value: Value) -> Value {
        if case .json(let json) = value { return plain(json) }
        return value
    }

    private static func plain(_ json: JSON) -> Value {
        switch json {
        case .null: .null
        case .bool(let bool): .bool(bool)
        case .int(let integer): .int(integer)
        case .double(let double): .double(double)
        case .string(let text): .text(text)
        case .array, .object: .json(json)
        }
    }

    private func mismatch(_ wanted: String) -> DatabaseError {
        DatabaseError(
            .datatypeMismatch,
            "column \"\(container.name)\" holds \(container.value.naturalType.sqlName), "
                + "not \(wanted)")
    }
}

/// Decodes a list of values.
struct ListContainer: UnkeyedDecodingContainer {
    private let values: [Value]
    let codingPath: [any CodingKey] = []
    private(set) var currentIndex = 0

    init(values: [Value]) { self.values = values }

    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, values[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try take().decode(type)
    }

    mutating func nestedContainer<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        try JSONValueDecoder(take()).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try JSONValueDecoder(take()).unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { JSONValueDecoder(try take()) }

    private mutating func take() throws(DatabaseError) -> ValueContainer {
        guard !isAtEnd else {
            throw DatabaseError(.datatypeMismatch, "the list has only \(values.count) elements")
        }
        defer { currentIndex += 1 }
        return ValueContainer(value: values[currentIndex], name: "element \(currentIndex)")
    }
}
