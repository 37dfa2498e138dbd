import CLMDB
import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The right to write, among processes: an advisory lock on a file of its own.
///
/// Taken before LMDB's own mutex, which knows no timeout. The kernel drops it when the holder
/// dies. Used only by whoever holds the ``WriterLock``.
final class ProcessLock: Sendable {
    private let descriptor: Int32

    /// Opens the lock file, making it (mode 0600) where it is missing.
    init(path: String) throws(DatabaseError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseError(StorageError("open", errno, detail: path))
        }
    }

    deinit { close(descriptor) }

    /// Polls for the lock. Returns `false` if another process held it until `deadline`.
    func acquire(
        until deadline: Deadline, whileWaiting: () throws(DatabaseError) -> Void = {}
    ) throws(DatabaseError) -> Bool {
        var pause = StorageTuning.lockPollMicroseconds.first
        while true {
            let status = nt_lock_file(descriptor, 1)
            if status == 0 { return true }
            guard status == EAGAIN || status == EACCES || status == EINTR else {
                throw DatabaseError(StorageError("fcntl", status))
            }
            let remaining = Int(clamping: deadline.remainingNanoseconds / 1_000)
            guard remaining > 0 else { return false }
            try whileWaiting()
            usleep(UInt32(clamping: min(pause, remaining)))
            pause = min(pause * 2, StorageTuning.lockPollMicroseconds.longest)
        }
    }

    func release() { _ = nt_lock_file(descriptor, 0) }
}
