import NeedletailCore
import NeedletailWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file of a unix socket.
enum UnixSocketFile {
    /// Makes way for a new socket at `path`: a file that a dead server left there is removed.
    ///
    /// Errors: 55006 where a server answers there; 22023 where another kind of file is; 58030 where
    /// it cannot be removed.
    static func makeWay(at path: String) throws(DatabaseError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw DatabaseError(
                .invalidParameter, "\(path) exists and is not a socket",
                hint: "Choose another path; Needletail does not remove other files.")
        }
        guard !isAnswered(path) else {
            throw DatabaseError(
                .objectInUse, "another server listens at unix:\(path)",
                hint: "Stop it, or choose another path.")
        }
        guard unlink(path) == 0 else {
            throw DatabaseError(
                .inputOutput, "cannot remove the old socket \(path): \(describe(errno))",
                hint: "Remove it, or choose another path.")
        }
    }

    static func remove(_ path: String) { unlink(path) }

    /// Runs `body` while new files are readable and writable by their owner alone, which for a
    /// socket decides who may connect.
    static func withOwnerOnly<Result>(
        _ body: () throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        let previous = umask(0o177)
        defer { umask(previous) }
        return try body()
    }

    private static func isAnswered(_ path: String) -> Bool {
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM), 0)
        #endif
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            // SAFETY: a `sockaddr_un` is passed as the `sockaddr` it begins with, with its size.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size) == 0
            }
        }
    }
}

/// The system's words for an error number.
func describe(_ number: Int32) -> String { String(cString: strerror(number)) }
