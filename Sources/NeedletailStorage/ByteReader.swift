/// Reads little-endian numbers from bytes that may be damaged: everything is bounded, and `nil`
/// means that the bytes end too early.
package struct ByteReader {
    // SAFETY: the caller keeps the bytes alive; every read is checked against what is left.
    private var rest: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// Bytes not read yet.
    var remaining: Int { rest.count }

    package mutating func read<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type = T.self
    ) -> T? {
        let size = MemoryLayout<T>.size
        guard rest.count >= size else { return nil }
        let number = T(littleEndian: rest.loadUnaligned(as: T.self))
        rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        return number
    }

    mutating func read(count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, rest.count >= count else { return nil }
        defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
        return UnsafeRawBufferPointer(rebasing: rest[..<count])
    }

    /// An unsigned number in groups of seven bits, the lowest first; at most ten bytes.
    mutating func readVariable() -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, let byte: UInt8 = read() {
            let bits = UInt64(byte & 0x7F)
            guard shift < 63 || bits <= 1 else { return nil }
            number |= bits << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }
}

extension [UInt8] {
    package mutating func append<T: FixedWidthInteger>(littleEndian number: T) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    package mutating func append<T: FixedWidthInteger>(bigEndian number: T) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends `number` as ``ByteReader/readVariable()`` reads it.
    mutating func append(variable number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }
}
