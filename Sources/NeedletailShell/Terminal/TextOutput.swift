package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where text goes: a file, a terminal, or memory in tests.
package protocol TextOutput: AnyObject {
    func write(_ text: String)
    /// Sends on what is held back.
    func flush()
    /// Whether what was written last is the end of a line; also true before anything is.
    var isAtLineStart: Bool { get }
    /// The first failure to write, as the system's error number; later text is dropped.
    var failure: Int32? { get }
}

/// Text to a file descriptor, gathered into large writes.
package final class FileOutput: TextOutput {
    private static let bufferBytes = 64 << 10

    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private var pending: [UInt8] = []
    package private(set) var isAtLineStart = true
    package private(set) var failure: Int32?

    /// - Parameter ownsDescriptor: whether the descriptor is closed with this object.
    package init(descriptor: Int32, ownsDescriptor: Bool = false) {
        self.descriptor = descriptor
        self.ownsDescriptor = ownsDescriptor
    }

    /// Creates the file at `path`, or empties it. Errors: 58P01 and 58030 where it cannot be.
    package convenience init(path: String) throws(DatabaseError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileReader.failure(errno, "create", path) }
        self.init(descriptor: descriptor, ownsDescriptor: true)
    }

    deinit {
        flush()
        if ownsDescriptor { _ = close(descriptor) }
    }

    package func write(_ text: String) {
        guard failure == nil, let last = text.utf8.last else { return }
        pending.append(contentsOf: text.utf8)
        isAtLineStart = last == 0x0A
        if pending.count >= Self.bufferBytes { flush() }
    }

    package func flush() {
        defer { pending.removeAll(keepingCapacity: true) }
        guard failure == nil else { return }
        failure = writeAll(pending, to: descriptor)
    }
}

/// Text kept in memory.
package final class MemoryOutput: TextOutput {
    package private(set) var text = ""

    package init() {}

    package var isAtLineStart: Bool { text.isEmpty || text.utf8.last == 0x0A }
    package var failure: Int32? { nil }

    package func write(_ text: String) { self.text += text }

    package func flush() {}

    /// What was written since the last call.
    package func take() -> String {
        defer { text = "" }
        return text
    }
}

/// Writes all bytes, whatever the system takes at once. Returns the error number of a failure.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var offset = 0
    while offset < bytes.count {
        // SAFETY: the slice lies within the array, which lives through the call.
        let written = bytes[offset...].withUnsafeBytes {
            write(descriptor, $0.baseAddress, $0.count)
        }
        if written >= 0 {
            offset += written
        } else if errno == EAGAIN {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            // SAFETY: one pollfd is passed, as counted.
            _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
            return errno
        }
    }
    return nil
}
