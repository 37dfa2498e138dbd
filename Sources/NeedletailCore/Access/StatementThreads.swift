/// Threads for blocking work, apart from Swift's cooperative pool, which must never block.
///
/// A thread is made when a job finds none that waits, up to a bound, and ends after some seconds
/// without work.
package final class StatementThreads: Sendable {
    fileprivate typealias Job = @Sendable () -> Void

    fileprivate struct State: Sendable {
        var jobs: [Job] = []
        var threads = 0
        var waiting = 0
    }

    private static let threadsMax = 64
    private static let idleMilliseconds: Int64 = 5_000

    private let state = Monitor(State())

    package init() {}

    /// Runs `body` on one of the threads.
    ///
    /// - Parameter isUrgent: others may be waiting, on all the threads there are, for what `body`
    ///   will release: it does not queue, and gets a thread beyond the bound if need be.
    package func run<T: Sendable, Failure: Error>(
        isUrgent: Bool = false, _ body: @escaping @Sendable () throws(Failure) -> T
    ) async -> Result<T, Failure> {
        await withCheckedContinuation { continuation in
            submit(isUrgent: isUrgent) {
                do throws(Failure) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
    }

    /// Runs `job` soon, on one of the threads.
    package func submit(isUrgent: Bool = false, _ job: @escaping @Sendable () -> Void) {
        let needsThread = state.look { state in
            state.jobs.insert(job, at: isUrgent ? 0 : state.jobs.count)
            guard state.jobs.count > state.waiting else { return false }
            guard isUrgent || state.threads < Self.threadsMax else { return false }
            state.threads += 1
            return true
        }
        if needsThread { startThread() } else { state.wake(1) }
    }

    private func work() {
        while let job = nextJob() { job() }
    }

    /// The next job, after a wait if there is none; `nil` when the thread is to end.
    private func nextJob() -> Job? {
        while true {
            let found = state.look { state -> Job? in
                if let job = state.takeJob() { return job }
                state.waiting += 1
                return nil
            }
            if let found { return found }
            let isCalled = state.wait(milliseconds: Self.idleMilliseconds) { !$0.jobs.isEmpty }
            let (job, isOver) = state.look { state -> (Job?, Bool) in
                state.waiting -= 1
                let job = state.takeJob()
                let isOver = job == nil && !isCalled
                if isOver { state.threads -= 1 }
                return (job, isOver)
            }
            if let job { return job }
            if isOver { return nil }
        }
    }

    private func startThread() {
        // Where no thread is to be had, the job runs on the caller's.
        if DetachedThread.start({ self.work() }) != 0 { work() }
    }
}

extension StatementThreads.State {
    fileprivate mutating func takeJob() -> StatementThreads.Job? {
        jobs.isEmpty ? nil : jobs.removeFirst()
    }
}
