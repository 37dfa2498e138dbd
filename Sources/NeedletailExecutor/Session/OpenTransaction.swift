import NeedletailCatalog
import NeedletailCore
import NeedletailStorage

/// The transaction a session has open.
enum OpenTransaction {
    case none
    /// Begun, but nothing was read or written yet.
    case undecided(Timestamp, isReadOnly: Bool)
    case reading(ReadingTransaction)
    case writing(WritingTransaction)
    case aborted

    var state: TransactionState {
        switch self {
        case .none: .idle
        case .undecided, .reading, .writing: .open
        case .aborted: .aborted
        }
    }

    var started: Timestamp? {
        switch self {
        case .none, .aborted: nil
        case .undecided(let started, _): started
        case .reading(let reading): reading.started
        case .writing(let writing): writing.started
        }
    }

    func rollback() {
        switch self {
        case .none, .undecided, .aborted: break
        case .reading(let reading): reading.scope.close()
        case .writing(let writing): writing.pinned.rollback()
        }
    }
}

/// One snapshot for several statements.
struct ReadingTransaction {
    let scope: TransactionScope
    let started: Timestamp
    let isReadOnly: Bool
}

/// The writer, on its own thread for as long as the transaction lasts.
struct WritingTransaction {
    let pinned: PinnedWriteTransaction
    /// Only touched on the transaction's thread.
    let scope: TransactionScope
    let started: Timestamp

    func commit() throws(DatabaseError) -> UInt64 {
        let scope = scope
        try pinned.run { _ throws(DatabaseError) in try scope.flush() }
        return try pinned.commit()
    }
}
