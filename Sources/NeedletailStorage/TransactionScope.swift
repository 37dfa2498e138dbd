import CLMDB
import NeedletailBitmap

/// One LMDB transaction, or savepoint, with everything that reads through it.
///
/// Views and cursors hold on to it. A reader's transaction ends when the last of them goes; a
/// writer's is ended by the writer, after which they all answer 25P01.
final class TransactionScope: @unchecked Sendable {
    // SAFETY: used by one thread at a time, as the contract of `StorageView` demands.
    let transaction: OpaquePointer
    let environment: StorageEnvironment
    let isReader: Bool
    /// Whether LMDB still has the transaction.
    var isOpen = true
    /// Takes down what is read; `nil` where nobody asks.
    var pages: PageTally?

    init(reader transaction: OpaquePointer, _ environment: StorageEnvironment) {
        self.transaction = transaction
        self.environment = environment
        isReader = true
    }

    init(writer transaction: OpaquePointer, _ environment: StorageEnvironment) {
        self.transaction = transaction
        self.environment = environment
        isReader = false
    }

    deinit { if isReader { environment.endRead(transaction) } }
}
