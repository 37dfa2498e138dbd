package import NeedletailCore
package import NeedletailStorage

/// Where the wanted columns of a table's rows are stored.
package final class RowLayout: Sendable {
    struct StoredColumn: Sendable {
        let position: Int
        /// Place in the record.
        let field: Int
    }

    struct StoredVector: Sendable {
        let position: Int
        let type: ValueType
        let columnID: UInt32
        let layout: VectorLayout
    }

    let tableID: UInt32
    let tableName: String
    let stored: [StoredColumn]
    let vectors: [StoredVector]
    private let columnCount: Int

    package init(_ table: TableDefinition, needed: ColumnSelection) {
        tableID = table.id
        tableName = table.name
        columnCount = table.columns.count
        var stored: [StoredColumn] = []
        var vectors: [StoredVector] = []
        for position in needed.positions(below: table.columns.count) {
            let column = table.columns[position]
            if let layout = VectorLayout(column.type) {
                vectors.append(
                    StoredVector(
                        position: position, type: column.type, columnID: UInt32(column.id),
                        layout: layout))
            } else {
                stored.append(StoredColumn(position: position, field: Int(column.id)))
            }
        }
        self.stored = stored
        self.vectors = vectors
    }

    /// A row of NULLs, with room for the two columns that a search appends.
    package func emptyRow() -> [Value] {
        var row: [Value] = []
        row.reserveCapacity(columnCount + 2)
        for _ in 0..<columnCount { row.append(.null) }
        return row
    }
}

/// Where the primary key of a table's rows is stored, and how it is written.
package struct PrimaryKeyLayout: Sendable {
    let structure: KeyStructure
    let layout: RowLayout

    /// `nil` where the table has none.
    package init?(_ table: TableDefinition) {
        guard !table.primaryKey.isEmpty else { return nil }
        structure = KeyStructure(primaryKeyOf: table)
        layout = RowLayout(table, needed: ColumnSelection(structure.columns))
    }
}

/// Reads rows of a table, of which only certain columns are looked at; the others come as NULL.
package struct RowReader {
    private struct VectorPlace {
        let position: Int
        let type: ValueType
        let column: VectorColumn
    }

    private let view: StorageView
    private let layout: RowLayout
    private let vectors: [VectorPlace]

    package init(view: StorageView, layout: RowLayout) {
        self.view = view
        self.layout = layout
        vectors = layout.vectors.map { vector in
            VectorPlace(
                position: vector.position, type: vector.type,
                column: view.vectorColumn(
                    table: layout.tableID, column: vector.columnID, layout: vector.layout))
        }
    }

    /// The row at `slot`. Errors: XX001 where it is missing or damaged.
    package func row(at slot: Slot) throws(DatabaseError) -> [Value] {
        var row = layout.emptyRow()
        try read(slot, into: &row)
        return row
    }

    /// Puts the wanted columns of the row at `slot` into `row`, which an earlier call filled, or
    /// ``row(at:)``. Errors: XX001 where the row is missing or damaged.
    package func read(_ slot: Slot, into row: inout [Value]) throws(DatabaseError) {
        if !layout.stored.isEmpty {
            guard let record = try view.row(table: layout.tableID, slot: slot) else {
                throw DatabaseError(
                    .dataCorrupted,
                    "the row at slot \(slot.rawValue) of table \"\(layout.tableName)\" is missing",
                    hint: "run CHECK, and restore from a backup")
            }
            try fill(&row, from: record)
        }
        try fillVectors(&row, at: slot)
    }

    /// The row of a record that is at hand.
    package func row(_ record: RecordView) throws(DatabaseError) -> [Value] {
        var row = layout.emptyRow()
        try fill(&row, from: record)
        try fillVectors(&row, at: record.slot)
        return row
    }

    private func fill(
        _ row: inout [Value], from record: RecordView
    ) throws(DatabaseError) {
        for column in layout.stored {
            row[column.position] = try record.value(column.field) ?? .null
        }
    }

    private func fillVectors(_ row: inout [Value], at slot: Slot) throws(DatabaseError) {
        for place in vectors {
            let bytes = try place.column.vector(slot)
            row[place.position] = bytes.map { VectorBytes.value($0, type: place.type) } ?? .null
        }
    }
}
