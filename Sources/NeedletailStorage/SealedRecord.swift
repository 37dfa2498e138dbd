package import NeedletailCore

/// A payload behind the CRC32C of its key and itself: 4 bytes, little-endian, then the payload.
enum SealedRecord {
    /// Bytes before the payload.
    static let headerBytes = 4

    /// The payload of `value`, or `nil` where the checksum does not fit.
    @inline(__always)
    static func open(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) -> UnsafeRawBufferPointer? {
        // SAFETY: slices after a check of the length; LMDB keeps the bytes alive for the view.
        guard value.count >= headerBytes else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: value[headerBytes...])
        var sum = Checksum()
        sum.update(key)
        sum.update(payload)
        let stored = UInt32(littleEndian: value.loadUnaligned(as: UInt32.self))
        return sum.value == stored ? payload : nil
    }

    /// Writes `payload` behind its checksum into `target`, which has room for both.
    static func write(
        _ payload: UnsafeRawBufferPointer, key: StorageKey,
        into target: UnsafeMutableRawBufferPointer
    ) {
        var sum = Checksum()
        sum.update(key)
        sum.update(payload)
        target.storeBytes(of: sum.value.littleEndian, as: UInt32.self)
        UnsafeMutableRawBufferPointer(rebasing: target[headerBytes...]).copyMemory(from: payload)
    }
}

extension StorageView {
    /// The payload of the sealed record at `key`, or `nil` where there is none.
    ///
    /// Valid as long as the view, and in a write transaction until its next write. Throws XX001
    /// where the checksum does not fit.
    package func sealed(_ key: StorageKey) throws(DatabaseError) -> UnsafeRawBufferPointer? {
        guard let value = try get(key) else { return nil }
        guard let payload = key.withUnsafeBytes({ SealedRecord.open(key: $0, value: value) })
        else { throw .unsealed(key) }
        return payload
    }

    /// The slot that a key map or unique index has at `key`.
    package func slot(_ key: StorageKey) throws(DatabaseError) -> Slot? {
        guard let payload = try sealed(key) else { return nil }
        guard payload.count == 4 else { throw .unsealed(key) }
        return Slot(UInt32(littleEndian: payload.loadUnaligned(as: UInt32.self)))
    }
}

extension StorageWriter {
    /// Stores `payload` at `key` behind a checksum of both.
    package func putSealed(
        _ key: StorageKey, _ payload: UnsafeRawBufferPointer
    ) throws(DatabaseError) {
        try put(key, reserving: payload.count + SealedRecord.headerBytes) {
            SealedRecord.write(payload, key: key, into: $0)
        }
    }

    /// Stores `payload` at `key` behind a checksum of both.
    package func putSealed(_ key: StorageKey, _ payload: [UInt8]) throws(DatabaseError) {
        try put(key, reserving: payload.count + SealedRecord.headerBytes) { target in
            payload.withUnsafeBytes { SealedRecord.write($0, key: key, into: target) }
        }
    }

    /// Stores `slot` at `key`, for a key map or unique index.
    package func putSlot(_ key: StorageKey, _ slot: Slot) throws(DatabaseError) {
        let number = slot.rawValue.littleEndian
        try put(key, reserving: 4 + SealedRecord.headerBytes) { target in
            withUnsafeBytes(of: number) { SealedRecord.write($0, key: key, into: target) }
        }
    }
}

extension DatabaseError {
    /// XX001 for a record whose checksum or form is wrong.
    static func unsealed(_ key: StorageKey) -> DatabaseError {
        .corrupted("\(key.withUnsafeBytes { KeyParts($0).description }) fails its checksum")
    }
}
