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

    /// What is claimed, each with a descriptor of its own: a number passes to another file as soon
    /// as a removed one is closed by all, and would seem to be claimed still.
    private let mine = Mutex<[FileIdentity: Int32]>([:])

    /// Claims the directory at `path` for as long as the claim lives, or throws 55006.
    init(_ identity: FileIdentity, path: String) throws(DatabaseError) {
        try add(identity, file: path, path: path)
    }

    /// Extends the claim to `file` of the same store.
    func add(
        _ identity: FileIdentity, file: String, path: String
    ) throws(DatabaseError) {
        let isNew = Self.claimed.withLock { $0.insert(identity).inserted }
        let isOurs = mine.withLock { mine in
            if isNew { mine[identity] = open(file, O_RDONLY | O_CLOEXEC) }
            return mine[identity] != nil
        }
        guard isOurs else {
            throw DatabaseError(
                .objectInUse, "the database at \"\(path)\" is already open in this process",
                hint: "Share the open database, or close it first.")
        }
    }

    deinit {
        let mine = mine.withLock { $0 }
        Self.claimed.withLock { $0.subtract(mine.keys) }
        // Not before: until here no other file can have the number.
        for descriptor in mine.values where descriptor >= 0 { close(descriptor) }
    }
}
