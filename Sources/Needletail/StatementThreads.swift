import NeedletailCore
import Synchronization

/// Threads for blocking work, apart from Swift's cooperative pool, which must never block.
///
/// A thread is made when a job finds none, up to a bound, and ends when no job is left.
final class StatementThreads: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var threads = 0
    }

    private static let threadsMax = 64

    private let state = Mutex(State())

    /// Runs `body` on one of the threads.
    func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            submit { continuation.resume(with: Result { try body() }) }
        }
    }

    private func submit(_ job: @escaping @Sendable () -> Void) {
        let needsThread = state.withLock { state in
            state.jobs.append(job)
            guard state.threads < Self.threadsMax else { return false }
            state.threads += 1
            return true
        }
        if needsThread { startThread() }
    }

    /// Runs jobs until there are none.
    private func work() {
        while let job = nextJob() { job() }
    }

    private func nextJob() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.jobs.isEmpty else {
                state.threads -= 1
                return nil
            }
            return state.jobs.removeFirst()
        }
    }

    private func startThread() {
        // Where no thread is to be had, the job runs on the caller's.
        if DetachedThread.start({ self.work() }) != 0 { work() }
    }
}
