package import NeedletailCore

/// What a write transaction changes in postings, gathered for each chunk until it is flushed, so
/// that a chunk is read and written once however many rows of it change.
final class PostingBuffer {
    /// Changes of a chunk in their order: the slot's offset, and whether it goes in.
    private struct Change {
        let offset: UInt16
        let isIn: Bool
    }

    /// What a chunk of one slot takes beside its key.
    private static let recordBytes = 16

    private var chunks: [StorageKey: [Change]] = [:]
    private var changeCount = 0

    init() {}

    func change(
        _ key: StorageKey, _ slot: Slot, isIn: Bool, _ writer: StorageWriter
    ) throws(DatabaseError) {
        if changeCount >= StorageTuning.postingChangesMax
            || chunks.count >= StorageTuning.postingChunksMax
        {
            try writer.withoutQuota { () throws(DatabaseError) in try flush(to: writer) }
        }
        let offset = UInt16(truncatingIfNeeded: slot.rawValue)
        let change = Change(offset: offset, isIn: isIn)
        if chunks[key]?.append(change) == nil {
            // Space is asked for while the row can still be refused: a flush must not be.
            if isIn { try writer.charge(key.count + Self.recordBytes) }
            chunks[key] = [change]
        }
        changeCount += 1
    }

    /// Writes every change to the transaction and forgets it. A change that was written already,
    /// by a flush that failed later on, may be written again.
    func flush(to writer: StorageWriter) throws(DatabaseError) {
        guard !chunks.isEmpty else { return }
        var words: [UInt64] = []
        words.reserveCapacity(PostingChunk.words)
        for key in chunks.keys.sorted() {
            words.removeAll(keepingCapacity: true)
            let stored = try writer.unflushedView.sealed(key)
            if let stored, !PostingChunk.read(stored, into: &words, from: 0) {
                throw .unsealed(key)
            }
            for change in chunks[key] ?? [] { Self.apply(change, to: &words) }
            if let payload = PostingChunk.encoded(words) {
                try writer.putSealed(key, payload)
            } else if stored != nil {
                try writer.delete(key)
            }
        }
        discard()
    }

    private static func apply(_ change: Change, to words: inout [UInt64]) {
        let word = Int(change.offset / 64)
        let bit: UInt64 = 1 << UInt64(change.offset % 64)
        if change.isIn {
            if word >= words.count {
                words.append(contentsOf: repeatElement(0, count: word + 1 - words.count))
            }
            words[word] |= bit
        } else if word < words.count {
            words[word] &= ~bit
        }
    }

    func discard(index: UInt32) {
        let prefix = StorageKey(.postingBitmap, index).bytes
        chunks = chunks.filter { !$0.key.bytes.starts(with: prefix) }
        changeCount = chunks.values.reduce(0) { $0 + $1.count }
    }

    func discard() {
        guard !chunks.isEmpty else { return }
        chunks = [:]
        changeCount = 0
    }
}

extension StorageWriter {
    /// Puts `slot` into a posting of `index`, or takes it out. Buffered: ``view`` sees it,
    /// ``unflushedView`` does not yet.
    ///
    /// - Parameter posting: the posting's encoded value, already bounded.
    package func setPosting(
        index: UInt32, posting: some Collection<UInt8>, slot: Slot, isIn: Bool
    ) throws(DatabaseError) {
        let key = StorageKey.postingBitmap(
            index: index, encoded: posting,
            chunk: slot.rawValue / UInt32(PostingChunk.slots))
        try postingBuffer.change(key, slot, isIn: isIn, self)
    }
}
