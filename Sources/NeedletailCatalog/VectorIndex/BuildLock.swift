#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The right to have a file that no manifest names yet, or to remove such files.
struct BuildLock {
    private let descriptor: Int32

    /// `nil` where somebody else holds it the other way round, or where it cannot be had.
    init?(_ path: String, isShared: Bool) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, isShared ? LOCK_SH : LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    func release() { close(descriptor) }
}
