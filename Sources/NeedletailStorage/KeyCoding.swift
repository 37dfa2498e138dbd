package import NeedletailCore

/// Values as bytes whose order is the order of the values, so that LMDB compares them with
/// `memcmp`.
///
/// Each column is a marker byte (0x20 NULL before values, 0x40 value, 0x60 NULL after values) and,
/// for a value, the bytes below, inverted where the column is descending. No encoding of a column
/// is the beginning of another, so columns simply follow each other.
///
///     boolean     0 or 1
///     integer     8 bytes, big-endian, sign bit flipped; a timestamp alike, a date in 4
///     double      8 bytes; -0 as 0, every NaN as one NaN above infinity
///     text        UTF-8 with 0x00 as 0x00 0xFF, closed by 0x00 0x00; bytes alike
///     uuid        16 bytes
///     json        a byte for the type (null < string < number < boolean < array < object), then
///                 the value; a number is the largest double not above it and, in 2 bytes, what an
///                 integer has on top; arrays and objects are a count, then their parts
///
/// Text is ordered by code point. A JSON number reads back as an integer where it is one, so that
/// 1 and 1.0 are one key.
package enum KeyCoding {
    static let nullFirst: UInt8 = 0x20
    /// What every value that is not NULL begins with.
    package static let present: UInt8 = 0x40
    static let nullLast: UInt8 = 0x60

    /// The type bytes of JSON values, in the order of `jsonb`.
    static let jsonNull: UInt8 = 1
    static let jsonString: UInt8 = 2
    static let jsonNumber: UInt8 = 3
    static let jsonBoolean: UInt8 = 4
    static let jsonArray: UInt8 = 5
    static let jsonObject: UInt8 = 6

    /// The key of `values`, one for each of `columns`. Errors: ``append(_:_:to:)``'s.
    package static func encode(
        _ values: [Value], _ columns: [KeyColumn]
    ) throws(DatabaseError) -> [UInt8] {
        precondition(values.count <= columns.count, "A key has one value for each column.")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 12)
        for (value, column) in zip(values, columns) { try append(value, column, to: &bytes) }
        return bytes
    }

    /// Appends one column of a key. Throws 0A000 for values without an order, 42804 for a value of
    /// another kind than the column's.
    package static func append(
        _ value: Value, _ column: KeyColumn, to bytes: inout [UInt8]
    ) throws(DatabaseError) {
        if value.isNull {
            bytes.append(column.hasNullsFirst ? nullFirst : nullLast)
            return
        }
        bytes.append(present)
        let start = bytes.count
        try appendPayload(value, column.kind, to: &bytes)
        guard column.isDescending else { return }
        for index in start..<bytes.count { bytes[index] = ~bytes[index] }
    }

    private static func appendPayload(
        _ value: Value, _ kind: KeyColumn.Kind, to bytes: inout [UInt8]
    ) throws(DatabaseError) {
        switch (kind, value) {
        case (.boolean, .bool(let flag)): bytes.append(flag ? 1 : 0)
        case (.integer, .int(let number)): append(number, to: &bytes)
        case (.double, .double(let number)): append(number, to: &bytes)
        case (.double, .int(let number)) where Int64(exactly: Double(number)) == number:
            append(Double(number), to: &bytes)
        case (.text, .text(let text)): append(text, to: &bytes)
        // SAFETY: pointers into local values, iterated within their length, not kept.
        case (.bytes, .bytes(let raw)): raw.withUnsafeBytes { append(escaped: $0, to: &bytes) }
        case (.timestamp, .timestamp(let moment)): append(moment.microseconds, to: &bytes)
        case (.date, .date(let date)):
            bytes.append(bigEndian: UInt32(bitPattern: date.days) ^ 0x8000_0000)
        case (.uuid, .uuid(let uuid)):
            bytes.append(bigEndian: uuid.high)
            bytes.append(bigEndian: uuid.low)
        case (.json, .json(let json)): try append(json, to: &bytes)
        case (_, .array), (_, .vector), (_, .halfvec), (_, .bits):
            throw unordered(value.naturalType.sqlName)
        default:
            throw DatabaseError(
                .datatypeMismatch,
                "a key column of kind \(kind) cannot hold a value of type "
                    + value.naturalType.sqlName,
                hint: "Cast the value to the type of the column.")
        }
    }

    private static func unordered(_ what: String) -> DatabaseError {
        DatabaseError(
            .notSupported, "a value of type \(what) cannot be part of a key",
            hint: "Index another column, or a JSON path to a scalar.")
    }

    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        bytes.append(bigEndian: UInt64(bitPattern: number) ^ (1 << 63))
    }

    static func append(_ number: Double, to bytes: inout [UInt8]) {
        bytes.append(bigEndian: orderedBits(number))
    }

    /// Bits in the order of numbers: negative ones inverted, the others above them.
    static func orderedBits(_ number: Double) -> UInt64 {
        if number.isNaN { return .max }
        let bits = number == 0 ? 0 : number.bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        var copy = text
        copy.withUTF8 { append(escaped: UnsafeRawBufferPointer($0), to: &bytes) }
    }

    private static func append(
        escaped raw: UnsafeRawBufferPointer, to bytes: inout [UInt8]
    ) {
        if raw.contains(0) {
            for byte in raw {
                bytes.append(byte)
                if byte == 0 { bytes.append(0xFF) }
            }
        } else {
            bytes.append(contentsOf: raw)
        }
        bytes.append(0)
        bytes.append(0)
    }

    private static func append(_ json: JSON, to bytes: inout [UInt8]) throws(DatabaseError) {
        switch json {
        case .null: bytes.append(jsonNull)
        case .string(let text):
            bytes.append(jsonString)
            append(text, to: &bytes)
        case .int(let number):
            bytes.append(jsonNumber)
            appendExactly(number, to: &bytes)
        case .double(let number):
            bytes.append(jsonNumber)
            append(number, to: &bytes)
            bytes.append(bigEndian: UInt16(0))
        case .bool(let flag):
            bytes.append(jsonBoolean)
            bytes.append(flag ? 1 : 0)
        case .array(let elements):
            bytes.append(jsonArray)
            append(Int64(elements.count), to: &bytes)
            for element in elements { try append(element, to: &bytes) }
        case .object(let object):
            bytes.append(jsonObject)
            append(Int64(object.members.count), to: &bytes)
            for member in object.members {
                append(member.key, to: &bytes)
                try append(member.value, to: &bytes)
            }
        }
    }

    /// An integer among doubles: the largest double that is not above it, and the rest. Doubles
    /// below 2^63 are at most 1,024 apart, so the rest fits 16 bits.
    private static func appendExactly(_ number: Int64, to bytes: inout [UInt8]) {
        var floor = Double(number)
        // 2^63 itself, to which the largest integers are rounded, has no Int64.
        if Int64(exactly: floor).map({ $0 > number }) ?? true { floor = floor.nextDown }
        append(floor, to: &bytes)
        bytes.append(bigEndian: UInt16(truncatingIfNeeded: number &- Int64(floor)))
    }
}
