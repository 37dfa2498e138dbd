/// A key under construction or in use: bytes that LMDB compares one by one.
///
/// Up to 40 bytes live inside the value, so that the common keys allocate nothing. LMDB takes at
/// most 511 bytes; a longer key is refused with 54000 when it is used.
package struct StorageKey: Sendable {
    private typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64)

    private static let inlineCapacity = MemoryLayout<Words>.size

    private var words: Words = (0, 0, 0, 0, 0)
    private var length = 0
    /// All bytes, once they are too many for `words`; empty until then.
    private var spilled: [UInt8] = []

    package init() {}

    /// The key that has these bytes.
    package init(_ bytes: some Collection<UInt8>) { append(bytes) }

    /// The key that has these bytes.
    // SAFETY: copied at once; room for inline bytes is checked first.
    package init(_ bytes: UnsafeRawBufferPointer) { append(bytes) }

    /// Bytes so far.
    package var count: Int { length }

    package mutating func append(_ byte: UInt8) {
        if length < Self.inlineCapacity {
            let position = length
            Swift.withUnsafeMutableBytes(of: &words) { $0[position] = byte }
        } else {
            spill()
            spilled.append(byte)
        }
        length += 1
    }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        if length + bytes.count <= Self.inlineCapacity {
            for byte in bytes { append(byte) }
        } else {
            spill()
            spilled.append(contentsOf: bytes)
            length = spilled.count
        }
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        if length + bytes.count <= Self.inlineCapacity {
            let position = length
            Swift.withUnsafeMutableBytes(of: &words) { words in
                UnsafeMutableRawBufferPointer(rebasing: words[position...]).copyMemory(from: bytes)
            }
            length += bytes.count
        } else {
            spill()
            spilled.append(contentsOf: bytes)
            length = spilled.count
        }
    }

    /// Appends `number` so that byte order is the order of numbers.
    package mutating func append(bigEndian number: UInt32) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append($0) }
    }

    /// Appends `number` so that byte order is the order of numbers.
    package mutating func append(bigEndian number: UInt64) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append($0) }
    }

    private mutating func spill() {
        guard spilled.isEmpty else { return }
        let count = length
        spilled = Swift.withUnsafeBytes(of: words) { Array($0.prefix(count)) }
    }

    /// Reads the bytes in place. The pointer is not valid after `body`.
    @inline(__always)
    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
        if spilled.isEmpty {
            return Swift.withUnsafeBytes(of: words) { whole in
                body(UnsafeRawBufferPointer(rebasing: whole[..<length]))
            }
        }
        return spilled.withUnsafeBytes { body($0) }
    }

    /// A copy of the bytes.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The smallest key that is greater than every key that begins with this one; `nil` if this
    /// one is nothing but 0xFF.
    package var successor: StorageKey? {
        var bytes = bytes
        while let last = bytes.last {
            if last < 0xFF {
                bytes[bytes.count - 1] = last + 1
                return StorageKey(bytes)
            }
            bytes.removeLast()
        }
        return nil
    }
}

extension StorageKey: Hashable {
    package static func == (left: StorageKey, right: StorageKey) -> Bool {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in left.elementsEqual(right) }
        }
    }

    package func hash(into hasher: inout Hasher) {
        withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension StorageKey: Comparable {
    package static func < (left: StorageKey, right: StorageKey) -> Bool {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in left.precedes(right) }
        }
    }
}
