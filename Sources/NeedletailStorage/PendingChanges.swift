package import NeedletailCore

/// What a write transaction is to change in a structure that Storage does not know, gathered until
/// somebody reads the structure in this transaction, a savepoint begins or ends, or it commits.
package protocol PendingChanges: AnyObject {
    /// Writes all of it to the transaction and forgets it. Vectors and slots are written already.
    func flush(to writer: StorageWriter) throws(DatabaseError)

    /// Forgets all of it: the transaction, or the savepoint, is undone.
    func discard()
}

extension StorageWriter {
    /// The changes of `index`, made by `make` when they are first asked for.
    package func pendingChanges<Changes: PendingChanges>(
        index: UInt32, _ make: () throws(DatabaseError) -> Changes
    ) throws(DatabaseError) -> Changes {
        if let known = pending[index] as? Changes { return known }
        let made = try make()
        pending[index] = made
        return made
    }

    /// Writes out everything that is buffered, what others gather included.
    package func flushAll() throws(DatabaseError) {
        try flush()
        for index in pending.keys.sorted() { try pending[index]?.flush(to: self) }
    }

    /// Counts bytes that a flush of pending changes will write. Errors: 53100.
    package func chargePending(_ size: Int) throws(DatabaseError) { try charge(size) }

    /// Runs a flush of pending changes, whose bytes were counted when they were gathered.
    package func flushingPending(
        _ body: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        try withoutQuota(body)
    }
}
