import CLMDB
package import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Everything that can be written through one write transaction.
///
/// Belongs to the thread that began the transaction. What slots, vectors and postings change is
/// buffered; ``view`` writes the buffers out first and so sees everything. A failed call leaves the
/// transaction fit only for rollback (25P02), except that a quota refusal (53100) changes nothing.
package final class StorageWriter {
    package let environment: StorageEnvironment
    /// The commit sequence that this transaction will have.
    package let sequence: UInt64
    var slotTables: [UInt32: SlotTable] = [:]
    var changes = ChangeAccumulator()
    let vectorBuffer = VectorBlockBuffer()
    let postingBuffer = PostingBuffer()
    /// By the index's number.
    var pending: [UInt32: any PendingChanges] = [:]
    private var levels: [Level] = []
    private var permit: WriterPermit?
    private var hasWrites = false
    private var quota: QuotaGuard
    /// Set while the writer keeps its own books, which a deletion must be able to do.
    private var isExempt = false
    private let thread = pthread_self()
    /// Reused from record to record.
    var recordBuffer: [UInt8] = []

    /// The transaction, or one of its savepoints.
    private struct Level {
        let scope: TransactionScope
        let slotTables: [UInt32: SlotTable]
        let changes: ChangeAccumulator
    }

    /// Begins the transaction on this thread.
    init(_ permit: WriterPermit) throws(DatabaseError) {
        environment = permit.environment
        let transaction = try environment.beginWrite()
        let scope = TransactionScope(writer: transaction, environment)
        do throws(DatabaseError) {
            let view = StorageView(scope: scope, pendingSequence: .max)
            sequence = try view.commitSequence() + 1
            quota = QuotaGuard(environment)
        } catch {
            scope.isOpen = false
            mdb_txn_abort(transaction)
            environment.endWrite()
            throw error
        }
        levels = [Level(scope: scope, slotTables: [:], changes: ChangeAccumulator())]
        self.permit = permit
    }

    deinit { abort() }

    /// Whether the transaction can still be used.
    package var isOpen: Bool { !levels.isEmpty }

    /// How many savepoints are open.
    package var savepointCount: Int { max(0, levels.count - 1) }

    /// Reads what this transaction sees, its own writes included. Valid until the next savepoint
    /// begins or ends.
    package var view: StorageView {
        get throws(DatabaseError) {
            try flush()
            return try unflushedView
        }
    }

    /// The same, without writing the buffers out: it does not see buffered vectors, postings, live
    /// slots and statistics. For looking up keys and records between many inserts.
    package var unflushedView: StorageView {
        get throws(DatabaseError) {
            StorageView(scope: try current().scope, pendingSequence: sequence)
        }
    }

    private func current() throws(DatabaseError) -> Level {
        guard let level = levels.last else { throw .transactionEnded }
        return level
    }

    /// Writes buffered vectors, postings and slots to the transaction.
    package func flush() throws(DatabaseError) {
        try vectorBuffer.flush(to: self)
        try withoutQuota { () throws(DatabaseError) in
            try postingBuffer.flush(to: self)
            try flushSlots()
        }
    }

    /// Counts bytes that will be written later, without regard to quotas. Errors: 53100.
    func charge(_ size: Int) throws(DatabaseError) {
        if !isExempt { try quota.charge(size) }
    }

    func withoutQuota(_ body: () throws(DatabaseError) -> Void) throws(DatabaseError) {
        isExempt = true
        defer { isExempt = false }
        try body()
    }
}

// MARK: Keys and values

extension StorageWriter {
    /// Stores `value` at `key`, replacing what was there.
    package func put(
        _ key: StorageKey, _ value: UnsafeRawBufferPointer
    ) throws(DatabaseError) {
        // SAFETY: copied into the space of exactly that size which LMDB reserved.
        try put(key, reserving: value.count) { $0.copyMemory(from: value) }
    }

    /// Stores `value` at `key`, replacing what was there.
    package func put(_ key: StorageKey, _ value: [UInt8]) throws(DatabaseError) {
        try put(key, reserving: value.count) { target in
            value.withUnsafeBytes { target.copyMemory(from: $0) }
        }
    }

