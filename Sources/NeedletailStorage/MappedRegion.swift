import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Whole pages of a mapped file, for advice about them.
struct MappedRegion: Sendable, Hashable {
    let start: UInt
    let byteCount: Int

    private static let pageBytes = UInt(max(1, sysconf(Int32(_SC_PAGESIZE))))

    init(start: UInt, byteCount: Int) {
        self.start = start
        self.byteCount = byteCount
    }

    /// The pages that `bytes` lie in; `nil` where there are none.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
        let address = UInt(bitPattern: base)
        start = address / Self.pageBytes * Self.pageBytes
        byteCount = bytes.count + Int(address - start)
    }

    /// Where this process has `file` mapped from its start, the longest where it is mapped twice;
    /// `nil` where it is not, or the system does not tell.
    static func find(_ file: String) -> MappedRegion? {
        guard let resolved = realpath(file, nil) else { return nil }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard let text = SystemFile.text("/proc/self/maps") else { return nil }
        var found: MappedRegion?
        for line in text.split(separator: "\n") where line.hasSuffix(path) {
            // Addresses, permissions, offset, device, inode, path.
            let fields = line.split(separator: " ", maxSplits: 5)
            let ends = (fields.first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard fields.count == 6, ends.count == 2, ends[0] < ends[1],
                fields[5].drop(while: { $0 == " " }) == path, UInt(fields[2], radix: 16) == 0
            else { continue }
            let size = Int(clamping: ends[1] - ends[0])
            if size > found?.byteCount ?? 0 {
                found = MappedRegion(start: ends[0], byteCount: size)
            }
        }
        return found
    }

    /// Bytes of this region that are in memory; `nil` where the system does not tell. Takes a
    /// millisecond.
    func residentBytes() -> Int? {
        guard let text = SystemFile.text("/proc/self/smaps") else { return nil }
        let ours = String(start, radix: 16) + "-"
        var isOurs = false
        for line in text.split(separator: "\n") {
            isOurs = isOurs || line.hasPrefix(ours)
            guard isOurs, line.hasPrefix("Rss:") else { continue }
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
                .map { $0 << 10 }
        }
        return nil
    }

    func prefix(_ count: Int) -> MappedRegion {
        MappedRegion(start: start, byteCount: max(0, min(byteCount, count)))
    }

    /// Without the first `count` bytes, or a little less: whole pages.
    func dropFirst(_ count: Int) -> MappedRegion {
        let pages = max(0, min(byteCount, count)) / Int(Self.pageBytes) * Int(Self.pageBytes)
        return MappedRegion(start: start + UInt(pages), byteCount: byteCount - pages)
    }

    /// Pages are touched in no order: the system is to read no others around them.
    func adviseRandom() { advise(MADV_RANDOM) }

    /// Pages will be touched soon.
    func adviseNeeded() { advise(MADV_WILLNEED) }

    /// Pages need not stay mapped; they come back as they are when they are touched.
    ///
    /// Only for shared mappings of files that nobody writes to through them.
    func adviseUnneeded() { advise(MADV_DONTNEED) }

    private func advise(_ advice: Int32) {
        guard byteCount > 0 else { return }
        // SAFETY: none of the advices above changes a byte of a mapped file.
        _ = madvise(UnsafeMutableRawPointer(bitPattern: start), byteCount, advice)
    }
}

/// Small files in which the system tells about itself.
enum SystemFile {
    private static let bytesMax = 16 << 20

    /// `nil` where there is none.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count < bytesMax {
            // SAFETY: at most as many bytes are written as the buffer has.
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What the system says of this process's memory.
final class ProcessMemory: Sendable {
    private let descriptor: Int32
    private let pageBytes = max(1, sysconf(Int32(_SC_PAGESIZE)))

    init() { descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Bytes of files that are mapped and in memory; 0 where the system does not tell.
    func mappedBytes() -> Int {
        guard descriptor >= 0 else { return 0 }
        // SAFETY: at most as many bytes are written as there is room for, and only those are read.
        return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { return 0 }
            var (field, number) = (0, 0)
            // Size, resident, shared.
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: " ") {
                    if field == 2 { break }
                    (field, number) = (field + 1, 0)
                } else if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
                    number = number &* 10 &+ Int(byte - UInt8(ascii: "0"))
                }
            }
            return number &* pageBytes
        }
    }
}

/// The memory that this process may have.
enum MachineMemory {
    /// That of the machine, or less where a control group allows less.
    static let bytes: Int = {
        let pages = max(1, sysconf(Int32(_SC_PHYS_PAGES)))
        let machine = pages.multipliedReportingOverflow(by: max(1, sysconf(Int32(_SC_PAGESIZE))))
        let physical = machine.overflow ? Int.max : machine.partialValue
        return ([physical] + groupLimits()).min() ?? physical
    }()

    /// The limits of the group of this process and of those around it.
    private static func groupLimits() -> [Int] {
        var limits: [Int] = []
        for line in (SystemFile.text("/proc/self/cgroup") ?? "").split(separator: "\n") {
            // Hierarchy, controllers, path; the second form of groups names no controllers.
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isMemory = fields[1].split(separator: ",").contains("memory")
            guard isMemory || fields[1].isEmpty else { continue }
            let root = isMemory ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
            let name = isMemory ? "memory.limit_in_bytes" : "memory.max"
            var parts = fields[2].split(separator: "/")
            while true {
                let folder = ([Substring(root)] + parts).joined(separator: "/")
                let digits = SystemFile.text("\(folder)/\(name)")?.prefix { $0.isNumber }
                if let digits, let limit = Int(digits), limit > 0 { limits.append(limit) }
                if parts.popLast() == nil { break }
            }
        }
        return limits
    }
}
