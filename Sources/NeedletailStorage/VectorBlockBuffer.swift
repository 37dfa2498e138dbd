import NeedletailCore

/// Vector blocks that a write transaction is changing, at full size, until they are flushed.
final class VectorBlockBuffer {
    private var dirty: [VectorBlockName: DirtyBlock] = [:]

    init() {}

    /// The block to change, read from `writer`'s transaction at first touch. Flushes the others
    /// where too many are held.
    func block(
        _ name: VectorBlockName, _ layout: VectorLayout, _ writer: StorageWriter
    ) throws(DatabaseError) -> DirtyBlock {
        if let block = dirty[name] { return block }
        if dirty.count >= StorageTuning.dirtyBlocksMax { try flush(to: writer) }
        let block = DirtyBlock(name, layout)
        let column = try writer.unflushedView.vectorColumn(
            table: name.table, column: name.column, layout: layout)
        if let stored = try column.block(name.block) { block.load(stored) }
        dirty[name] = block
        return block
    }

    /// The block, if it is being changed.
    func known(_ name: VectorBlockName) -> DirtyBlock? { dirty[name] }

    /// Writes every changed block to the transaction and forgets it.
    func flush(to writer: StorageWriter) throws(DatabaseError) {
        guard !dirty.isEmpty else { return }
        let blocks = dirty.values.sorted { $0.name.key < $1.name.key }
        for block in blocks {
            try writer.put(block.name.key, reserving: block.byteCount) {
                block.write(into: $0, sequence: writer.sequence)
            }
        }
        dirty = [:]
    }

    func discard() { if !dirty.isEmpty { dirty = [:] } }

    func discard(table: UInt32) { dirty = dirty.filter { $0.key.table != table } }

    func discard(table: UInt32, column: UInt32) {
        dirty = dirty.filter { $0.key.table != table || $0.key.column != column }
    }
}

/// One block being changed.
final class DirtyBlock {
    let name: VectorBlockName
    private let layout: VectorLayout
    // SAFETY: `rowsPerBlock` vectors, allocated here and freed in deinit; what `vector` hands out
    // is read before the next write.
    private let vectors: UnsafeMutableRawBufferPointer
    private var presence: [UInt64]
    private var rowCount = 0

    init(_ name: VectorBlockName, _ layout: VectorLayout) {
        self.name = name
        self.layout = layout
        let bytes = layout.payloadBytes(layout.rowsPerBlock)
        vectors = .allocate(byteCount: bytes, alignment: 64)
        vectors.initializeMemory(as: UInt8.self, repeating: 0)
        presence = [UInt64](repeating: 0, count: (layout.rowsPerBlock + 63) / 64)
    }

    deinit { vectors.deallocate() }

    func load(_ block: VectorBlock) {
        rowCount = block.rowCount
        vectors.copyMemory(
            from: UnsafeRawBufferPointer(
                start: block.vectors, count: block.rowCount * layout.stride))
        for word in 0..<(block.rowCount + 63) / 64 { presence[word] = block.presence[word] }
    }

    /// Puts consecutive vectors from `row` on.
    func set(_ row: Int, _ bytes: UnsafeRawBufferPointer) {
        let count = bytes.count / layout.stride
        let offset = row * layout.stride
        UnsafeMutableRawBufferPointer(rebasing: vectors[offset...]).copyMemory(from: bytes)
        for position in row..<row + count {
            presence[position >> 6] |= 1 << UInt64(position & 63)
        }
        rowCount = max(rowCount, row + count)
    }

    func clear(_ row: Int) {
        let offset = row * layout.stride
        UnsafeMutableRawBufferPointer(rebasing: vectors[offset..<offset + layout.stride])
            .initializeMemory(as: UInt8.self, repeating: 0)
        presence[row >> 6] &= ~(1 << UInt64(row & 63))
        rowCount = max(rowCount, row + 1)
    }

    /// The vector of `row`; `nil` where there is none.
    func vector(_ row: Int) -> UnsafeRawPointer? {
        guard presence[row >> 6] & (1 << UInt64(row & 63)) != 0 else { return nil }
        return UnsafeRawBufferPointer(rebasing: vectors[(row * layout.stride)...]).baseAddress
    }

    /// Bytes of the block as it will be stored.
    var byteCount: Int { layout.blockBytes(rowCount) }

    func write(into target: UnsafeMutableRawBufferPointer, sequence: UInt64) {
        // What the parts below do not write is padding, and covered by the checksum.
        target.initializeMemory(as: UInt8.self, repeating: 0)
        func store(_ number: UInt32, _ offset: Int) {
            target.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
        store(VectorBlock.magic, 0)
        target[4] = layout.element.rawValue
        target[5] = UInt8(layout.rowShift)
        store(UInt32(layout.dimension), 8)
        store(name.table, 12)
        store(name.column, 16)
        store(name.block, 20)
        store(UInt32(rowCount), 24)
        target.storeBytes(of: sequence.littleEndian, toByteOffset: 32, as: UInt64.self)
        let payload = UnsafeMutableRawBufferPointer(rebasing: target[VectorBlock.headerBytes...])
        payload.copyMemory(
            from: UnsafeRawBufferPointer(rebasing: vectors[..<(rowCount * layout.stride)]))
        for word in 0..<(rowCount + 63) / 64 {
            payload.storeBytes(
                of: presence[word].littleEndian,
                toByteOffset: layout.payloadBytes(rowCount) + word * 8, as: UInt64.self)
        }
        store(VectorBlock.checksum(UnsafeRawBufferPointer(target)), VectorBlock.checksumOffset)
    }
}
