package import NeedletailCore

/// Reads the values of a key back, column by column. Every access is bounded.
struct KeyDecoder {
    // SAFETY: the caller keeps the bytes alive; every access is checked against what is left.
    private var rest: UnsafeRawBufferPointer
    /// Levels of JSON being read.
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next column, or `nil` where the bytes are not one.
    mutating func next(_ column: KeyColumn) -> Value? {
        guard let marker = take(1, false)?.first else { return nil }
        switch marker {
        case KeyCoding.nullFirst: return column.hasNullsFirst ? .null : nil
        case KeyCoding.nullLast: return column.hasNullsFirst ? nil : .null
        case KeyCoding.present: return payload(column.kind, column.isDescending)
        default: return nil
        }
    }

    private mutating func payload(_ kind: KeyColumn.Kind, _ inverted: Bool) -> Value? {
        switch kind {
        case .boolean: return take(1, inverted).flatMap(Self.boolean).map(Value.bool)
        case .integer: return integer(inverted).map(Value.int)
        case .double: return double(inverted).map(Value.double)
        case .text: return text(inverted).map(Value.text)
        case .bytes: return escaped(inverted).map(Value.bytes)
        case .timestamp:
            return integer(inverted).map { .timestamp(Timestamp(microseconds: $0)) }
        case .date:
            guard let bits: UInt32 = number(inverted) else { return nil }
            return .date(CalendarDate(days: Int32(bitPattern: bits ^ 0x8000_0000)))
        case .uuid:
            guard let high: UInt64 = number(inverted), let low: UInt64 = number(inverted) else {
                return nil
            }
            return .uuid(UUIDValue(high: high, low: low))
        case .json: return json(inverted).map(Value.json)
        }
    }

    private mutating func json(_ inverted: Bool) -> JSON? {
        switch take(1, inverted)?.first {
        case KeyCoding.jsonNull: return .null
        case KeyCoding.jsonString: return text(inverted).map(JSON.string)
        case KeyCoding.jsonNumber: return jsonNumber(inverted)
        case KeyCoding.jsonBoolean: return take(1, inverted).flatMap(Self.boolean).map(JSON.bool)
        case KeyCoding.jsonArray:
            return jsonParts(inverted) { $0.json(inverted) }.map(JSON.array)
        case KeyCoding.jsonObject:
            let members = jsonParts(inverted) { decoder -> JSONObject.Member? in
                guard let key = decoder.text(inverted), let value = decoder.json(inverted) else {
                    return nil
                }
                return JSONObject.Member(key: key, value: value)
            }
            return members.map { .object(JSONObject($0)) }
        default: return nil
        }
    }

    /// A count, then as many parts. Depth is bounded as the values that were stored are.
    private mutating func jsonParts<Part>(
        _ inverted: Bool, _ part: (inout Self) -> Part?
    ) -> [Part]? {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Limits.nestingDepthMax, let count = integer(inverted),
            count >= 0, count <= rest.count
        else { return nil }
        var parts: [Part] = []
        for _ in 0..<count {
            guard let next = part(&self) else { return nil }
            parts.append(next)
        }
        return parts
    }

    private mutating func jsonNumber(_ inverted: Bool) -> JSON? {
        guard let floor = double(inverted), let above: UInt16 = number(inverted) else {
            return nil
        }
        guard let whole = Int64(exactly: floor) else { return above == 0 ? .double(floor) : nil }
        let sum = whole.addingReportingOverflow(Int64(above))
        return sum.overflow ? nil : .int(sum.partialValue)
    }

    /// The next `count` bytes, turned back where they are inverted.
    private mutating func take(_ count: Int, _ inverted: Bool) -> [UInt8]? {
        guard rest.count >= count else { return nil }
        let bytes = rest[..<count].map { inverted ? ~$0 : $0 }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return bytes
    }

    private static func boolean(_ bytes: [UInt8]) -> Bool? {
        switch bytes.first {
        case 0: false
        case 1: true
        default: nil
        }
    }

    private mutating func number<T: FixedWidthInteger & BitwiseCopyable>(_ inverted: Bool) -> T? {
        guard rest.count >= MemoryLayout<T>.size else { return nil }
        let number = T(bigEndian: rest.loadUnaligned(as: T.self))
        rest = UnsafeRawBufferPointer(rebasing: rest[MemoryLayout<T>.size...])
        return inverted ? ~number : number
    }

    private mutating func integer(_ inverted: Bool) -> Int64? {
        guard let bits: UInt64 = number(inverted) else { return nil }
        return Int64(bitPattern: bits ^ (1 << 63))
    }

    private mutating func double(_ inverted: Bool) -> Double? {
        guard let bits: UInt64 = number(inverted) else { return nil }
        if bits == .max { return .nan }
        return Double(bitPattern: bits >> 63 == 1 ? bits ^ (1 << 63) : ~bits)
    }

    private mutating func text(_ inverted: Bool) -> String? {
        guard let bytes = escaped(inverted) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private mutating func escaped(_ inverted: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        var index = 0
        while index < rest.count {
            let byte = inverted ? ~rest[index] : rest[index]
            index += 1
            guard byte == 0 else {
                bytes.append(byte)
                continue
            }
            guard index < rest.count else { return nil }
            let mark = inverted ? ~rest[index] : rest[index]
            index += 1
            if mark == 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[index...])
                return bytes
            }
            guard mark == 0xFF else { return nil }
            bytes.append(0)
        }
        return nil
    }
}

extension KeyCoding {
    /// The values of a key, one for each of `columns`. Throws XX001 where the bytes are no such
    /// key; a bounded key that was cut is not one (see ``BoundedKey``).
    package static func decode(
        _ bytes: UnsafeRawBufferPointer, _ columns: [KeyColumn]
    ) throws(DatabaseError) -> [Value] {
        var decoder = KeyDecoder(bytes)
        var values: [Value] = []
        for column in columns {
            guard let value = decoder.next(column) else {
                throw .corrupted("a key of \(bytes.count) bytes ends early or is damaged")
            }
            values.append(value)
        }
        guard decoder.isAtEnd else {
            throw .corrupted("a key of \(bytes.count) bytes has more than \(columns.count) columns")
        }
        return values
    }
}
