import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file or directory, however its path is spelled.
struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let inode: UInt64
}

/// The directories and files that this process has open.
///
/// LMDB must not be opened twice in one process: closing one descriptor of its lock file drops the
/// locks of the other. Paths lie (symbolic and hard links), so identity is device and inode.
final class OpenStoreClaim: Sendable {
    private static let claimed = Mutex<Set<FileIdentity>>([])

    private let identities: Mutex<Set<FileIdentity>>
    /// The directory, held open so that its number cannot pass to another while it is claimed.
    private let descriptor: Int32

    /// Claims `identity` for as long as the claim lives, or throws 55006.
    init(_ identity: FileIdentity, path: String) throws(DatabaseError) {
        identities = Mutex([])
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try add(identity, path: path)
    }

    /// Extends the claim to another file of the same store.
    func add(_ identity: FileIdentity, path: String) throws(DatabaseError) {
        let isNew = Self.claimed.withLock { $0.insert(identity).inserted }
        let isOurs = identities.withLock { mine in
            if isNew { mine.insert(identity) }
            return mine.contains(identity)
        }
        guard isOurs else {
            throw DatabaseError(
                .objectInUse, "the database at \"\(path)\" is already open in this process",
                hint: "Share the open database, or close it first.")
        }
    }

    deinit {
        let mine = identities.withLock { $0 }
        Self.claimed.withLock { $0.subtract(mine) }
        if descriptor >= 0 { close(descriptor) }
    }
}
