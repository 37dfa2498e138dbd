import NeedletailCore
import NeedletailStorage
import NeedletailText

/// Writes the entries of one ordered index. Must not be made for an index of another method.
struct OrderedIndexWriter {
    let index: IndexDefinition
    let structure: KeyStructure
    private let writer: StorageWriter
    private let table: TableDefinition

    init(_ writer: StorageWriter, index: IndexDefinition, table: TableDefinition) {
        self.writer = writer
        self.index = index
        self.table = table
        structure = KeyStructure(index, of: table)
    }

    func insert(_ slot: Slot, row: [Value]) throws(DatabaseError) {
        try writer.putSealed(entry(slot, row), [])
    }

    func delete(_ slot: Slot, row: [Value]) throws(DatabaseError) {
        try writer.delete(entry(slot, row))
    }

    /// Another row than `own` with the same key. A key with a NULL in it is never in the way.
    func conflict(with row: [Value], except own: Slot?) throws(DatabaseError) -> Slot? {
        let values = structure.values(in: row)
        guard !values.contains(where: \.isNull) else { return nil }
        let reader = TableReader(view: try writer.unflushedView, table: table)
        let encoded = try structure.encoded(row)
        let cursor = try reader.cursor(structure, [ValueRange(prefix: values)], descending: false)
        while let slot = try cursor.next() {
            guard slot != own else { continue }
            // Keys that were cut only begin alike.
            if encoded.count < BoundedKey.prefixBytes { return slot }
            if try reader.encodedKey(structure, at: slot) == encoded { return slot }
        }
        return nil
    }

    private func entry(_ slot: Slot, _ row: [Value]) throws(DatabaseError) -> StorageKey {
        .orderedIndex(
            index: index.id, encoded: BoundedKey(try structure.encoded(row)).bytes, slot: slot)
    }
}

/// 23505 with the key in words.
enum UniqueViolation {
    static func error(
        _ structure: KeyStructure, row: [Value], constraint: String, table: TableDefinition
    ) -> DatabaseError {
        let names = structure.parts.map { table.columns[$0.position].name }
        let values = structure.values(in: row).map { value in
            let text = ValueText.text(of: value)
            return text.utf8.count > 100 ? "\(text.prefix(100))…" : text
        }
        return DatabaseError(
            .uniqueViolation,
            "a row with (\(names.joined(separator: ", "))) = (\(values.joined(separator: ", "))) "
                + "is in table \"\(table.name)\" already (\(constraint))",
            hint: "use UPSERT, or ON CONFLICT, to change the row that is there")
    }
}
