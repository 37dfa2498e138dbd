import CLMDB
import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The directory of a store and the names in it.
struct StoreDirectory: Sendable {
    let path: String

    /// Path of an environment's LMDB file. LMDB puts its own lock file beside it.
    func file(_ kind: EnvironmentKind) -> String { "\(path)/\(kind.name).mdb" }

    /// Path of the file whose lock an environment's writer holds.
    func writerLockFile(_ kind: EnvironmentKind) -> String { "\(path)/\(kind.name).lock" }

    /// Makes the directory (mode 0700) where it is missing and allowed; throws 58P01 otherwise.
    /// Returns whether it was made.
    @discardableResult
    func ensureExists(creating: Bool) throws(DatabaseError) -> Bool {
        var info = stat()
        if stat(path, &info) == 0 {
            guard info.st_mode & S_IFMT == S_IFDIR else {
                throw DatabaseError(
                    .undefinedFile, "\"\(path)\" is a file, not a database directory",
                    hint: "A database is a directory; choose another path.")
            }
            return false
        }
        guard errno == ENOENT, creating else {
            throw DatabaseError(StorageError("stat", errno, detail: path))
        }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw DatabaseError(StorageError("mkdir", errno, detail: path))
        }
        return true
    }

    /// Throws 0A000 where the directory is on a file system of another machine.
    func refuseNetworkFilesystem() throws(DatabaseError) {
        guard let name = Self.networkFilesystems[nt_filesystem_type(path)] else { return }
        throw DatabaseError(
            .notSupported, "\"\(path)\" is on \(name), whose locks are not dependable",
            hint: "Use a local disk, or force it with allowsNetworkFilesystem.")
    }

    /// Magic numbers of `statfs(2)`.
    private static let networkFilesystems: [UInt: String] = [
        0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2",
        0x0102_1997: "9P", 0x5346_414F: "AFS", 0x7375_7245: "Coda", 0x00C3_6400: "Ceph",
    ]

    /// Makes new names in the directory survive a power failure.
    func synchronize() throws(DatabaseError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DatabaseError(StorageError("open", errno, detail: path))
        }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw DatabaseError(StorageError("fsync", errno, detail: path))
        }
    }

    /// Who a path is, through links; `nil` where there is nothing.
    static func identity(_ path: String) -> FileIdentity? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return FileIdentity(
            device: UInt64(truncatingIfNeeded: info.st_dev),
            inode: UInt64(truncatingIfNeeded: info.st_ino))
    }

    /// Whether less than a mebibyte is left for ordinary users where `path` is.
    static func isDiskFull(_ path: String) -> Bool {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return false }
        let free = UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize))
        return !free.overflow && free.partialValue < UInt64(StorageTuning.diskFullBytes)
    }
}

/// The two environments of a store.
package enum EnvironmentKind: UInt8, Sendable, CaseIterable {
    /// The only source of truth.
    case data = 1
    /// Chunks of index segments, derivable from the data.
    case index = 2

    /// The stem of its file names.
    package var name: String {
        switch self {
        case .data: "data"
        case .index: "index"
        }
    }
}
