#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An operating-system thread with one job, for work beside a blocking call.
final class WorkerThread {
    private final class Job {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    #if canImport(Darwin)
        private var handle: pthread_t?
    #else
        private var handle = pthread_t()
    #endif
    private var isRunning = false

    /// Starts `body`. Where the system has no thread to give, nothing runs.
    init(_ body: @escaping @Sendable () -> Void) {
        let context = Unmanaged.passRetained(Job(body))
        // SAFETY: the job is retained for the thread, which takes over that reference.
        let status = pthread_create(&handle, nil, Self.start, context.toOpaque())
        isRunning = status == 0
        if !isRunning { context.release() }
    }

    /// Waits until the job has ended.
    func join() {
        guard isRunning else { return }
        isRunning = false
        #if canImport(Darwin)
            guard let handle else { return }
        #endif
        // SAFETY: the thread was started by this object and is joined once.
        _ = pthread_join(handle, nil)
    }

    #if canImport(Darwin)
        private static let start:
            @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? =
                {
                    // SAFETY: the pointer is the retained job of `init`.
                    Unmanaged<Job>.fromOpaque($0).takeRetainedValue().body()
                    return nil
                }
    #else
        private static let start:
            @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
                guard let context else { return nil }
                // SAFETY: the pointer is the retained job of `init`.
                Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }
    #endif
}
