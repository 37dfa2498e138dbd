#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// State behind a lock, with threads that sleep until it is as they need it.
///
/// For the few places where a thread has to wait; everything else uses `Mutex`.
///
/// `@unchecked`: the state is touched with the lock held and nowhere else.
package final class Monitor<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        // SAFETY: both are allocated and initialised here, used only by this object's methods, and
        // destroyed when no method can be running any more.
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Changes the state, then wakes all who wait.
    package func change<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&state)
    }

    /// Wakes `count` of those who wait.
    package func wake(_ count: Int) {
        for _ in 0..<count { pthread_cond_signal(condition) }
    }

    /// Looks at the state, or changes it in a way that concerns nobody who waits.
    package func look<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Sleeps until `body` returns something.
    @discardableResult
    package func wait<Result>(_ body: (inout State) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Sleeps until `body` holds, at most so long; tells whether it holds.
    package func wait(milliseconds: Int64, until body: (State) -> Bool) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        let bounded = Int(clamping: min(max(0, milliseconds), 86_400_000))
        let nanoseconds = deadline.tv_nsec + bounded % 1_000 * 1_000_000
        deadline.tv_sec += bounded / 1_000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !body(state) {
            if pthread_cond_timedwait(condition, mutex, &deadline) != 0 { return body(state) }
        }
        return true
    }
}
