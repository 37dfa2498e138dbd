import NeedletailCore

/// One snapshot of an environment. Ends when it goes out of scope and no view or cursor of it is
/// left. Pointers are valid for as long.
package struct ReadTransaction: ~Copyable {
    /// All reading goes through here.
    package let view: StorageView

    init(_ environment: StorageEnvironment) throws(DatabaseError) {
        let scope = TransactionScope(reader: try environment.beginRead(), environment)
        view = StorageView(scope: scope, pendingSequence: .max)
    }
}

/// A snapshot with more than one owner: for cursors that stream. May change threads between uses;
/// only one thread may use it at a time.
package final class SharedReadTransaction: @unchecked Sendable {
    // SAFETY: one thread at a time, by the contract above; LMDB's readers are tied to none.
    private var transaction: ReadTransaction?

    package init(_ transaction: consuming ReadTransaction) {
        self.transaction = consume transaction
    }

    /// All reading goes through here; throws 25P01 once the transaction was closed.
    package var view: StorageView {
        get throws(DatabaseError) {
            guard let view = transaction?.view else { throw .transactionEnded }
            return view
        }
    }

    /// Gives the snapshot up; it ends when no view or cursor of it is left.
    package func close() { transaction = nil }
}
