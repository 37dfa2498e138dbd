import CNeedletailKernels
import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads that run the parts of one computation side by side.
///
/// The caller works too and first serves itself: a call made from within a part, or while all
/// threads are taken, still comes to its end. Work is cut by index and results are written by
/// position, so an answer does not depend on how many threads took part.
///
/// The threads start at the first call that needs them and stay, asleep when there is nothing to
/// do. They are not Swift's cooperative threads: parts may block for as long as a scan takes.
package final class ScanPool: @unchecked Sendable {
    // SAFETY: what changes is guarded by the pool's own lock.
    /// As many threads as the machine has processors.
    package static let shared = ScanPool(threads: ScanPool.processorCount)

    /// Threads that can work on one call, the caller's included.
    package let threadCount: Int

    // Everything below is guarded by `lock`; this is what makes sharing the object safe.
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    /// Signalled when there is something to do.
    private let work: UnsafeMutablePointer<pthread_cond_t>
    /// Signalled when the last thread of the pool leaves a job.
    private let done: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [ScanJob] = []
    private var startedThreads = 0
    /// The system's numbers of the threads that have begun to serve.
    private var helpers: [Int32] = []
    /// The processor that ``helpers`` are kept off: the one the last caller ran on.
    private var callersProcessor: Int32 = -1

    /// A pool lives as long as its process: there is no way to end its threads.
    package init(threads: Int) {
        threadCount = max(1, threads)
        // SAFETY: never freed, for the threads wait on them until the process ends.
        lock = .allocate(capacity: 1)
        work = .allocate(capacity: 1)
        done = .allocate(capacity: 1)
        pthread_mutex_init(lock, nil)
        pthread_cond_init(work, nil)
        pthread_cond_init(done, nil)
    }

    /// Processors that are online.
    package static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// Calls `body` once for each part in 0..<parts and returns when all have come back.
    ///
    /// - Parameter threads: the most to use, the caller's included; with 1, or with a single part,
    ///   all runs on the caller's thread in ascending order.
    package func run(parts: Int, threads: Int = .max, _ body: @Sendable (Int) -> Void) {
        let width = min(threads, threadCount, parts)
        guard width > 1 else {
            for part in 0..<max(0, parts) {
                body(part)
                nt_background_step()
            }
            return
        }
        withoutActuallyEscaping(body) { body in
            let job = ScanJob(parts: parts, helpers: width - 1, body: body)
            start(job)
            while let part = claim(job) {
                job.perform(part)
                finishPart(of: job)
            }
            waitForEnd(of: job)
        }
    }
}

extension ScanPool {
    private func start(_ job: ScanJob) {
        pthread_mutex_lock(lock)
        jobs.append(job)
        leaveProcessorToCaller()
        // Where the system refuses a thread, the work is left to the others.
        while startedThreads < threadCount - 1, DetachedThread.start({ self.serve() }) == 0 {
            startedThreads += 1
        }
        pthread_cond_broadcast(work)
        pthread_mutex_unlock(lock)
    }

    /// Keeps the pool's threads off the processor of the calling thread.
    ///
    /// A scheduler that wakes a thread beside the one that woke it would let both share that
    /// processor for the few milliseconds a scan takes, while others idle.
    private func leaveProcessorToCaller() {
        let processor = nt_current_processor()
        guard processor != callersProcessor else { return }
        callersProcessor = processor
        let caller = nt_current_thread()
        for helper in helpers where helper != caller { _ = nt_keep_off(helper, processor) }
    }

    /// A part of `job` that nobody has taken, for the calling thread.
    private func claim(_ job: ScanJob) -> Int? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return job.claim()
    }

    private func finishPart(of job: ScanJob) {
        pthread_mutex_lock(lock)
        job.unfinished -= 1
        pthread_mutex_unlock(lock)
    }

    private func waitForEnd(of job: ScanJob) {
        pthread_mutex_lock(lock)
        while job.unfinished > 0 || job.helpersInside > 0 { pthread_cond_wait(done, lock) }
        jobs.removeAll { $0 === job }
        // From here on nothing refers to the caller's closure.
        job.forget()
        pthread_mutex_unlock(lock)
    }

    /// What a thread of the pool does for ever.
    private func serve() {
        let thread = nt_current_thread()
        pthread_mutex_lock(lock)
        helpers.append(thread)
        _ = nt_keep_off(thread, callersProcessor)
        while true {
            guard let job = jobs.first(where: \.wantsHelper) else {
                pthread_cond_wait(work, lock)
                continue
            }
            job.helpersInside += 1
            while let part = job.claim() {
                pthread_mutex_unlock(lock)
                job.perform(part)
                pthread_mutex_lock(lock)
                job.unfinished -= 1
            }
            job.helpersInside -= 1
            if job.unfinished == 0, job.helpersInside == 0 { pthread_cond_broadcast(done) }
        }
    }
}
