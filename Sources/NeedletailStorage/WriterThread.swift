package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One thread of the operating system on which a write transaction that outlives a call runs:
/// LMDB ties a writer to the thread that began it.
///
/// Runs one job at a time, in order of arrival.
package final class WriterThread: Sendable {
    private let jobs = JobQueue()

    package init() throws(DatabaseError) {
        let jobs = jobs
        let status = DetachedThread.start { jobs.work() }
        guard status == 0 else { throw DatabaseError(StorageError("pthread_create", status)) }
    }

    deinit { jobs.stop() }

    /// Runs `body` on the thread and waits for its end. A job may call it, and goes on at once.
    package func run<T>(
        _ body: () throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        if jobs.isCurrentThread { return try body() }
        var result: Result<T, DatabaseError>?
        // SAFETY: the caller waits until the job has run, so what it captures outlives the call,
        // and no two threads touch it at once.
        withoutActuallyEscaping(body) { body in
            jobs.runAndWait { result = Result { () throws(DatabaseError) in try body() } }
        }
        guard let result else {
            throw DatabaseError(.adminShutdown, "the writer has stopped", hint: "Reopen.")
        }
        return try result.get()
    }
}

/// Jobs for one worker, and the wait for their end.
private final class JobQueue: @unchecked Sendable {
    // SAFETY: all state is guarded by the monitor.
    private let monitor = Monitor()
    private var jobs: [(number: UInt64, body: () -> Void)] = []
    private var submitted: UInt64 = 0
    private var finished: UInt64 = 0
    private var isStopped = false
    private var worker: pthread_t?

    /// Whether the caller is the worker.
    var isCurrentThread: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return worker.map { pthread_equal($0, pthread_self()) != 0 } ?? false
    }

    func runAndWait(_ body: @escaping () -> Void) {
        guard let number = submit(body) else { return }
        // Woken with the lock free, the worker need not wait for it at once.
        monitor.wakeAll()
        monitor.lock()
        defer { monitor.unlock() }
        while finished < number { monitor.wait() }
    }

    /// The number of the job; `nil` after the stop.
    private func submit(_ body: @escaping () -> Void) -> UInt64? {
        monitor.lock()
        defer { monitor.unlock() }
        guard !isStopped else { return nil }
        submitted += 1
        jobs.append((submitted, body))
        return submitted
    }

    func stop() {
        monitor.lock()
        isStopped = true
        monitor.wakeAll()
        monitor.unlock()
    }

    func work() {
        monitor.lock()
        defer { monitor.unlock() }
        worker = pthread_self()
        while true {
            while jobs.isEmpty {
                if isStopped { return }
                monitor.wait()
            }
            let number = jobs[0].number
            runFirst()
            finished = number
            monitor.unlock()
            monitor.wakeAll()
            monitor.lock()
        }
    }

    /// Runs the first job without the lock, and drops it before its end is announced: it holds
    /// what belongs to the waiting caller.
    private func runFirst() {
        let job = jobs.removeFirst()
        monitor.unlock()
        job.body()
        monitor.lock()
    }
}
