package import NeedletailCore

/// Writes the vectors of one column. What it writes is buffered by block until the writer's ``
/// StorageWriter/view`` is asked for or the transaction commits, so that many rows cost one
/// rewriting of their block.
package struct VectorBlockWriter {
    private let writer: StorageWriter
    private let table: UInt32
    private let column: UInt32
    package let layout: VectorLayout

    init(_ writer: StorageWriter, _ table: UInt32, _ column: UInt32, _ layout: VectorLayout) {
        self.writer = writer
        self.table = table
        self.column = column
        self.layout = layout
    }

    /// Puts `vector`, of `layout.stride` bytes, at `slot`.
    package func set(
        _ slot: Slot, _ vector: UnsafeRawBufferPointer
    ) throws(DatabaseError) {
        // SAFETY: copied into the block's buffer during the call, after a check of the size.
        try setMany(from: slot, vector)
    }

    /// Puts consecutive vectors, of `layout.stride` bytes each, at `first` and the slots after it.
    package func setMany(
        from first: Slot, _ vectors: UnsafeRawBufferPointer
    ) throws(DatabaseError) {
        precondition(
            !vectors.isEmpty && vectors.count % layout.stride == 0,
            "Vectors must have the byte count of their column.")
        var rest = vectors
        var slot = first.rawValue
        while !rest.isEmpty {
            let row = row(slot)
            let count = min(rest.count / layout.stride, layout.rowsPerBlock - row)
            let bytes = count * layout.stride
            try block(slot).set(row, UnsafeRawBufferPointer(rebasing: rest[..<bytes]))
            rest = UnsafeRawBufferPointer(rebasing: rest[bytes...])
            slot += UInt32(count)
        }
    }

    /// Makes `slot` hold no vector: NULL, or nothing.
    package func clear(_ slot: Slot) throws(DatabaseError) {
        try block(slot.rawValue).clear(row(slot.rawValue))
    }

    /// The vector at `slot` as this transaction has it, or `nil` where there is none. In place, and
    /// valid until the next write.
    package func vector(_ slot: Slot) throws(DatabaseError) -> UnsafeRawPointer? {
        let name = VectorBlockName(
            table: table, column: column, block: slot.rawValue >> UInt32(layout.rowShift))
        if let dirty = writer.vectorBuffer.known(name) { return dirty.vector(row(slot.rawValue)) }
        return try writer.unflushedView.vectorColumn(table: table, column: column, layout: layout)
            .vector(slot)
    }

    private func row(_ slot: UInt32) -> Int { Int(slot) & (layout.rowsPerBlock - 1) }

    private func block(_ slot: UInt32) throws(DatabaseError) -> DirtyBlock {
        let name = VectorBlockName(
            table: table, column: column, block: slot >> UInt32(layout.rowShift))
        return try writer.vectorBuffer.block(name, layout, writer)
    }
}

extension StorageWriter {
    /// Writes to a vector column. `layout` must be that of the column's type.
    package func vectorColumn(
        table: UInt32, column: UInt32, layout: VectorLayout
    ) -> VectorBlockWriter {
        VectorBlockWriter(self, table, column, layout)
    }

    /// Removes every vector of a column.
    package func deleteVectorColumn(table: UInt32, column: UInt32) throws(DatabaseError) {
        vectorBuffer.discard(table: table, column: column)
        try delete(prefix: StorageKey(.vectorBlock, table, column))
    }
}
