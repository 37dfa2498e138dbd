import NeedletailCore
import Synchronization

/// Refusals of a kind are told once a second at most, with their number: a flood that is turned
/// away must not become a flood of lines.
final class RefusalTally: Sendable {
    private struct Kind: Sendable {
        var untold = 0
        var lastTold = Int64.min
    }

    private let kinds = Mutex<[DatabaseError.Code: Kind]>([:])
    private static let pauseMilliseconds: Int64 = 1_000

    /// Counts one; returns how many to tell of, 0 for none.
    func add(_ code: DatabaseError.Code, now: Int64) -> Int {
        kinds.withLock { kinds in
            var kind = kinds[code] ?? Kind()
            defer { kinds[code] = kind }
            kind.untold += 1
            let (due, overflow) = kind.lastTold.addingReportingOverflow(Self.pauseMilliseconds)
            guard overflow || now >= due else { return 0 }
            kind.lastTold = now
            defer { kind.untold = 0 }
            return kind.untold
        }
    }
}
