import NeedletailCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread that takes the tails of vector indexes into segments, while there is something to do.
package final class TailFolding: Sendable {
    private struct State {
        var isRequested = false
        var isRunning = false
        var isStopped = false
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

    private func work(_ engine: Engine) {
        usleep(Self.pauseMicroseconds)
        while takeRequest() {
            // A failure leaves the tail as it is: searches stay right, and the next commit asks
            // again.
            try? VectorIndexKeeper(
                engine: engine, cancellation: cancellation,
                lockTimeoutMilliseconds: Limits.lockTimeoutMillisecondsDefault
            ).foldTails()
            usleep(Self.pauseMicroseconds)
        }
    }

    private func takeRequest() -> Bool {
        state.withLock { state in
            guard state.isRequested, !state.isStopped else {
                state.isRunning = false
                return false
            }
            state.isRequested = false
            return true
        }
    }
}
