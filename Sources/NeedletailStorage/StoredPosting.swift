package import NeedletailBitmap
package import NeedletailCore

/// A chunk of a posting in place. Valid as long as the view; in a write transaction, until its next
/// write.
package struct StoredPosting {
    // SAFETY: LMDB's own bytes, alive for as long as the type says.
    /// The posting's encoded value, bounded.
    package let encoded: UnsafeRawBufferPointer
    /// The first slot of the chunk.
    package let start: Int
    private let key: UnsafeRawBufferPointer
    private let value: UnsafeRawBufferPointer

    /// Bytes of kind and index in front of the encoded value.
    private static let prefixBytes = 5

    /// Throws XX001 where the key is none of a posting.
    init(
        key: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) throws(DatabaseError) {
        guard let chunk = KeyParts(key).lastNumber, key.count > Self.prefixBytes + 4,
            chunk <= Limits.slotsMax / UInt32(PostingChunk.slots)
        else { throw .corrupted("\(KeyParts(key).description) is malformed") }
        self.key = key
        self.value = value
        encoded = UnsafeRawBufferPointer(rebasing: key[Self.prefixBytes..<key.count - 4])
        start = Int(chunk) * PostingChunk.slots
    }

    /// How many slots the chunk has, by its header alone, which is not held against its checksum:
    /// for plans and figures. 0 where the record is damaged.
    package var estimatedCount: Int {
        guard value.count > SealedRecord.headerBytes else { return 0 }
        return PostingChunk.count(
            UnsafeRawBufferPointer(rebasing: value[SealedRecord.headerBytes...])) ?? 0
    }

    /// Bytes of key and record.
    package var byteCount: Int { key.count + value.count }

    /// Adds the slots to `words`, of which the first holds the slots 0 to 63. Throws XX001 where
    /// the record is damaged.
    package func add(to words: inout [UInt64]) throws(DatabaseError) {
        try add(to: &words, from: start)
    }

    /// Adds the slots to `words`, of which the first holds the first slots of the chunk. Throws
    /// XX001 where the record is damaged.
    package func addFromStart(to words: inout [UInt64]) throws(DatabaseError) {
        try add(to: &words, from: 0)
    }

    private func add(to words: inout [UInt64], from start: Int) throws(DatabaseError) {
        guard let payload = SealedRecord.open(key: key, value: value),
            PostingChunk.read(payload, into: &words, from: start)
        else { throw .corrupted("\(KeyParts(key).description) fails its checksum") }
    }
}

extension StorageView {
    /// Calls `body` with the chunks of all postings of `index` whose encoded values are in `range`,
    /// in the order of values and slots, until it returns `false`.
    package func forEachPosting(
        _ range: KeyRange, _ body: (StoredPosting) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        try forEach(range) { key, value throws(DatabaseError) in
            try body(try StoredPosting(key: key, value: value))
        }
    }

    /// The slots of one posting. Linear in its chunks.
    ///
    /// - Parameter encoded: its encoded value, already bounded.
    package func posting(
        index: UInt32, encoded: [UInt8]
    ) throws(DatabaseError) -> SlotBitmap {
        var words: [UInt64] = []
        try forEachChunk(index: index, encoded: encoded) { chunk throws(DatabaseError) in
            try chunk.add(to: &words)
        }
        return SlotBitmap(words: words)
    }

    /// How many slots a posting has, by the headers of its chunks alone: for plans and figures.
    ///
    /// - Parameter encoded: its encoded value, already bounded.
    package func estimatedPostingCount(
        index: UInt32, encoded: [UInt8]
    ) throws(DatabaseError) -> Int {
        var total = 0
        try forEachChunk(index: index, encoded: encoded) { total += $0.estimatedCount }
        return total
    }

    private func forEachChunk(
        index: UInt32, encoded: [UInt8],
        _ body: (StoredPosting) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let prefix = StorageKey.postingPrefix(index: index, encoded: encoded)
        try forEachPosting(.prefix(prefix)) { chunk throws(DatabaseError) in
            // The bytes of a longer value may begin with these where one of them was cut.
            if chunk.encoded.count == encoded.count { try body(chunk) }
            return true
        }
    }
}
