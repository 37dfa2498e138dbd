/// An encoded key made short enough for LMDB.
///
/// An encoding of less than 480 bytes is kept. A longer one becomes exactly 480 bytes: its first
/// 464 and a 128-bit hash of all of it. So the length alone says whether it was cut. Equal keys
/// stay equal; keys that share their first 464 bytes lose their order and must be compared by the
/// rows' own values, and two cut keys that are equal should be compared too, as the hash is not
/// cryptographic.
package struct BoundedKey: Sendable, Hashable {
    /// Bytes of a key that was cut; all others are shorter.
    package static let byteCount = StorageTuning.boundedKeyBytes

    /// Bytes of a cut key that are the encoding's own.
    package static let prefixBytes = byteCount - 16

    package let bytes: [UInt8]

    /// Bounds an encoding of ``KeyCoding``.
    package init(_ encoded: [UInt8]) {
        guard encoded.count >= Self.byteCount else {
            bytes = encoded
            return
        }
        let hash = Hash128(of: encoded)
        var cut = Array(encoded[..<Self.prefixBytes])
        cut.append(bigEndian: hash.high)
        cut.append(bigEndian: hash.low)
        bytes = cut
    }

    /// Whether the key was cut, so that what it finds must be rechecked.
    package var isCut: Bool { bytes.count == Self.byteCount }

    /// Whether these bytes, of a stored key without what surrounds it, are of a key that was cut.
    package static func isCut(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // SAFETY: only the length is looked at.
        bytes.count == byteCount
    }

    /// The part of an encoding whose order can be relied on: a bound for seeking.
    package static func ordered(_ encoded: [UInt8]) -> [UInt8] {
        encoded.count > prefixBytes ? Array(encoded[..<prefixBytes]) : encoded
    }
}
