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
        if let place = places?[number] {
            return VectorBlock(verifiedAt: place.start, number, layout)
        }
        let name = VectorBlockName(table: table, column: column, block: number)
        guard let bytes = try view.get(name.key) else { return nil }
        let block = try verified(bytes, name)
        if let places, let start = bytes.baseAddress {
            places.remember(start, of: number, isFull: block.isFull(layout))
        }
        return block
    }

    /// Where block `number` was found before.
    func remembered(_ number: UInt32) -> BlockPlaces.Place? { places?[number] }

    /// The vector at `slot`, in place, or `nil` where there is none. Of use for a few slots; a scan
    /// goes by blocks.
    package func vector(_ slot: Slot) throws(DatabaseError) -> UnsafeRawPointer? {
        // SAFETY: within a block whose size was checked; valid as long as the view.
        let row = Int(slot.rawValue) & (layout.rowsPerBlock - 1)
        let number = slot.rawValue >> UInt32(layout.rowShift)
        if let place = places?[number], place.isFull {
            return place.start + VectorBlock.headerBytes + row &* layout.stride
        }
        return try block(number)?.vector(row)
    }

    /// Calls `body` with each block in order of slots until it returns `false`.
    package func forEachBlock(
        from first: UInt32 = 0, _ body: (VectorBlock) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        let walk = try walk(from: first)
        while let block = try walk.next() {
            guard try body(block) else { return }
        }
    }

    /// The blocks in order of slots, one by one.
    package func walk(from first: UInt32 = 0) throws(DatabaseError) -> VectorBlockWalk {
        try VectorBlockWalk(self, from: first)
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

    fileprivate func verified(
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

/// The blocks of a column in order of slots, each read when it is asked for.
package final class VectorBlockWalk {
    private let column: VectorColumn
    private let cursor: KeyRangeCursor

    fileprivate init(_ column: VectorColumn, from first: UInt32) throws(DatabaseError) {
        self.column = column
        var range = KeyRange.prefix(StorageKey(.vectorBlock, column.table, column.column))
        range.lower = .vectorBlock(table: column.table, column: column.column, block: first)
        cursor = try KeyRangeCursor(column.view, range)
    }

    /// The next block, verified, valid as long as the view; `nil` at the end. Throws XX001 where it
    /// is damaged.
    package func next() throws(DatabaseError) -> VectorBlock? {
        guard try cursor.next() else { return nil }
        guard let number = KeyParts(cursor.key).number(at: 9) else {
            throw .corrupted("\(KeyParts(cursor.key).description) has a damaged key")
        }
        let name = VectorBlockName(table: column.table, column: column.column, block: number)
        return try column.verified(cursor.value, name)
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
