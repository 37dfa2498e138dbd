package import NeedletailCore
import Synchronization

/// A request to stop, from another thread or from a clock.
///
/// Long loops call ``check()`` every few hundred rows.
package final class Cancellation: Sendable {
    private let isRequested = Atomic<Bool>(false)
    /// In the continuous clock's nanoseconds; `Int64.max` for never.
    private let deadline = Atomic<Int64>(.max)
    private let timeoutMilliseconds = Atomic<Int>(0)
    private let isWaiting = Atomic<Bool>(false)
    /// When the thread that runs the statement is needed for others; `Int64.max` for never.
    private let patienceEnd = Atomic<Int64>(.max)
    private let hasLostPatience = Atomic<Bool>(false)

    package init() {}

    /// Whether the statement waits for the one writer.
    package var isWaitingForWriter: Bool { isWaiting.load(ordering: .relaxed) }

    /// Runs `body`, which waits for the writer and calls its argument every now and then; that
    /// gives the wait up with 57014 once it is time to stop.
    func whileWaiting<T>(
        _ body: (() throws(DatabaseError) -> Void) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        defer { isWaiting.store(false, ordering: .relaxed) }
        return try body { () throws(DatabaseError) in
            isWaiting.store(true, ordering: .relaxed)
            try check()
        }
    }

    /// May be called from any thread.
    package func cancel() { isRequested.store(true, ordering: .relaxed) }

    /// Makes it ready for another statement; 0 for no time limit.
    package func begin(timeoutMilliseconds: Int) {
        isRequested.store(false, ordering: .relaxed)
        hasLostPatience.store(false, ordering: .relaxed)
        loseHaste()
        restart(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Makes ``check()`` throw once so much time has passed, and ``isOverdue`` true.
    func hasten(nanoseconds: Int64) {
        patienceEnd.store(MonotonicClock.nanoseconds() + nanoseconds, ordering: .relaxed)
    }

    /// Takes ``hasten(nanoseconds:)`` back.
    func loseHaste() { patienceEnd.store(.max, ordering: .relaxed) }

    /// Whether ``check()`` has thrown because of ``hasten(nanoseconds:)``.
    var isOverdue: Bool { hasLostPatience.load(ordering: .relaxed) }

    /// Begins the time limit anew; a request to stop stays.
    func restart(timeoutMilliseconds: Int) {
        self.timeoutMilliseconds.store(timeoutMilliseconds, ordering: .relaxed)
        let end =
            timeoutMilliseconds > 0
            ? MonotonicClock.nanoseconds() + Int64(timeoutMilliseconds) * 1_000_000 : .max
        deadline.store(end, ordering: .relaxed)
    }

    /// Whether ``check()`` would throw.
    package var isStopped: Bool {
        isRequested.load(ordering: .relaxed)
            || MonotonicClock.nanoseconds() > end
    }

    /// When it is time to stop.
    private var end: Int64 {
        min(deadline.load(ordering: .relaxed), patienceEnd.load(ordering: .relaxed))
    }

    /// Throws 57014 once somebody asked to stop, whatever the time.
    func checkRequest() throws(DatabaseError) {
        if isRequested.load(ordering: .relaxed) {
            throw DatabaseError(.queryCanceled, "the statement was cancelled")
        }
    }

    /// Throws 57014 once it is time to stop.
    package func check() throws(DatabaseError) {
        try checkRequest()
        let end = end
        guard end != .max else { return }
        let now = MonotonicClock.nanoseconds()
        guard now > end else { return }
        guard now > deadline.load(ordering: .relaxed) else {
            hasLostPatience.store(true, ordering: .relaxed)
            throw DatabaseError(
                .queryCanceled, "the statement took longer than others can wait for it",
                hint: "start it on a thread of its own")
        }
        let limit = timeoutMilliseconds.load(ordering: .relaxed)
        throw DatabaseError(
            .queryCanceled, "the statement ran longer than statement_timeout (\(limit) ms)",
            hint: "raise statement_timeout, or narrow the statement")
    }
}
