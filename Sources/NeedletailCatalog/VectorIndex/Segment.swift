package import NeedletailBitmap
import NeedletailCore
package import NeedletailIndex
package import NeedletailKernels
import NeedletailStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An immutable part of a vector index: a graph and the slots it holds, mapped from a file.
package final class Segment: Sendable {
    package let number: UInt64
    /// The last commit that the snapshot it was built from shows.
    let sequence: UInt64
    package let layout: CodeLayout
    package let graph: GraphMemory
    package let slots: SlotBitmap
    package let calibration: Calibration
    /// Bytes of the file.
    package let byteCount: Int

    /// Bytes that share a checksum.
    static let sectionBytes = 1 << 20

    private init(_ header: SegmentHeader, graph: GraphMemory, slots: SlotBitmap) {
        number = header.number
        sequence = header.sequence
        layout = header.layout
        calibration = header.calibration
        byteCount = header.fileBytes
        self.graph = graph
        self.slots = slots
    }

    package var rowCount: Int { graph.shape.rowCount }

    /// Maps the file at `path` and verifies every section.
    ///
    /// Errors: 58P01 where it is missing, XX001 where it is damaged.
    static func open(
        _ path: String, index: UInt32, named: IndexManifest.Segment
    ) throws(DatabaseError) -> Segment {
        let descriptor = Self.openFile(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DatabaseError(
                .undefinedFile, "the index segment \(path) is missing",
                hint: "searches are exact until it is rebuilt: REINDEX")
        }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_size >= SegmentHeader.byteCount else {
            throw damaged(path, "it is too short")
        }
        let size = Int(info.st_size)
        guard let mapped = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0),
            mapped != MAP_FAILED
        else { throw DatabaseError(.inputOutput, "\(path) cannot be mapped into memory") }
        // SAFETY: `size` bytes are mapped until the graph's memory is released, or below.
        let bytes = UnsafeRawBufferPointer(start: mapped, count: size)
        guard checksums(bytes) == named.chunkChecksums, let header = SegmentHeader(bytes),
            header.fileBytes == size, header.number == named.number, header.index == index,
            header.shape.rowCount == Int(named.rowCount)
        else {
            munmap(mapped, size)
            throw damaged(path, "its checksums differ from the manifest's")
        }
        let words = mapped + SegmentHeader.byteCount + header.shape.byteCount
        let slots = SlotBitmap(
            words: (0..<header.slotWords).map { place in
                UInt64(
                    littleEndian: words.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
            })
        let graph = GraphMemory(header.shape, bytes: mapped + SegmentHeader.byteCount) { start in
            munmap(start - SegmentHeader.byteCount, size)
        }
        return Segment(header, graph: graph, slots: slots)
    }

    private static func openFile(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Darwin)
            Darwin.open(path, flags)
        #elseif canImport(Musl)
            Musl.open(path, flags)
        #else
            Glibc.open(path, flags)
        #endif
    }

    private static func damaged(_ path: String, _ why: String) -> DatabaseError {
        DatabaseError(
            .dataCorrupted, "the index segment \(path) is damaged: \(why)",
            hint: "no row is lost; searches are exact until it is rebuilt: REINDEX")
    }

    /// One CRC32C for every section, computed side by side.
    private static func checksums(_ bytes: UnsafeRawBufferPointer) -> [UInt32] {
        let sections = (bytes.count + sectionBytes - 1) / sectionBytes
        // SAFETY: only read, and only until the call returns.
        nonisolated(unsafe) let all = bytes
        return ScanPool.shared.map(parts: sections) { section in
            let start = section * sectionBytes
            let end = min(start + sectionBytes, all.count)
            return Checksum.of(UnsafeRawBufferPointer(rebasing: all[start..<end]))
        }
    }
}
