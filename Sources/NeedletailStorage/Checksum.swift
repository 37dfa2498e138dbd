import CChecksum

/// CRC32C over several pieces, as if they were one.
package struct Checksum: Sendable {
    package private(set) var value: UInt32 = 0

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        // SAFETY: C reads exactly `count` bytes of a live buffer and keeps nothing.
        value = nt_crc32c(value, bytes.baseAddress, bytes.count)
    }

    package mutating func update(_ key: StorageKey) {
        value = key.withUnsafeBytes { nt_crc32c(value, $0.baseAddress, $0.count) }
    }

    /// Of these bytes alone.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        nt_crc32c(0, bytes.baseAddress, bytes.count)
    }

    /// The same without special instructions, to test against.
    package static func portable(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        nt_crc32c_portable(0, bytes.baseAddress, bytes.count)
    }

    /// The code in use: `sse4.2`, `armv8` or `portable`.
    package static var tier: String { String(cString: nt_crc32c_tier()) }
}

/// A 128-bit hash of bytes, the same on every machine.
///
/// Not cryptographic: whoever chooses the bytes can make two strings collide. What it finds must
/// be compared in full.
package struct Hash128: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    /// A hash that was stored.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(of bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) {
        let hash = nt_hash128(bytes.baseAddress, bytes.count, seed)
        high = hash.high
        low = hash.low
    }

    package init(of bytes: [UInt8], seed: UInt64 = 0) {
        self = bytes.withUnsafeBytes { Hash128(of: $0, seed: seed) }
    }
}
