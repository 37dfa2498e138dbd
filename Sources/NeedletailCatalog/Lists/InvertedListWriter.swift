import NeedletailCore
import NeedletailStorage

/// Gathers the rows that a transaction puts into the lists of one index and takes out of them.
///
/// The lists change when somebody reads them in the transaction, and when it commits: then all rows
/// are assigned together and each list that is touched is written once. Damage that is met there
/// refuses no row: the same transaction says that the lists are of no use until they are built
/// anew.
final class InvertedListWriter: PendingChanges {
    private let index: ListIndex
    private var added: Set<UInt32> = []
    private var removed: Set<UInt32> = []

    init(_ index: ListIndex) { self.index = index }

    /// The row at `slot`, which has a vector, goes in. A slot is never given twice in one
    /// transaction.
    func insert(_ slot: Slot, _ writer: StorageWriter) throws(DatabaseError) {
        // Space is asked for while the row can still be refused: a flush must not be.
        try writer.chargePending(index.entryBytes * index.options.assign)
        added.insert(slot.rawValue)
        try flushIfMany(writer)
    }

    /// The row at `slot` goes out, if it is in.
    func delete(_ slot: Slot, _ writer: StorageWriter) throws(DatabaseError) {
        if added.remove(slot.rawValue) == nil { removed.insert(slot.rawValue) }
        try flushIfMany(writer)
    }

    private func flushIfMany(_ writer: StorageWriter) throws(DatabaseError) {
        guard added.count >= index.batchRows || removed.count >= 1 << 18 else { return }
        // The vectors come first.
        try writer.flush()
        try flush(to: writer)
    }

    func flush(to writer: StorageWriter) throws(DatabaseError) {
        guard !added.isEmpty || !removed.isEmpty else { return }
        let (added, removed) = (added.sorted(), removed.sorted())
        try writer.flushingPending { () throws(DatabaseError) in
            do throws(DatabaseError) {
                guard var change = try ListChange(index, writer) else { return }
                try change.apply(adding: added, removing: removed)
            } catch {
                guard error.code == .dataCorrupted else { throw error }
                try ListDirectory.putDamaged(index, writer)
            }
        }
        discard()
    }

    func discard() {
        added = []
        removed = []
    }
}
