import CNeedletailKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads that work for long while nobody waits for them.
package enum BackgroundThread {
    /// Lets others go before the calling thread from now on, where all processors are busy.
    ///
    /// Where they are not, it is to have one: a scheduler counts a thread that gives way for so
    /// little that it leaves it beside one that runs most of the time, with another processor idle.
    /// So it looks after itself whenever it ends a part of the work of a ``ScanPool``.
    package static func begin() {
        #if canImport(Darwin)
            pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
        #elseif canImport(Musl)
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #else
            // Of the calling thread alone.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #endif
        nt_background_begin()
    }
}
