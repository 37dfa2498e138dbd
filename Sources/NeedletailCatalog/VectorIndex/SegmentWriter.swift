package import NeedletailBitmap
package import NeedletailCore
package import NeedletailIndex
package import NeedletailStorage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Writes a segment to a file under another name, makes it durable and gives it its own.
package struct SegmentWriter: ~Copyable {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var checksums: [UInt32] = []
    private var section = Checksum()
    /// Bytes in the section that is being added up.
    private var filled = 0
    private var isDone = false

    /// Writes a graph, its slots and `arrays`, which ``SegmentHeader/arrays`` describes, to a new
    /// file at `path`.
    ///
    /// Errors: 53100 where the disk is full, 58030 where it fails; nothing is left then.
    ///
    /// - Returns: what a manifest says about it.
    package static func write(
        _ header: SegmentHeader, graph: GraphMemory, slots: SlotBitmap, arrays: [UInt8] = [],
        to path: String
    ) throws(DatabaseError) -> IndexManifest.Segment {
        var writer = try SegmentWriter(path)
        // SAFETY: the graph's memory has as many bytes as its shape says.
        try writer.append(header.encoded)
        try writer.append(
            UnsafeRawBufferPointer(start: graph.bytes, count: graph.shape.byteCount))
        var words: [UInt8] = []
        words.reserveCapacity(slots.words.count * 8)
        for word in slots.words {
            withUnsafeBytes(of: word.littleEndian) { words.append(contentsOf: $0) }
        }
        try writer.append(words)
        if !header.arrays.isEmpty {
            let padding = header.arraysOffset - header.slotsOffset - words.count
            try writer.append([UInt8](repeating: 0, count: padding))
            try writer.append(arrays)
        }
        return IndexManifest.Segment(
            number: header.number, rowCount: UInt32(header.shape.rowCount),
            chunkChecksums: try writer.finish())
    }

    private init(_ path: String) throws(DatabaseError) {
        self.path = path
        temporary = path + ".new"
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failed("open", temporary) }
    }

    deinit {
        close(descriptor)
        if !isDone { unlink(temporary) }
    }

    private mutating func append(_ bytes: [UInt8]) throws(DatabaseError) {
        // SAFETY: read within the call.
        let result = bytes.withUnsafeBytes { raw -> Result<Void, DatabaseError> in
            do throws(DatabaseError) { return .success(try append(raw)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(DatabaseError) {
        var rest = bytes
        while !rest.isEmpty {
            // Large pieces become large pages of the system's cache.
            let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(8 << 20))
            let count = send(piece)
            guard count > 0 else { throw Self.failed("write", temporary) }
            addUp(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes some of `bytes`. Returns how many, or at most 0 where the system refuses.
    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
            Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private mutating func addUp(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, Segment.sectionBytes - filled)
            section.update(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            filled += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if filled == Segment.sectionBytes { endSection() }
        }
    }

    private mutating func endSection() {
        guard filled > 0 else { return }
        checksums.append(section.value)
        section = Checksum()
        filled = 0
    }

    private mutating func finish() throws(DatabaseError) -> [UInt32] {
        endSection()
        guard fsync(descriptor) == 0 else { throw Self.failed("fsync", temporary) }
        guard rename(temporary, path) == 0 else { throw Self.failed("rename", temporary) }
        isDone = true
        try Self.synchronizeFolder(of: path)
        return checksums
    }

    private static func synchronizeFolder(of path: String) throws(DatabaseError) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failed("fsync", folder) }
    }

    private static func failed(_ call: String, _ path: String) -> DatabaseError {
        DatabaseError(StorageError(call, errno, detail: path))
    }
}
