package import NeedletailCore

/// Values one after another, vectors among them, for records that belong to no table.
///
/// Each is the count of its bytes (variable length), then those: nothing for NULL, a vector's tag
/// and components, or what ``ValueBytes`` makes of it.
package enum ValueSequence {
    /// Tags beyond those of `ValueTag`. Numbers are little-endian; `bits` begins with its count (32
    /// bits).
    private enum Tag: UInt8 {
        case vector = 0x81
        case halfvec = 0x82
        case bits = 0x83
    }

    /// Errors: 0A000 for an array of arrays.
    package static func append(_ value: Value, to bytes: inout [UInt8]) throws(DatabaseError) {
        var content: [UInt8] = []
        switch value {
        case .vector(let components):
            content.append(Tag.vector.rawValue)
            for component in components { content.append(littleEndian: component.bitPattern) }
        case .halfvec(let half):
            content.append(Tag.halfvec.rawValue)
            for component in half.bits { content.append(littleEndian: component) }
        case .bits(let bits):
            content.append(Tag.bits.rawValue)
            content.append(littleEndian: UInt32(clamping: bits.count))
            content.append(contentsOf: bits.bytes)
        default: try ValueBytes.append(value, to: &content)
        }
        bytes.append(variable: UInt64(content.count))
        bytes.append(contentsOf: content)
    }

    /// All values of `bytes`; `nil` where they are damaged.
    package static func values(of bytes: [UInt8]) -> [Value]? {
        bytes.withUnsafeBytes { values(of: $0) }
    }

    static func values(of bytes: UnsafeRawBufferPointer) -> [Value]? {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(bytes)
        var values: [Value] = []
        while reader.remaining > 0 {
            guard let count = reader.readVariable().flatMap({ Int(exactly: $0) }),
                let content = reader.read(count: count), let value = value(content)
            else { return nil }
            values.append(value)
        }
        return values
    }

    private static func value(_ content: UnsafeRawBufferPointer) -> Value? {
        guard let first = content.first, let tag = Tag(rawValue: first) else {
            return ValueBytes.decode(content)
        }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: content[1...]))
        switch tag {
        case .vector:
            guard let words = words(UInt32.self, &reader) else { return nil }
            return .vector(words.map { Float(bitPattern: $0) })
        case .halfvec: return words(UInt16.self, &reader).map { .halfvec(HalfVector(bits: $0)) }
        case .bits:
            guard let count: UInt32 = reader.read(), reader.remaining == (Int(count) + 7) / 8,
                let bytes = reader.read(count: reader.remaining)
            else { return nil }
            return .bits(BitVector(count: Int(count), bytes: Array(bytes)))
        }
    }

    /// What is left of `reader`, all of it.
    private static func words<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type, _ reader: inout ByteReader
    ) -> [Word]? {
        guard reader.remaining % MemoryLayout<Word>.size == 0 else { return nil }
        var words: [Word] = []
        words.reserveCapacity(reader.remaining / MemoryLayout<Word>.size)
        while let word: Word = reader.read() { words.append(word) }
        return words
    }
}
