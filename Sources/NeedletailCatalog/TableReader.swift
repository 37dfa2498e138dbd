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
        RowReader(view: view, table: table, needed: needed)
    }

    /// Every record in slot order.
    package func records() throws(DatabaseError) -> RowCursor {
        try RowCursor(view, table: table.id)
    }

    /// The slot of the row with primary key `values`, which have the columns' types.
    package func slot(forKey values: [Value]) throws(DatabaseError) -> Slot? {
        let structure = KeyStructure(primaryKeyOf: table)
        let encoded = try KeyCoding.encode(values, structure.parts.map(\.column))
        return try slot(forEncodedKey: encoded)
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
            if let slot = try slot(forKey: range.prefix) { slots.append(slot) }
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
    package func encodedKey(at slot: Slot) throws(DatabaseError) -> [UInt8] {
        try encodedKey(KeyStructure(primaryKeyOf: table), at: slot)
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

    /// All blocks of the column at `position`, verified.
    package func vectorBlocks(_ position: Int) throws(DatabaseError) -> [VectorBlock] {
        try vectorColumn(position).blocks()
    }
}

/// Reads rows of a table, of which only certain columns are looked at; the others come as NULL.
package struct RowReader {
    private struct StoredColumn {
        let position: Int
        /// Place in the record.
        let field: Int
    }

    private struct VectorPlace {
        let position: Int
        let type: ValueType
        let column: VectorColumn
    }

    private let view: StorageView
    private let table: TableDefinition
    private let stored: [StoredColumn]
    private let vectors: [VectorPlace]

    init(view: StorageView, table: TableDefinition, needed: ColumnSelection) {
        self.view = view
        self.table = table
        var stored: [StoredColumn] = []
        var vectors: [VectorPlace] = []
        for position in needed.positions(below: table.columns.count) {
            let column = table.columns[position]
            if let layout = VectorLayout(column.type) {
                let blocks = view.vectorColumn(
                    table: table.id, column: UInt32(column.id), layout: layout)
                vectors.append(
                    VectorPlace(position: position, type: column.type, column: blocks))
            } else {
                stored.append(StoredColumn(position: position, field: Int(column.id)))
            }
        }
        self.stored = stored
        self.vectors = vectors
    }

    /// The row at `slot`. Errors: XX001 where it is missing or damaged.
    package func row(at slot: Slot) throws(DatabaseError) -> [Value] {
        var row = [Value](repeating: .null, count: table.columns.count)
        if !stored.isEmpty {
            guard let record = try view.row(table: table.id, slot: slot) else {
                throw DatabaseError(
                    .dataCorrupted,
                    "the row at slot \(slot.rawValue) of table \"\(table.name)\" is missing",
                    hint: "run CHECK, and restore from a backup")
            }
            try fill(&row, from: record)
        }
        try fillVectors(&row, at: slot)
        return row
    }

    /// The row of a record that is at hand.
    package func row(_ record: RecordView) throws(DatabaseError) -> [Value] {
        var row = [Value](repeating: .null, count: table.columns.count)
        try fill(&row, from: record)
        try fillVectors(&row, at: record.slot)
        return row
    }

    private func fill(
        _ row: inout [Value], from record: RecordView
    ) throws(DatabaseError) {
        for column in stored {
            row[column.position] = try record.value(column.field) ?? .null
        }
    }

    private func fillVectors(_ row: inout [Value], at slot: Slot) throws(DatabaseError) {
        for place in vectors {
            guard let bytes = try place.column.vector(slot) else { continue }
            row[place.position] = VectorBytes.value(bytes, type: place.type)
        }
    }
}
