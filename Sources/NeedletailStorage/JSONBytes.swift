package import NeedletailCore

/// JSON in a form that is small and can be searched without being decoded.
///
/// A value is a tag byte and its content; how long it is, the surroundings say. The low four bits
/// of the tag are the kind, the two high bits the width w of the offsets (1, 2 or 4 bytes).
///
///     0 null, 1 false, 2 true
///     3 integer    as few little-endian bytes as hold it, sign-extended
///     4 double     8 bytes, little-endian
///     5 string     UTF-8
///     6 array      count (w), the end of each element (w), elements
///     7 object     count (w), the end of each key (w), the end of each value (w), keys, values;
///                  members in the order of `JSONObject`
///
/// Ends are counted from where the elements, keys or values begin.
package enum JSONBytes {
    enum Kind: UInt8 {
        case null, no, yes, integer, double, string, array, object
    }

    /// The bytes of `json`. Throws 54001 where it is nested more than 200 deep.
    package static func encode(_ json: JSON) throws(DatabaseError) -> [UInt8] {
        var bytes: [UInt8] = []
        try append(json, depth: 0, to: &bytes)
        return bytes
    }

    static func append(
        _ json: JSON, depth: Int, to bytes: inout [UInt8]
    ) throws(DatabaseError) {
        guard depth <= Limits.nestingDepthMax else {
            throw DatabaseError(
                .statementTooComplex,
                "a JSON value is nested more than \(Limits.nestingDepthMax) deep",
                hint: "Flatten the value.")
        }
        switch json {
        case .null: bytes.append(Kind.null.rawValue)
        case .bool(let flag): bytes.append(flag ? Kind.yes.rawValue : Kind.no.rawValue)
        case .int(let number):
            bytes.append(Kind.integer.rawValue)
            ShortInteger.append(number, to: &bytes)
        case .double(let number):
            bytes.append(Kind.double.rawValue)
            bytes.append(littleEndian: number.bitPattern)
        case .string(let text):
            bytes.append(Kind.string.rawValue)
            bytes.append(contentsOf: text.utf8)
        case .array(let elements):
            var content = Content()
            for element in elements { try content.append(element, depth: depth + 1) }
            appendContainer(.array, [content], to: &bytes)
        case .object(let object):
            var keys = Content()
            var values = Content()
            for member in object.members {
                keys.append(key: member.key)
                try values.append(member.value, depth: depth + 1)
            }
            appendContainer(.object, [keys, values], to: &bytes)
        }
    }

    /// Parts of a container one after the other, and where each ends.
    private struct Content {
        var bytes: [UInt8] = []
        var ends: [Int] = []

        mutating func append(_ json: JSON, depth: Int) throws(DatabaseError) {
            try JSONBytes.append(json, depth: depth, to: &bytes)
            ends.append(bytes.count)
        }

        mutating func append(key: String) {
            bytes.append(contentsOf: key.utf8)
            ends.append(bytes.count)
        }
    }

    private static func appendContainer(
        _ kind: Kind, _ contents: [Content], to bytes: inout [UInt8]
    ) {
        let largest = contents.map { max($0.ends.count, $0.bytes.count) }.max() ?? 0
        let code: UInt8 = largest <= 0xFF ? 0 : largest <= 0xFFFF ? 1 : 2
        bytes.append(kind.rawValue | code << 6)
        append(contents[0].ends.count, code, to: &bytes)
        for content in contents {
            for end in content.ends { append(end, code, to: &bytes) }
        }
        for content in contents { bytes.append(contentsOf: content.bytes) }
    }

    private static func append(_ number: Int, _ code: UInt8, to bytes: inout [UInt8]) {
        switch code {
        case 0: bytes.append(UInt8(truncatingIfNeeded: number))
        case 1: bytes.append(littleEndian: UInt16(truncatingIfNeeded: number))
        default: bytes.append(littleEndian: UInt32(truncatingIfNeeded: number))
        }
    }
}

/// A signed integer in as few bytes as hold it: none for zero, then 1 to 8, little-endian.
enum ShortInteger {
    static func append(_ number: Int64, to bytes: inout [UInt8]) {
        guard number != 0 else { return }
        var rest = number
        while true {
            let byte = UInt8(truncatingIfNeeded: rest)
            bytes.append(byte)
            rest >>= 8
            // What is left is the sign alone, and the byte just written shows it.
            if (rest == -1 && byte >= 0x80) || (rest == 0 && byte < 0x80) { return }
        }
    }

    /// `nil` where there are more than eight bytes.
    @inline(__always)
    static func read(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        // SAFETY: iterated within its own length, and not kept.
        guard bytes.count <= 8 else { return nil }
        var bits: UInt64 = 0
        for byte in bytes.reversed() { bits = bits << 8 | UInt64(byte) }
        let unused = UInt64(64 - bytes.count * 8)
        return bytes.isEmpty ? 0 : Int64(bitPattern: bits << unused) >> Int64(unused)
    }
}
