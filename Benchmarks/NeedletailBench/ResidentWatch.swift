import NeedletailCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What this process takes of the machine: its resident memory, looked at every few milliseconds,
/// and what it reads from disk. All zero where the system does not tell.
final class ResidentWatch: Sendable {
    /// What a stretch of time took.
    struct Taken {
        /// The most that was resident, and the most of it that was pages of files.
        var residentBytes = 0
        var mappedBytes = 0
        var readBytes = 0
        /// Faults that waited for the disk.
        var faults = 0
    }

    private let peaks = Mutex((resident: 0, mapped: 0))
    private let isOver = Atomic<Bool>(false)

    init() {
        // Without a thread the peaks are those of the ends.
        _ = DetachedThread.start { [weak self] in
            while let self, !isOver.load(ordering: .acquiring) {
                look()
                Measure.sleep(milliseconds: 5)
            }
        }
    }

    func stop() { isOver.store(true, ordering: .releasing) }

    private func look() {
        let now = Measure.memoryPages()
        peaks.withLock { $0 = (max($0.resident, now.resident), max($0.mapped, now.shared)) }
    }

    /// What `body` takes.
    func during(_ body: () throws -> Void) rethrows -> Taken {
        peaks.withLock { $0 = (0, 0) }
        look()
        let (bytes, faults) = (Self.readBytes(), Self.faults())
        try body()
        look()
        let peaks = peaks.withLock { $0 }
        return Taken(
            residentBytes: peaks.resident, mappedBytes: peaks.mapped,
            readBytes: Self.readBytes() - bytes, faults: Self.faults() - faults)
    }

    #if canImport(Glibc)
        private static let whole = RUSAGE_SELF.rawValue
    #else
        private static let whole = RUSAGE_SELF
    #endif

    private static func faults() -> Int {
        var usage = rusage()
        getrusage(whole, &usage)
        return Int(usage.ru_majflt)
    }

    private static func readBytes() -> Int {
        guard let file = fopen("/proc/self/io", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(
                decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("read_bytes:") else { continue }
            return Int(text.split { !$0.isNumber }.last ?? "") ?? 0
        }
        return 0
    }
}

/// Has the system forget its copy of a file's pages, so that the next read comes from the disk.
enum PageCache {
    static func drop(_ path: String) {
        #if os(Linux)
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            // Pages that are not on disk yet cannot be dropped.
            fsync(descriptor)
            posix_fadvise(descriptor, 0, 0, Int32(POSIX_FADV_DONTNEED))
        #endif
    }
}
