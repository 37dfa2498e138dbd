package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes a file that appears, whole and private to its user, only once it is finished; a file
/// of that name is replaced. A pipe or a device is written to directly.
package final class FileSink: ByteSink {
    private let file: OpenFile
    private var pending: [UInt8] = []
    /// Where the file goes once it is finished; `nil` for pipes and devices, and when it has gone.
    private var target: String?

    /// Errors: 58P01 if the folder does not exist or `path` is a directory, 58030 if it cannot be
    /// written.
    package init(path: String) throws(DatabaseError) {
        try OpenFile.checkName(path)
        var info = stat()
        let exists = stat(path, &info) == 0
        if exists, info.st_mode & S_IFMT == S_IFDIR { throw FileFailure.isDirectory(path) }
        if exists, info.st_mode & S_IFMT != S_IFREG {
            file = try OpenFile(writing: path, flags: 0)
            return
        }
        // The file behind a link is replaced, not the link.
        let target = exists ? Self.resolved(path) : path
        file = try Self.createBeside(target)
        self.target = target
    }

    deinit {
        if target != nil { unlink(file.path) }
    }

    package func write(_ bytes: [UInt8]) throws(DatabaseError) {
        pending += bytes
        if pending.count >= 256 << 10 { try flush() }
    }

    package func finish() throws(DatabaseError) {
        try flush()
        guard let target else { return }
        try file.synchronize()
        guard rename(file.path, target) == 0 else {
            throw FileFailure.error("replace", target, errno)
        }
        self.target = nil
    }

    private func flush() throws(DatabaseError) {
        try file.append(pending)
        pending.removeAll(keepingCapacity: true)
    }

    /// A new file in the folder of `target`, so that it can be renamed into place.
    private static func createBeside(_ target: String) throws(DatabaseError) -> OpenFile {
        var generator = SystemRandomNumberGenerator()
        let mark = String(generator.next(), radix: 36)
        return try OpenFile(writing: "\(target).\(mark).partial", flags: O_CREAT | O_EXCL)
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
