package import NeedletailCore

/// The one write transaction of an environment, for as long as one call. Rolls back when it goes
/// out of scope without ``commit()``.
package struct WriteTransaction: ~Copyable {
    /// All reading and writing goes through here; of no use after the transaction.
    package let writer: StorageWriter

    init(_ permit: WriterPermit) throws(DatabaseError) { writer = try StorageWriter(permit) }

    deinit { writer.abort() }

    /// Reads what this transaction sees, its own writes included.
    package var view: StorageView {
        get throws(DatabaseError) { try writer.view }
    }

    /// Makes everything durable. Returns the commit sequence. Errors: ``StorageWriter``'s.
    @discardableResult
    package consuming func commit() throws(DatabaseError) -> UInt64 { try writer.commit() }

    /// Undoes everything; the same as letting go of it.
    package consuming func rollback() { writer.abort() }
}

/// A write transaction that outlives a call. It runs on the ``WriterThread`` of its store, so any
/// thread may use it, one at a time. Rolls back when the last reference goes.
package final class PinnedWriteTransaction: @unchecked Sendable {
    // SAFETY: the writer is touched on its own thread only, and the contract above covers the rest.
    private var writer: StorageWriter?
    private let thread: WriterThread

    init(_ permit: consuming WriterPermit, on thread: WriterThread) throws(DatabaseError) {
        self.thread = thread
        writer = try Self.begin(permit, on: thread)
    }

    private static func begin(
        _ permit: WriterPermit, on thread: WriterThread
    ) throws(DatabaseError) -> StorageWriter {
        try thread.run { () throws(DatabaseError) in try StorageWriter(permit) }
    }

    deinit { rollback() }

    /// Whether neither ``commit()`` nor ``rollback()`` was called.
    package var isOpen: Bool { writer != nil }

    /// Runs `body` on the transaction's thread and waits for its end. The writer must not be kept.
    package func run<T>(
        _ body: (StorageWriter) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        guard let writer else { throw .transactionEnded }
        return try thread.run { () throws(DatabaseError) in try body(writer) }
    }

    /// Makes everything durable. Returns the commit sequence. Errors: ``StorageWriter``'s.
    @discardableResult
    package func commit() throws(DatabaseError) -> UInt64 {
        guard let ending = writer else { throw .transactionEnded }
        writer = nil
        return try thread.run { () throws(DatabaseError) in try ending.commit() }
    }

    /// Undoes everything. Harmless when repeated.
    package func rollback() {
        guard let ending = writer else { return }
        writer = nil
        // An abort does not fail, and a stopped thread has nothing to abort.
        _ = try? thread.run { () throws(DatabaseError) in ending.abort() }
    }
}
