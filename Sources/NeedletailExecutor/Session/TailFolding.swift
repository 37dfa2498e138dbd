import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
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
        var isRunning = false
        var isStopped = false
        /// Of the thread alone.
        var rests = BuildRests()
    }

    private let state = Mutex(State())
    private let cancellation = Cancellation()

    package init() {}

    /// Asks for a look at all tails of `engine`, soon.
    func request(_ engine: Engine) {
        let starts = state.withLock { state -> Bool in
            state.isRequested = true
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
    /// Between looks at files that wait for readers to end.
    private static let pauseMicrosecondsMax: UInt32 = 160_000

    private func work(_ engine: Engine) {
        Self.yieldToOthers()
        var pause = Self.pauseMicroseconds
        usleep(pause)
        while let isRequested = nextTurn(engine) {
            if isRequested {
                lookAfter(engine)
                pause = Self.pauseMicroseconds
            } else {
                pause = min(2 * pause, Self.pauseMicrosecondsMax)
            }
            engine.segments.removeRetired()
            usleep(pause)
        }
    }

    /// Lets searches and commits go before this thread, where all processors are busy.
    private static func yieldToOthers() {
        #if canImport(Darwin)
            pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
        #elseif canImport(Musl)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #else
            // Of the calling thread alone.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #endif
    }

    /// A failure leaves things as they are: searches stay right, and the next commit, or search
    /// that meets damage, asks again.
    private func lookAfter(_ engine: Engine) {
        let keeper = VectorIndexKeeper(
            engine: engine, cancellation: cancellation,
            lockTimeoutMilliseconds: Limits.lockTimeoutMillisecondsDefault,
            threads: max(1, ScanPool.processorCount / 2))
        // Another process may have died while it built.
        try? keeper.sweep()
        var rests = state.withLock { $0.rests }
        try? keeper.foldTails(&rests)
        state.withLock { $0.rests = rests }
        engine.statistics.refresh(engine, cancellation)
    }

    /// Whether the next turn was asked for; `nil` where there is nothing to do any more.
    private func nextTurn(_ engine: Engine) -> Bool? {
        state.withLock { state in
            let isRequested = state.isRequested
            guard !state.isStopped, isRequested || engine.segments.hasRetired else {
                state.isRunning = false
                return nil
            }
            state.isRequested = false
            return isRequested
        }
    }
}
