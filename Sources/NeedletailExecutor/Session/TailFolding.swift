import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailStorage
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread that takes the tails of vector indexes into segments, builds damaged ones anew, removes
/// files that nobody reads and keeps statistics current, while there is something to do.
package final class TailFolding: Sendable {
    private struct State {
        var isRequested = false
        /// Whether there may be more to do once it is quiet.
        var waitsForQuiet = false
        /// When a commit or a look was last over.
        var lastActivity = MonotonicClock.nanoseconds()
        /// How many times in a row what is for quiet times was put off.
        var putOff = 0
        var isRunning = false
        var isStopped = false
        /// Of the thread alone.
        var rests = BuildRests()
    }

    private let state = Mutex(State())
    private let cancellation = Cancellation()

    package init() {}

    /// Asks for a look at all tails of `engine`, soon and again when no commits arrive.
    ///
    /// - Parameter isCommit: whether one just did.
    func request(_ engine: Engine, isCommit: Bool = false) {
        let starts = state.withLock { state -> Bool in
            state.isRequested = true
            state.waitsForQuiet = true
            if isCommit { state.lastActivity = MonotonicClock.nanoseconds() }
            guard !state.isRunning, !state.isStopped else { return false }
            state.isRunning = true
            return true
        }
        if starts { start(engine) }
    }

    /// Stops what is under way and waits for its end. Nothing is started any more.
    package func stop() {
        cancellation.cancel()
        state.withLock { $0.isStopped = true }
        while state.withLock({ $0.isRunning }) { usleep(1_000) }
    }

    private func start(_ engine: Engine) {
        guard DetachedThread.start({ self.work(engine) }) != 0 else { return }
        state.withLock { $0.isRunning = false }
    }

    /// Before a look, so that the commits of a burst are looked at together.
    private static let pauseMicroseconds: UInt32 = 10_000
    /// While files wait for readers to end, or much is to be done when it is quiet. Whoever stops
    /// this thread waits as long.
    private static let pauseMicrosecondsMax: UInt32 = 40_000

    private func work(_ engine: Engine) {
        BackgroundThread.begin()
        var pause = Self.pauseMicroseconds
        usleep(pause)
        while let turn = nextTurn(engine) {
            if turn == .wait {
                pause = min(2 * pause, Self.pauseMicrosecondsMax)
            } else {
                lookAfter(engine, isQuiet: turn == .quietLook)
                pause = Self.pauseMicroseconds
            }
            engine.segments.removeRetired()
            usleep(pause)
        }
    }

    /// A failure leaves things as they are: searches stay right, and the next commit, or search
    /// that meets damage, asks again.
    private func lookAfter(_ engine: Engine, isQuiet: Bool) {
        var keeper = VectorIndexKeeper(
            engine: engine, cancellation: cancellation,
            lockTimeoutMilliseconds: Limits.lockTimeoutMillisecondsDefault,
            threads: max(1, ScanPool.processorCount / 2))
        // Another process may have died while it built. That is no matter of this database being
        // quiet.
        if isQuiet {
            // A tail that grows long meanwhile is not to wait for the end.
            let known = engine.store.rowsChanged
            keeper.isPutOff = {
                engine.store.rowsChanged - known >= Limits.graphTailRowsMax
            }
        } else {
            engine.failures.reporting("sweeping old segments") { () throws(DatabaseError) in
                try keeper.sweep()
            }
        }
        var rests = state.withLock { $0.rests }
        let leavesMore =
            engine.failures.reporting("folding vector indexes") { () throws(DatabaseError) in
                try keeper.foldTails(&rests, isQuiet: isQuiet)
            } ?? false
        state.withLock { state in
            state.rests = rests
            state.lastActivity = MonotonicClock.nanoseconds()
            if isQuiet { state.putOff = keeper.isPutOff() ? state.putOff + 1 : 0 }
            if leavesMore { state.waitsForQuiet = true }
        }
        engine.statistics.refresh(engine, cancellation)
    }

    private enum Turn { case look, quietLook, wait }

    /// What the next turn is for; `nil` where there is nothing to do any more.
    private func nextTurn(_ engine: Engine) -> Turn? {
        state.withLock { state in
            let waits = state.isRequested || state.waitsForQuiet || engine.segments.hasRetired
            guard !state.isStopped, waits else {
                state.isRunning = false
                return nil
            }
            let age = MonotonicClock.nanoseconds() - state.lastActivity
            if state.waitsForQuiet,
                age >= FoldingPolicy.quietNanoseconds(putOff: state.putOff)
            {
                state.isRequested = false
                state.waitsForQuiet = false
                return .quietLook
            }
            defer { state.isRequested = false }
            return state.isRequested ? .look : .wait
        }
    }
}
