import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that is open until the last reference goes.
final class OpenFile {
    let path: String
    /// Bytes of a regular file; `nil` for pipes and devices.
    let size: Int?
    private let descriptor: Int32

    /// Opens `path` for reading.
    ///
    /// Errors: 58P01 if it does not exist or is a directory, 58030 if it cannot be opened.
    init(reading path: String) throws(DatabaseError) {
        try Self.checkName(path)
        descriptor = try Self.descriptor(path, O_RDONLY)
        self.path = path
        var info = stat()
        let isKnown = fstat(descriptor, &info) == 0
        if isKnown, info.st_mode & S_IFMT == S_IFDIR {
            close(descriptor)
            throw FileFailure.isDirectory(path)
        }
        size = isKnown && info.st_mode & S_IFMT == S_IFREG ? Int(info.st_size) : nil
    }

    /// Opens `path` for writing with `flags` beside `O_WRONLY`, private to the user if it is new.
    init(writing path: String, flags: Int32) throws(DatabaseError) {
        try Self.checkName(path)
        descriptor = try Self.descriptor(path, O_WRONLY | flags)
        self.path = path
        size = nil
    }

    deinit { close(descriptor) }

    /// The next bytes, at most `capacity`; empty at the end.
    func next(_ capacity: Int) throws(DatabaseError) -> [UInt8] {
        try filled(capacity) { read(self.descriptor, $0, $1) }
    }

    /// The bytes at `offset`, fewer than `count` only where the file ends.
    func bytes(_ count: Int, at offset: Int) throws(DatabaseError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let done = bytes.count
            let more = try filled(count - done) {
                pread(self.descriptor, $0, $1, off_t(offset + done))
            }
            if more.isEmpty { break }
            if bytes.isEmpty { bytes = more } else { bytes += more }
        }
        return bytes
    }

    /// Writes all of `bytes`. Errors: 53100 if the disk is full, 58030 for anything else.
    func append(_ bytes: [UInt8]) throws(DatabaseError) {
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { bytes in
                // SAFETY: the slice lies in the buffer, and its base exists as it is not empty.
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                return write(descriptor, rest.baseAddress, rest.count)
            }
            if written > 0 {
                done += written
            } else if errno != EINTR {
                throw FileFailure.error("write to", path, errno)
            }
        }
    }

    /// Returns once everything written is on the disk.
    func synchronize() throws(DatabaseError) {
        guard fsync(descriptor) == 0 else { throw FileFailure.error("write to", path, errno) }
    }

    private func filled(
        _ capacity: Int, _ fill: (UnsafeMutableRawPointer?, Int) -> Int
    ) throws(DatabaseError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            // SAFETY: at most `capacity` bytes are written, and as many as were are counted.
            repeat {
                count = fill(buffer.baseAddress, capacity)
                failure = count < 0 ? errno : 0
            } while failure == EINTR
            count = max(count, 0)
        }
        guard failure == 0 else { throw FileFailure.error("read", path, failure) }
        return bytes
    }

    /// 58P01 for a path that the system could not even be asked for.
    static func checkName(_ path: String) throws(DatabaseError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw DatabaseError(.undefinedFile, "\"\(path)\" is not a file name")
        }
    }

    private static func descriptor(_ path: String, _ flags: Int32) throws(DatabaseError) -> Int32 {
        while true {
            let descriptor = open(path, flags | O_CLOEXEC, mode_t(0o600))
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw FileFailure.error("open", path, errno) }
        }
    }
}
