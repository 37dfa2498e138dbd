import NeedletailCore

/// One value of a row: a tag byte and its content; how long it is, the row says.
///
///     1 false, 2 true
///     3 integer     as few little-endian bytes as hold it, sign-extended; a timestamp (7) and a
///                   date (8) alike
///     4 double      8 bytes, little-endian
///     5 text        UTF-8
///     6 bytes       as they are
///     9 uuid        16 bytes, big-endian
///     10 json       `JSONBytes`
///     11 array      count (32 bits), the end of each element (32 bits), elements; an element of
///                   no bytes is NULL
enum ValueTag: UInt8 {
    case no = 1
    case yes = 2
    case integer = 3
    case double = 4
    case text = 5
    case bytes = 6
    case timestamp = 7
    case date = 8
    case uuid = 9
    case json = 10
    case array = 11
}

enum ValueBytes {
    /// Appends `value`; nothing for NULL. Throws XX000 for a vector, which belongs in a block.
    static func append(_ value: Value, to bytes: inout [UInt8]) throws(DatabaseError) {
        switch value {
        case .null: return
        case .bool(let flag): append(flag ? .yes : .no, to: &bytes)
        case .int(let number):
            append(.integer, to: &bytes)
            ShortInteger.append(number, to: &bytes)
        case .double(let number):
            append(.double, to: &bytes)
            bytes.append(littleEndian: number.bitPattern)
        case .text(let text):
            append(.text, to: &bytes)
            bytes.append(contentsOf: text.utf8)
        case .bytes(let raw):
            append(.bytes, to: &bytes)
            bytes.append(contentsOf: raw)
        case .timestamp(let moment):
            append(.timestamp, to: &bytes)
            ShortInteger.append(moment.microseconds, to: &bytes)
        case .date(let date):
            append(.date, to: &bytes)
            ShortInteger.append(Int64(date.days), to: &bytes)
        case .uuid(let uuid):
            append(.uuid, to: &bytes)
            bytes.append(bigEndian: uuid.high)
            bytes.append(bigEndian: uuid.low)
        case .json(let json):
            append(.json, to: &bytes)
            try JSONBytes.append(json, depth: 0, to: &bytes)
        case .array(let elements):
            append(.array, to: &bytes)
            try appendArray(elements, to: &bytes)
        case .vector, .halfvec, .bits:
            throw DatabaseError(
                .internalError, "a vector was to be stored in a row's record",
                hint: "Report this: vectors belong in vector blocks.")
        }
    }

    private static func append(_ tag: ValueTag, to bytes: inout [UInt8]) {
        bytes.append(tag.rawValue)
    }

    private static func appendArray(
        _ elements: [Value], to bytes: inout [UInt8]
    ) throws(DatabaseError) {
        var content: [UInt8] = []
        bytes.append(littleEndian: UInt32(clamping: elements.count))
        for element in elements {
            if case .array = element {
                throw DatabaseError(
                    .notSupported, "an array of arrays cannot be stored",
                    hint: "Use a JSONB column for nested arrays.")
            }
            try append(element, to: &content)
            bytes.append(littleEndian: UInt32(clamping: content.count))
        }
        bytes.append(contentsOf: content)
    }

    /// The value that `bytes` encode; `nil` where they are damaged.
    static func decode(_ bytes: UnsafeRawBufferPointer, isElement: Bool = false) -> Value? {
        // SAFETY: the caller keeps the bytes alive; lengths are checked before anything is loaded.
        guard let first = bytes.first else { return .null }
        guard let tag = ValueTag(rawValue: first) else { return nil }
        let content = UnsafeRawBufferPointer(rebasing: bytes[1...])
        switch tag {
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .integer: return ShortInteger.read(content).map(Value.int)
        case .double: return word(content).map { .double(Double(bitPattern: $0)) }
        case .text: return .text(String(decoding: content, as: UTF8.self))
        case .bytes: return .bytes(Array(content))
        case .timestamp:
            return ShortInteger.read(content).map { .timestamp(Timestamp(microseconds: $0)) }
        case .date:
            return ShortInteger.read(content).flatMap(Int32.init(exactly:))
                .map { .date(CalendarDate(days: $0)) }
        case .uuid:
            guard content.count == 16 else { return nil }
            return .uuid(
                UUIDValue(
                    high: UInt64(bigEndian: content.loadUnaligned(as: UInt64.self)),
                    low: UInt64(
                        bigEndian: content.loadUnaligned(fromByteOffset: 8, as: UInt64.self))))
        case .json: return JSONBytes.decode(content).map(Value.json)
        case .array: return isElement ? nil : array(content)
        }
    }

    private static func word(_ content: UnsafeRawBufferPointer) -> UInt64? {
        guard content.count == 8 else { return nil }
        return UInt64(littleEndian: content.loadUnaligned(as: UInt64.self))
    }

    private static func array(_ content: UnsafeRawBufferPointer) -> Value? {
        var reader = ByteReader(content)
        guard let count: UInt32 = reader.read(), Int(count) <= reader.remaining / 4,
            let ends = reader.read(count: Int(count) * 4),
            let bodies = reader.read(count: reader.remaining)
        else { return nil }
        var elements: [Value] = []
        elements.reserveCapacity(Int(count))
        var start = 0
        for index in 0..<Int(count) {
            let end = Int(
                UInt32(littleEndian: ends.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
            )
            guard start <= end, end <= bodies.count,
                let element = decode(
                    UnsafeRawBufferPointer(rebasing: bodies[start..<end]), isElement: true)
            else { return nil }
            elements.append(element)
            start = end
        }
        return .array(elements)
    }
}
