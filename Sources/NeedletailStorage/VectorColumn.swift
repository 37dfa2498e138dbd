package import NeedletailCore

/// The stored vectors of one column, as one view sees them.
package struct VectorColumn: Sendable {
    package let view: StorageView
    package let table: UInt32
    package let column: UInt32
    package let layout: VectorLayout
    /// Of blocks that were looked up before; `nil` where that is not remembered.
    private let places: BlockPlaces?

    init(
        view: StorageView, table: UInt32, column: UInt32, layout: VectorLayout,
        places: BlockPlaces? = nil
    ) {
        self.view = view
        self.table = table
        self.column = column
        self.layout = layout
        self.places = places
    }

    /// The same column for one who reads many vectors here and there: blocks that anybody found in
    /// the same commit are not looked up again.
    package func remembering() throws(DatabaseError) -> VectorColumn {
        VectorColumn(
            view: view, table: table, column: column, layout: layout,
            places: try view.environment.knownPlaces.places(
                view, table: table, column: column, layout: layout))
    }

    /// Block `number`, verified, or `nil` where it was never written.
    ///
    /// Throws XX001 where it is damaged. About a microsecond once it is verified.
    package func block(_ number: UInt32) throws(DatabaseError) -> VectorBlock? {
        if let start = places?[number] { return VectorBlock(verifiedAt: start, number, layout) }
        let name = VectorBlockName(table: table, column: column, block: number)
        guard let bytes = try view.get(name.key) else { return nil }
        let block = try verified(bytes, name)
        if let start = bytes.baseAddress { places?.remember(start, of: number) }
        return block
    }

    /// The vector at `slot`, in place, or `nil` where there is none. Of use for a few slots; a scan
    /// goes by blocks.
    package func vector(_ slot: Slot) throws(DatabaseError) -> UnsafeRawPointer? {
        // SAFETY: within a block whose size was checked; valid as long as the view.
        let row = Int(slot.rawValue) & (layout.rowsPerBlock - 1)
        return try block(slot.rawValue >> UInt32(layout.rowShift))?.vector(row)
    }

    /// Calls `body` with each block in order of slots until it returns `false`.
    package func forEachBlock(
        from first: UInt32 = 0, _ body: (VectorBlock) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        var range = KeyRange.prefix(StorageKey(.vectorBlock, table, column))
        range.lower = .vectorBlock(table: table, column: column, block: first)
        try view.forEach(range) { key, value throws(DatabaseError) in
            guard let number = KeyParts(key).number(at: 9) else {
                throw .corrupted("\(KeyParts(key).description) has a damaged key")
            }
            let name = VectorBlockName(table: table, column: column, block: number)
            return try body(try verified(value, name))
        }
    }

    /// Every block in order of slots, to be shared out between threads: blocks may be read by any
    /// thread while the view is valid.
    package func blocks() throws(DatabaseError) -> [VectorBlock] {
        var result: [VectorBlock] = []
        try forEachBlock { block in
            result.append(block)
            return true
        }
        return result
    }

    private func verified(
        _ bytes: UnsafeRawBufferPointer, _ name: VectorBlockName
    ) throws(DatabaseError) -> VectorBlock {
        let block = try VectorBlock(bytes, name, layout)
        let known = view.environment.verifiedBlocks
        if known.contains(name, sequence: block.writeSequence) { return block }
        guard VectorBlock.isIntact(bytes) else {
            throw .damagedBlock(name, "it fails its checksum")
        }
        // A sequence that is still being written may be written again with other bytes.
        if block.writeSequence < view.pendingSequence {
            known.insert(name, sequence: block.writeSequence)
        }
        return block
    }
}

extension StorageView {
    /// The vectors of a column. `layout` must be that of the column's type.
    package func vectorColumn(
        table: UInt32, column: UInt32, layout: VectorLayout
    ) -> VectorColumn {
        VectorColumn(view: self, table: table, column: column, layout: layout)
    }
}
