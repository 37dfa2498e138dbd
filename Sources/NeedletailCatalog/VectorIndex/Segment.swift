package import NeedletailBitmap
package import NeedletailCore
package import NeedletailIndex
package import NeedletailKernels
package import NeedletailStorage
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An immutable part of a vector index: a graph and the slots it holds.
///
/// It is read from its mapped file at first and, once the background has come to it, from a copy in
/// large pages of memory.
package final class Segment: Sendable {
    package let number: UInt64
    /// The last commit that the snapshot it was built from shows.
    let sequence: UInt64
    package let layout: CodeLayout
    package let slots: SlotBitmap
    package let calibration: Calibration
    /// What its rows have in the included columns; `nil` where none is included.
    package let included: IncludedColumns?
    package let roughness: GraphRoughness
    /// Bytes of the file.
    package let byteCount: Int

    private let memory: Mutex<GraphMemory>
    /// Checksums of the sections that the background is to verify, none of a small file; `nil` once
    /// it has nothing to do.
    private let unsettled: Mutex<[UInt32]?>

    /// Which node each row has; made when a filter first asks.
    private let slotNodes = Mutex<SlotNodes?>(nil)

    /// The nodes of the rows at `passing`, slots of other rows left out.
    ///
    /// - Parameter earlier: those of a few changes ago.
    package func mask(_ passing: SlotBitmap, after earlier: NodeMask? = nil) -> NodeMask {
        let graph = graph
        let nodes = slotNodes.withLock { known in
            if let known { return known }
            let made = SlotNodes(graph, slots: slots)
            known = made
            return made
        }
        return nodes.mask(passing, of: graph, after: earlier)
    }

    /// Nanoseconds to compare a query with a record here and there, once they were measured.
    private let measuredPace = Mutex<Double?>(nil)

    /// What it takes on this machine to compare a query with a record: of `measure`, once.
    package func nanosecondsPerCode(_ measure: () -> Double) -> Double {
        if let known = measuredPace.withLock({ $0 }) { return known }
        let measured = measure()
        measuredPace.withLock { $0 = measured }
        return measured
    }

    /// Bytes that share a checksum.
    static let sectionBytes = 1 << 20
    /// Larger files are used before they are verified: see ``settle(copies:)``.
    package static let verifiedAtOnceBytes = 64 << 20

    /// Keep it for as long as its arrays are used: the segment may exchange it for a copy.
    package var graph: GraphMemory { memory.withLock { $0 } }

    /// A segment that was just built, in the memory that it was built in.
    convenience init(
        _ header: SegmentHeader, built graph: GraphMemory, slots: SlotBitmap,
        included: IncludedColumns?
    ) {
        self.init(header, graph: graph, slots: slots, included: included, nil)
    }

    private init(
        _ header: SegmentHeader, graph: GraphMemory, slots: SlotBitmap,
        included: IncludedColumns?, _ unsettled: [UInt32]?
    ) {
        number = header.number
        sequence = header.sequence
        layout = header.layout
        calibration = header.calibration
        self.included = included
        roughness = header.roughness
        byteCount = header.fileBytes
        rowCount = graph.shape.rowCount
        memory = Mutex(graph)
        self.unsettled = Mutex(unsettled)
        self.slots = slots
    }

    package let rowCount: Int

    /// Maps the file at `path` and verifies it; of a large one only the ends, which are read here,
    /// or are the included columns, which must be right: nothing else says what a row has there.
    ///
    /// Errors: 58P01 where it is missing, XX001 where it is damaged.
    ///
    /// - Parameter pages: those of the database, which the file's are counted with.
    package static func open(
        _ path: String, index: UInt32, named: IndexManifest.Segment,
        pages: MappedPages? = nil, verifiedAtOnceBytes: Int = verifiedAtOnceBytes
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
        let isSmall = size <= verifiedAtOnceBytes
        guard sectionCount(size) == named.chunkChecksums.count,
            isIntact(bytes, named.chunkChecksums, isSmall ? nil : 0..<1),
            let header = SegmentHeader(bytes), header.fileBytes == size,
            isSmall
                || isIntact(
                    bytes, named.chunkChecksums,
                    header.slotsOffset / sectionBytes..<sectionCount(size)),
            header.number == named.number, header.index == index,
            header.shape.rowCount == Int(named.rowCount)
        else {
            munmap(mapped, size)
            throw damaged(path, "its checksums differ from the manifest's")
        }
        pages?.add(bytes)
        let words = mapped + header.slotsOffset
        let slots = SlotBitmap(
            words: (0..<header.slotWords).map { place in
                UInt64(
                    littleEndian: words.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
            })
        let graph = GraphMemory(header.shape, bytes: mapped + SegmentHeader.byteCount) { start in
            let start = start - SegmentHeader.byteCount
            pages?.remove(UnsafeRawBufferPointer(start: start, count: size))
            munmap(start, size)
        }
        return Segment(
            header, graph: graph, slots: slots,
            included: try includedColumns(header, descriptor, slots, path),
            isSmall ? [] : named.chunkChecksums)
    }

    /// In a mapping of their own: that of the graph goes when the graph is copied.
    private static func includedColumns(
        _ header: SegmentHeader, _ descriptor: Int32, _ slots: SlotBitmap, _ path: String
    ) throws(DatabaseError) -> IncludedColumns? {
        guard !header.arrays.isEmpty else { return nil }
        let (start, end) = (header.arraysOffset, header.fileBytes)
        guard
            let memory = start == end
                ? SegmentArrayMemory(copying: [])
                : SegmentArrayMemory(mapping: descriptor, from: start, to: end)
        else { throw DatabaseError(.inputOutput, "\(path) cannot be mapped into memory") }
        guard let columns = IncludedColumns(header.arrays, in: memory, from: start, slots: slots)
        else { throw damaged(path, "its arrays do not fit together") }
        return columns
    }

    /// Verifies what is not verified yet and copies the graph into memory of its own: for a thread
    /// that nobody waits for. Until then a walk may lead through damage, which can hide rows from
    /// it and cannot make any up: distances are those of the stored vectors.
    ///
    /// - Parameter copies: whether there is memory for a copy.
    /// - Returns: `false` where the file is damaged.
    package func settle(copies: Bool) -> Bool {
        guard let checksums = unsettled.withLock({ $0 }) else { return true }
        let mapped = graph
        // SAFETY: the header lies before the graph in the mapping, which `mapped` keeps.
        let bytes = UnsafeRawBufferPointer(
            start: mapped.bytes - SegmentHeader.byteCount, count: byteCount)
        let isWhole =
            checksums.isEmpty
            || withExtendedLifetime(mapped) { Self.isIntact(bytes, checksums, nil) }
        if isWhole, copies {
            let copy = GraphMemory(copying: mapped)
            memory.withLock { $0 = copy }
        }
        unsettled.withLock { $0 = nil }
        return isWhole
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

    static func damaged(_ path: String, _ why: String) -> DatabaseError {
        DatabaseError(
            .dataCorrupted, "the index segment \(path) is damaged: \(why)",
            hint: "no row is lost; searches are exact until it is rebuilt: REINDEX")
    }

    private static func sectionCount(_ byteCount: Int) -> Int {
        (byteCount + sectionBytes - 1) / sectionBytes
    }

    /// Whether sections have the checksums that are expected of them, looked at side by side.
    ///
    /// - Parameter sections: all of them, where it is `nil`.
    private static func isIntact(
        _ bytes: UnsafeRawBufferPointer, _ expected: [UInt32], _ sections: Range<Int>?
    ) -> Bool {
        let sections = sections ?? 0..<expected.count
        // SAFETY: only read, and only until the call returns.
        nonisolated(unsafe) let all = bytes
        return ScanPool.shared.map(parts: sections.count) { part in
            let section = sections.lowerBound + part
            let start = section * sectionBytes
            let end = min(start + sectionBytes, all.count)
            return Checksum.of(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                == expected[section]
        }.allSatisfy { $0 }
    }
}