    /// Stores `size` bytes at `key`, which `fill` writes in place. It must write all of them.
    package func put(
        _ key: StorageKey, reserving size: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(DatabaseError) {
        let transaction = try current().scope.transaction
        try charge(size)
        hasWrites = true
        environment.mapped?.touch(0)
        var data = MDB_val(mv_size: size, mv_data: nil)
        let status = key.withUnsafeBytes { bytes in
            var name = MDB_val(bytes)
            return mdb_put(
                transaction, environment.database, &name, &data, UInt32(MDB_RESERVE))
        }
        try check(status, "mdb_put")
        fill(UnsafeMutableRawBufferPointer(start: data.mv_data, count: size))
    }

    /// Removes `key`. Returns whether it was there.
    @discardableResult
    package func delete(_ key: StorageKey) throws(DatabaseError) -> Bool {
        let transaction = try current().scope.transaction
        environment.mapped?.touch(0)
        let status = key.withUnsafeBytes { bytes in
            var name = MDB_val(bytes)
            return mdb_del(transaction, environment.database, &name, nil)
        }
        if status == MDB_NOTFOUND { return false }
        hasWrites = true
        try check(status, "mdb_del")
        return true
    }

    /// Removes every key of `range`. Returns how many there were.
    @discardableResult
    package func delete(_ range: KeyRange) throws(DatabaseError) -> Int {
        guard !range.isEmpty else { return 0 }
        var cursor = try Cursor(unflushedView)
        var count = 0
        // The cursor seeks afresh each time: where it stands after a deletion depends on merges.
        while try cursor.seek(range.lower) {
            let isInside = range.upper?.withUnsafeBytes { cursor.key.precedes($0) } ?? true
            guard isInside else { break }
            try cursor.delete()
            hasWrites = true
            count += 1
        }
        return count
    }

    /// Removes every key that begins with `prefix`. Returns how many there were.
    @discardableResult
    package func delete(prefix: StorageKey) throws(DatabaseError) -> Int {
        try delete(.prefix(prefix))
    }
}

// MARK: Savepoints and the end

extension StorageWriter {
    /// Runs `body`; if it throws, what it wrote is undone and the transaction goes on.
    package func nested<T>(
        _ body: () throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        try beginSavepoint()
        let depth = levels.count
        let result: T
        do throws(DatabaseError) {
            result = try body()
        } catch {
            while levels.count >= depth { rollbackToSavepoint() }
            throw error
        }
        try releaseSavepoint()
        return result
    }

    /// Starts a part of the transaction that can be undone alone. Cursors and views made before
    /// are not to be used until it ends.
    package func beginSavepoint() throws(DatabaseError) {
        try flushAll()
        var child: OpaquePointer?
        let parent = try current().scope.transaction
        let status = mdb_txn_begin(environment.raw, parent, 0, &child)
        guard status == 0, let child else {
            throw DatabaseError(StorageError("mdb_txn_begin", status))
        }
        let scope = TransactionScope(writer: child, environment)
        levels.append(Level(scope: scope, slotTables: slotTables, changes: changes))
    }

    /// Makes the innermost savepoint part of what it is in.
    package func releaseSavepoint() throws(DatabaseError) {
        guard savepointCount > 0 else { throw .noSavepoint }
        do throws(DatabaseError) {
            try flushAll()
        } catch {
            rollbackToSavepoint()
            throw error
        }
        guard let level = levels.popLast() else { return }
        level.scope.isOpen = false
        let status = mdb_txn_commit(level.scope.transaction)
        guard status == 0 else {
            restore(level)
            throw DatabaseError(StorageError("mdb_txn_commit", status))
        }
    }

    /// Undoes everything since the innermost savepoint and removes it. Does nothing where there is
    /// none.
    package func rollbackToSavepoint() {
        guard savepointCount > 0, let level = levels.popLast() else { return }
        level.scope.isOpen = false
        mdb_txn_abort(level.scope.transaction)
        restore(level)
    }

    private func restore(_ level: Level) {
        vectorBuffer.discard()
        postingBuffer.discard()
        for changes in pending.values { changes.discard() }
        slotTables = level.slotTables
        changes = level.changes
    }

    /// Makes everything durable. Returns the commit sequence: ``sequence``, or the one before where
    /// nothing was written. The transaction has ended, whatever happens.
    ///
    /// Throws 53100 where the disk is full; nothing was changed. Throws 58030 where the disk
    /// failed; whether the transaction is on disk is unknown, and writes are refused until the
    /// database is reopened.
    func commit() throws(DatabaseError) -> UInt64 {
        let root = try prepareCommit()
        guard hasWrites else {
            abort()
            return sequence - 1
        }
        requireOwnThread()
        root.scope.isOpen = false
        let status = mdb_txn_commit(root.scope.transaction)
        levels = []
        finish()
        guard status == 0 else { throw environment.failedCommit(status) }
        environment.mapped?.note(usedBytes: environment.usedBytes)
        environment.rowsChanged.add(changes.count, ordering: .relaxed)
        return sequence
    }

    /// Writes all that a commit adds. Aborts if that fails.
    private func prepareCommit() throws(DatabaseError) -> Level {
        do throws(DatabaseError) {
            while savepointCount > 0 { try releaseSavepoint() }
            try flushAll()
            if hasWrites {
                try withoutQuota { () throws(DatabaseError) in try putCommitRecords() }
            }
            return try current()
        } catch {
            abort()
            throw error
        }
    }

    /// Undoes everything. Harmless when the transaction has ended.
    func abort() {
        guard !levels.isEmpty else { return }
        requireOwnThread()
        while let level = levels.popLast() {
            level.scope.isOpen = false
            mdb_txn_abort(level.scope.transaction)
        }
        finish()
    }

    private func finish() {
        vectorBuffer.discard()
        postingBuffer.discard()
        pending = [:]
        slotTables = [:]
        environment.endWrite()
        permit = nil
    }

    private func requireOwnThread() {
        precondition(
            pthread_equal(thread, pthread_self()) != 0,
            "A write transaction must end on the thread that began it.")
    }
}

extension DatabaseError {
    fileprivate static var noSavepoint: DatabaseError {
        DatabaseError(.noActiveTransaction, "no savepoint is open", hint: "Begin one first.")
    }
}
