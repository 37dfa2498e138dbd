import NeedletailCatalog
package import NeedletailCore
import NeedletailStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Answers that are no older than a commit whose number the caller was given.
extension Session {
    package func requireCommit(_ sequence: UInt64) throws(DatabaseError) {
        switch transaction {
        case .aborted: return
        case .reading(let reading):
            let seen = try reading.scope.commitSequence()
            guard seen < sequence else { return }
            try guarded { () throws(DatabaseError) in
                throw DatabaseError(
                    .serializationFailure,
                    "the transaction's snapshot is of commit \(seen), older than \(sequence)",
                    hint: "Run the transaction again, with \"after\" on its first statement.")
            }
        case .writing(let writing):
            let seen = try writing.pinned.run { $0.sequence } - 1
            // Nobody else commits meanwhile.
            if seen < sequence {
                try guarded { () throws(DatabaseError) in
                    throw Self.missing(sequence, newest: seen, waited: 0)
                }
            }
        case .none, .undecided: try waitForCommit(sequence)
        }
    }

    /// Other processes do not tell of their commits, so this looks now and then.
    private func waitForCommit(_ sequence: UInt64) throws(DatabaseError) {
        cancellation.begin(timeoutMilliseconds: settings.statementTimeoutMilliseconds)
        let start = MonotonicClock.nanoseconds()
        var pause: UInt32 = 500
        while true {
            let newest = try engine.store.beginRead().view.commitSequence()
            guard newest < sequence else { return }
            let waited = (MonotonicClock.nanoseconds() - start) / 1_000_000
            guard sequence - newest <= Limits.commitsAheadMax,
                waited < Int64(Limits.commitWaitMilliseconds)
            else { throw Self.missing(sequence, newest: newest, waited: waited) }
            try cancellation.check()
            usleep(pause)
            pause = min(2 * pause, 10_000)
        }
    }

    private static func missing(
        _ sequence: UInt64, newest: UInt64, waited: Int64
    ) -> DatabaseError {
        DatabaseError(
            .lockNotAvailable,
            "commit \(sequence) is not there after \(waited) ms; the newest is \(newest)",
            hint: "It is still to be made, or another database's. Repeat the request later, or "
                + "take the number from a reply of this database.")
    }
}
