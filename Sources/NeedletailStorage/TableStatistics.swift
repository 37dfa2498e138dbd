package import NeedletailCore

/// What is counted about a table. Little-endian in this order: row count (64 bits), next slot
/// (32), free slots (32).
package struct TableStatistics: Sendable, Hashable {
    /// Live rows.
    package var rowCount = 0
    /// The smallest slot that was never given out.
    package var nextSlot: UInt32 = 0
    /// Slots given back and not given out again.
    package var freeSlots: UInt32 = 0

    package init() {}

    init?(_ payload: UnsafeRawBufferPointer) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        guard let rows: UInt64 = reader.read(), let next: UInt32 = reader.read(),
            let free: UInt32 = reader.read(), reader.remaining == 0,
            rows <= UInt64(next)
        else { return nil }
        rowCount = Int(rows)
        nextSlot = next
        freeSlots = free
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: UInt64(rowCount))
        bytes.append(littleEndian: nextSlot)
        bytes.append(littleEndian: freeSlots)
        return bytes
    }
}

extension StorageView {
    /// What is counted about `table`; zeros where nothing was ever stored.
    package func statistics(table: UInt32) throws(DatabaseError) -> TableStatistics {
        let key = StorageKey.tableStatistics(table)
        guard let payload = try sealed(key) else { return TableStatistics() }
        guard let statistics = TableStatistics(payload) else { throw .unsealed(key) }
        return statistics
    }
}
