import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file read in pieces.
final class FileReader {
    private static let chunkBytes = 256 << 10

    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private let name: String
    /// Bytes in the file; `nil` for pipes and devices.
    let size: Int?

    /// Errors: 58P01 where it does not exist, 58030 where it cannot be read.
    init(path: String) throws(DatabaseError) {
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        ownsDescriptor = true
        guard descriptor >= 0 else { throw Self.failure(errno, "open", path) }
        var status = stat()
        // SAFETY: the call fills the structure passed.
        guard fstat(descriptor, &status) == 0 else {
            throw Self.failure(errno, "look at", path)
        }
        if status.st_mode & S_IFMT == S_IFDIR { throw Self.failure(EISDIR, "read", path) }
        size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    }

    /// Reads an open descriptor, which stays open.
    init(descriptor: Int32, name: String) {
        self.name = name
        self.descriptor = descriptor
        ownsDescriptor = false
        size = nil
    }

    deinit {
        if ownsDescriptor, descriptor >= 0 { _ = close(descriptor) }
    }

    /// The next bytes, or `nil` at the end.
    func read() throws(DatabaseError) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        while true {
            // SAFETY: the buffer has the size passed.
            let count = chunk.withUnsafeMutableBytes {
                systemRead(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                chunk.removeSubrange(count...)
                return chunk
            }
            if count == 0 { return nil }
            if errno != EINTR { throw Self.failure(errno, "read", name) }
        }
    }

    static func failure(_ number: Int32, _ action: String, _ path: String) -> DatabaseError {
        // SAFETY: the message is a terminated string, copied at once.
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        if number == ENOENT || number == ENOTDIR {
            return DatabaseError(
                .undefinedFile, "could not \(action) file \"\(path)\": \(reason)",
                hint: "Check the path; it is relative to the directory the prompt was started in.")
        }
        return DatabaseError(.inputOutput, "could not \(action) file \"\(path)\": \(reason)")
    }
}

// `FileReader.read()` hides the system's name inside the class.
private func systemRead(
    _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int
) -> Int {
    // SAFETY: the caller passes a buffer of `count` bytes.
    read(descriptor, buffer, count)
}

/// All bytes of a file.
func readWholeFile(_ path: String) throws(DatabaseError) -> [UInt8] {
    let reader = try FileReader(path: path)
    var bytes: [UInt8] = []
    while let chunk = try reader.read() { bytes.append(contentsOf: chunk) }
    return bytes
}

/// A file as the input of `COPY … FROM STDIN`, counting what was read.
final class FileCopyInput: CopyInput {
    private let reader: FileReader
    /// Shared with the thread that draws progress.
    let progress: CopyProgress

    init(path: String) throws(DatabaseError) {
        reader = try FileReader(path: path)
        progress = CopyProgress(total: reader.size)
    }

    func read() throws(DatabaseError) -> [UInt8]? {
        let chunk = try reader.read()
        progress.add(chunk?.count ?? 0)
        return chunk
    }
}
