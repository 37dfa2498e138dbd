import NeedletailCore
import NeedletailIndex
import NeedletailStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Holds the file of a segment against its manifest, with plain reads: a file that is cut meanwhile
/// or lies on a bad disk is told, where a mapping would end the process.
struct SegmentFileCheck: ~Copyable {
    private static let problemsMax = 10

    private let descriptor: Int32

    /// What is wrong with the file at `path`, in sentences; none where all its bytes are those that
    /// were written.
    ///
    /// - Parameter pause: called now and then; may throw to stop.
    static func problems(
        _ path: String, _ named: IndexManifest.Segment, pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [String] {
        let check = SegmentFileCheck(path)
        guard check.descriptor >= 0 else { return ["its file is missing or cannot be opened"] }
        return try check.problems(named, pause: pause)
    }

    private init(_ path: String) { descriptor = open(path, O_RDONLY | O_CLOEXEC) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    private func problems(
        _ named: IndexManifest.Segment, pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [String] {
        var problems: [String] = []
        var offset = 0
        for (section, expected) in named.chunkChecksums.enumerated() {
            if section % 64 == 0 { try pause() }
            let bytes = read(at: offset)
            if offset == 0, let problem = problem(bytes, named) { problems.append(problem) }
            // SAFETY: added up within the call.
            if bytes.withUnsafeBytes({ Checksum.of($0) }) != expected {
                problems.append(
                    "section \(section) of \(named.chunkChecksums.count) fails its checksum")
            }
            offset += bytes.count
            guard problems.count < Self.problemsMax, bytes.count == Segment.sectionBytes else {
                break
            }
        }
        return problems
    }

    /// What the header contradicts: the length of the file, and the manifest.
    private func problem(_ start: [UInt8], _ named: IndexManifest.Segment) -> String? {
        // SAFETY: the header is taken apart within the call.
        guard let header = start.withUnsafeBytes({ SegmentHeader($0) }) else {
            return "its header is damaged"
        }
        var info = stat()
        let size = fstat(descriptor, &info) == 0 ? Int(info.st_size) : 0
        guard size == header.fileBytes else {
            return "its file has \(size) bytes of \(header.fileBytes)"
        }
        guard header.number == named.number, header.shape.rowCount == Int(named.rowCount) else {
            return "its header is that of another segment"
        }
        return nil
    }

    /// The bytes of one section; fewer at the end of the file, and where the disk fails.
    private func read(at offset: Int) -> [UInt8] {
        // SAFETY: `pread` writes into the rest of the array's own capacity, whose count is passed.
        [UInt8](unsafeUninitializedCapacity: Segment.sectionBytes) { buffer, filled in
            while filled < Segment.sectionBytes {
                let size = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled),
                    Segment.sectionBytes - filled, off_t(offset + filled))
                if size < 0, errno == EINTR { continue }
                guard size > 0 else { return }
                filled += size
            }
        }
    }
}
