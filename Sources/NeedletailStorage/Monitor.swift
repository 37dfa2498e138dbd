#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A moment of the monotonic clock, in nanoseconds.
struct Deadline: Sendable {
    let nanoseconds: UInt64

    /// `milliseconds` from now; a negative number is now, and a huge one is never.
    init(milliseconds: Int) {
        let wait = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
        let sum = Self.now.addingReportingOverflow(wait.partialValue)
        nanoseconds = wait.overflow || sum.overflow ? .max : sum.partialValue
    }

    private init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The earlier of this and `milliseconds` from now.
    func within(milliseconds: Int) -> Deadline {
        Deadline(nanoseconds: min(nanoseconds, Deadline(milliseconds: milliseconds).nanoseconds))
    }

    /// The monotonic clock.
    static var now: UInt64 { readClock() }

    /// Nanoseconds left, 0 once it has passed.
    var remainingNanoseconds: UInt64 {
        let now = Self.now
        return nanoseconds > now ? nanoseconds - now : 0
    }

    var hasPassed: Bool { Self.now >= nanoseconds }

    private static func readClock() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// A mutex with a condition, for waits that have a deadline.
final class Monitor: @unchecked Sendable {
    // SAFETY: both live at a fixed address from init to deinit, as pthreads demand.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func lock() { pthread_mutex_lock(mutex) }
    func unlock() { pthread_mutex_unlock(mutex) }
    func wakeAll() { pthread_cond_broadcast(condition) }

    /// Waits to be woken, for as long as it takes. The lock is held before and after.
    func wait() { pthread_cond_wait(condition, mutex) }

    /// Waits to be woken. Returns `false` once `deadline` has passed.
    func wait(until deadline: Deadline) -> Bool {
        if deadline.nanoseconds == .max {
            wait()
            return true
        }
        guard !deadline.hasPassed else { return false }
        #if canImport(Darwin)
            var time = Self.time(deadline.remainingNanoseconds)
            return pthread_cond_timedwait_relative_np(condition, mutex, &time) != ETIMEDOUT
        #else
            var time = Self.time(deadline.nanoseconds)
            return pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
        #endif
    }

    private static func time(_ nanoseconds: UInt64) -> timespec {
        timespec(
            tv_sec: Int(clamping: nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
}
