package import NeedletailBitmap
package import NeedletailCore

/// 8,192 slots of a table's live bitmap: 1,024 bytes, bit `slot % 64` of little-endian word
/// `slot / 64`.
struct LiveChunk: Sendable {
    static let slots = UInt32(StorageTuning.liveChunkSlots)
    static let byteCount = StorageTuning.liveChunkSlots / 8

    var bits: SlotBitmap
    var isDirty = false

    /// A chunk without a live slot.
    init() { bits = SlotBitmap(capacity: StorageTuning.liveChunkSlots) }

    init?(_ payload: UnsafeRawBufferPointer) {
        // SAFETY: the length is checked here, and the words are copied.
        guard payload.count == Self.byteCount else { return nil }
        bits = SlotBitmap(words: Self.words(payload))
    }

    /// The words of a payload of the right size.
    static func words(_ payload: UnsafeRawBufferPointer) -> [UInt64] {
        (0..<byteCount / 8).map { index in
            UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        for word in bits.words { bytes.append(littleEndian: word) }
        return bytes
    }
}

extension StorageView {
    /// The slots of `table` that hold a row. Linear in the table's slots, an eighth of a byte each.
    ///
    /// Throws XX001 where a chunk is damaged or their sum differs from the row count.
    package func liveSlots(table: UInt32) throws(DatabaseError) -> SlotBitmap {
        var words: [UInt64] = []
        try forEach(prefix: StorageKey(.liveSlots, table)) { key, value throws(DatabaseError) in
            guard let payload = SealedRecord.open(key: key, value: value),
                payload.count == LiveChunk.byteCount, let chunk = KeyParts(key).number(at: 5),
                chunk <= UInt32.max / LiveChunk.slots
            else { throw .corrupted("\(KeyParts(key).description) fails its checksum") }
            let start = Int(chunk) * LiveChunk.byteCount / 8
            guard start >= words.count else {
                throw .corrupted("\(KeyParts(key).description) is out of order")
            }
            if start > words.count {
                words.append(contentsOf: repeatElement(0, count: start - words.count))
            }
            words.append(contentsOf: LiveChunk.words(payload))
            return true
        }
        let live = SlotBitmap(words: words)
        let expected = try statistics(table: table).rowCount
        guard live.count == expected else {
            throw .corrupted(
                "table \(table) has \(live.count) live slots but counts \(expected) rows")
        }
        return live
    }

    /// Whether `slot` of `table` holds a row.
    package func isLive(table: UInt32, slot: Slot) throws(DatabaseError) -> Bool {
        let key = StorageKey.liveSlots(table: table, chunk: slot.rawValue / LiveChunk.slots)
        guard let payload = try sealed(key) else { return false }
        guard payload.count == LiveChunk.byteCount else { throw .unsealed(key) }
        let position = Int(slot.rawValue % LiveChunk.slots)
        // Words are little-endian, so bit n of the chunk is bit n % 8 of byte n / 8.
        return payload[position / 8] & (1 << UInt8(position % 8)) != 0
    }
}
