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

    /// What a row is filed under.
    struct Entry: Equatable {
        fileprivate let values: [Value]
        /// Not yet made short enough for the store.
        fileprivate let encoded: [UInt8]

        static func == (left: Entry, right: Entry) -> Bool { left.encoded == right.encoded }
    }

    /// Errors: those of an expression of the key.
    func entry(of row: [Value]) throws(DatabaseError) -> Entry {
        let values = try structure.values(in: row)
        return Entry(values: values, encoded: try structure.encoded(key: values))
    }

    func insert(_ slot: Slot, _ entry: Entry) throws(DatabaseError) {
        try writer.putSealed(key(slot, entry), [])
    }

    func delete(_ slot: Slot, _ entry: Entry) throws(DatabaseError) {
        try writer.delete(key(slot, entry))
    }

    /// Another row than `own` with the same key. A key with a NULL in it is never in the way.
    func conflict(with entry: Entry, except own: Slot?) throws(DatabaseError) -> Slot? {
        guard !entry.values.contains(where: \.isNull) else { return nil }
        let reader = TableReader(view: try writer.unflushedView, table: table)
        let cursor = try reader.cursor(
            structure, [ValueRange(prefix: entry.values)], descending: false)
        while let slot = try cursor.next() {
            guard slot != own else { continue }
            // Keys that were cut only begin alike.
            if entry.encoded.count < BoundedKey.prefixBytes { return slot }
            if try reader.encodedKey(structure, at: slot) == entry.encoded { return slot }
        }
        return nil
    }

    /// 23505 about `entry`.
    func violation(_ entry: Entry) -> DatabaseError {
        UniqueViolation.error(structure, entry.values, constraint: index.name, table: table)
    }

    private func key(_ slot: Slot, _ entry: Entry) -> StorageKey {
        .orderedIndex(index: index.id, encoded: BoundedKey(entry.encoded).bytes, slot: slot)
    }
}

/// 23505 with the key in words.
enum UniqueViolation {
    static func error(
        _ structure: KeyStructure, _ values: [Value], constraint: String, table: TableDefinition
    ) -> DatabaseError {
        let names = structure.parts.map { $0.source.name(in: table) }
        let values = values.map { value in
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
