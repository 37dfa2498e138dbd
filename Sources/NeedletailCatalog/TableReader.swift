package import NeedletailBitmap
package import NeedletailCore
package import NeedletailStorage

/// Reads one table through one view.
package struct TableReader {
    package let view: StorageView
    package let table: TableDefinition

    init(view: StorageView, table: TableDefinition) {
        self.view = view
        self.table = table
    }

    package func rowCount() throws(DatabaseError) -> Int {
        try view.statistics(table: table.id).rowCount
    }

    /// The slots that hold a row.
    package func liveSlots() throws(DatabaseError) -> SlotBitmap {
        try view.liveSlots(table: table.id)
    }

    /// Reads rows, of which only `needed` columns are looked at.
    package func rows(needed: ColumnSelection) -> RowReader {
        RowReader(view: view, layout: RowLayout(table, needed: needed))
    }

    /// Every record in slot order.
    package func records() throws(DatabaseError) -> RecordCursor {
        try RecordCursor(view, table: table.id)
    }

    /// The slot of the row whose primary key, `structure`, has the given values. They have the
    /// types of its parts.
    package func slot(
        forKey values: [Value], of structure: KeyStructure
    ) throws(DatabaseError) -> Slot? {
        try slot(forEncodedKey: try structure.encoded(key: values))
    }

    func slot(forEncodedKey encoded: [UInt8]) throws(DatabaseError) -> Slot? {
        try view.slot(.primaryKey(table: table.id, encoded: BoundedKey(encoded).bytes))
    }

    /// The slots that `ranges` name one by one, or `nil` where a range is not one whole key.
    package func exactSlots(
        _ structure: KeyStructure, _ ranges: [ValueRange]
    ) throws(DatabaseError) -> [Slot]? {
        guard case .primaryKey = structure.kind,
            ranges.allSatisfy({
                $0.prefix.count == structure.parts.count && $0.lower == nil && $0.upper == nil
            })
        else { return nil }
        var slots: [Slot] = []
        for range in ranges {
            if let slot = try slot(forKey: range.prefix, of: structure) { slots.append(slot) }
        }
        return slots
    }

    /// The slots of all entries in `ranges`, which ascend and do not overlap.
    package func cursor(
        _ structure: KeyStructure, _ ranges: [ValueRange], descending: Bool
    ) throws(DatabaseError) -> KeyedSlotCursor {
        try KeyedSlotCursor(
            reader: self, structure: structure,
            ranges: try ranges.map { range throws(DatabaseError) in
                try structure.keys(of: range)
            }, descending: descending)
    }

    /// The primary key of a row as bytes in its order.
    package func encodedKey(
        _ key: PrimaryKeyLayout, at slot: Slot
    ) throws(DatabaseError) -> [UInt8] {
        try key.structure.encoded(RowReader(view: view, layout: key.layout).row(at: slot))
    }

    /// The primary key as bytes in its order, of a row that has at least its columns.
    package func encodedKey(
        _ key: PrimaryKeyLayout, of row: [Value]
    ) throws(DatabaseError) -> [UInt8] {
        try key.structure.encoded(row)
    }

    func encodedKey(
        _ structure: KeyStructure, at slot: Slot
    ) throws(DatabaseError) -> [UInt8] {
        try structure.encoded(try rows(needed: ColumnSelection(structure.columns)).row(at: slot))
    }

    /// The vectors of the column at `position`.
    package func vectorColumn(_ position: Int) throws(DatabaseError) -> VectorColumn {
        let column = table.columns[position]
        guard let layout = VectorLayout(column.type) else {
            throw DatabaseError(
                .internalError, "column \"\(column.name)\" is not stored in vector blocks")
        }
        return view.vectorColumn(table: table.id, column: UInt32(column.id), layout: layout)
    }
}
