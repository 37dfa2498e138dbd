import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A key read back from the file, taken apart. Every access is bounded: the bytes may be damaged.
struct KeyParts {
    // SAFETY: the caller keeps the bytes alive; numbers are loaded after a check of the length.
    let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var kind: KeyKind? { bytes.first.flatMap(KeyKind.init(rawValue:)) }

    /// The 32-bit number at `offset`, or `nil` past the end.
    func number(at offset: Int) -> UInt32? {
        guard offset >= 0, bytes.count >= offset + 4 else { return nil }
        return UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// The 64-bit number at `offset`, or `nil` past the end.
    func longNumber(at offset: Int) -> UInt64? {
        guard offset >= 0, bytes.count >= offset + 8 else { return nil }
        return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The first number after the kind: a table, or an index.
    var owner: UInt32? { number(at: 1) }

    /// The last four bytes: the slot of a row or of an ordered index's entry.
    var lastNumber: UInt32? { number(at: bytes.count - 4) }

    /// The key in words, for messages: `row (table 3, slot 17)`.
    var description: String {
        guard let kind else { return "a key of unknown kind 0x\(hexadecimal)" }
        let first = number(at: 1).map(String.init) ?? "?"
        let second = number(at: 5).map(String.init) ?? "?"
        switch kind {
        case .meta: return "meta record \(bytes.count > 1 ? String(bytes[1]) : "?")"
        case .tableDefinition, .tableStatistics: return "\(kind) (table \(first))"
        case .indexDefinition, .indexManifest: return "\(kind) (table \(first), index \(second))"
        case .row: return "row (table \(first), slot \(second))"
        case .counter, .histogram: return "\(kind) (table \(first), column \(second))"
        case .primaryKey: return "primaryKey (table \(first), key 0x\(hexadecimal))"
        case .liveSlots: return "liveSlots (table \(first), chunk \(second))"
        case .vectorBlock:
            let block = number(at: 9).map(String.init) ?? "?"
            return "vectorBlock (table \(first), column \(second), block \(block))"
        case .freedSlots:
            let sequence = longNumber(at: 5).map(String.init) ?? "?"
            return "freedSlots (table \(first), sequence \(sequence))"
        case .changeLog:
            return "changeLog (sequence \(longNumber(at: 1).map(String.init) ?? "?"))"
        case .idempotencyKey: return "idempotencyKey (0x\(hexadecimal))"
        default: return "\(kind) (index \(first), key 0x\(hexadecimal))"
        }
    }

    private var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text = ""
        for byte in bytes.prefix(24) {
            text.unicodeScalars.append(Unicode.Scalar(digits[Int(byte >> 4)]))
            text.unicodeScalars.append(Unicode.Scalar(digits[Int(byte & 15)]))
        }
        return bytes.count > 24 ? text + "..." : text
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes come before `other` in the order of keys: byte by byte, a prefix first.
    func precedes(_ other: UnsafeRawBufferPointer) -> Bool {
        guard let left = baseAddress, let right = other.baseAddress else {
            return count < other.count
        }
        let order = memcmp(left, right, Swift.min(count, other.count))
        return order == 0 ? count < other.count : order < 0
    }
}
