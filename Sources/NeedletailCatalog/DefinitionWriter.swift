import NeedletailBitmap
package import NeedletailCore
import NeedletailStorage

/// Creates and drops tables and indexes. The caller has checked names and types.
package struct DefinitionWriter {
    let writer: StorageWriter

    init(_ writer: StorageWriter) { self.writer = writer }

    /// Stores a new table and its unique constraints; returns both with their numbers.
    package func createTable(
        _ definition: TableDefinition, uniques: [IndexDefinition]
    ) throws(DatabaseError) -> TableDefinition {
        var table = definition
        table.id = try nextIdentifier()
        try writer.putSealed(.tableDefinition(table.id), DefinitionCoding.encode(table))
        for unique in uniques {
            _ = try storeNew(unique, on: table)
        }
        try touch()
        return table
    }

    /// Removes a table with its indexes and rows.
    package func dropTable(
        _ table: TableDefinition, indexes: [IndexDefinition]
    ) throws(DatabaseError) {
        for index in indexes { try writer.deleteIndex(index.id) }
        try writer.deleteTable(table.id)
        try touch()
    }

    /// Removes all rows. Identity columns go on where they were.
    package func truncate(
        _ table: TableDefinition, indexes: [IndexDefinition]
    ) throws(DatabaseError) {
        var counters: [(column: UInt16, value: Int64)] = []
        for column in table.columns where column.identity != nil {
            if let value = try writer.view.counter(table: table.id, column: UInt32(column.id)) {
                counters.append((column.id, value))
            }
        }
        for index in indexes { try writer.deleteIndex(index.id) }
        try writer.deleteTable(table.id)
        try writer.putSealed(.tableDefinition(table.id), DefinitionCoding.encode(table))
        for index in indexes {
            try store(index)
            try putEmpty(index, on: table)
        }
        for counter in counters {
            try writer.setCounter(
                table: table.id, column: UInt32(counter.column), to: counter.value)
        }
        try touch()
    }

    /// Stores a new index and its entries for the rows that are there.
    ///
    /// Errors: 23505 where a unique index meets two rows with one key, and those of what it
    /// computes.
    ///
    /// - Parameter progress: called now and then with the rows done; may throw to stop.
    package func createIndex(
        _ definition: IndexDefinition, on table: TableDefinition,
        progress: (Int) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> IndexDefinition {
        let index = try storeNew(definition, on: table)
        if let postings = PostingWriter(writer, index: index, table: table) {
            try fill(postings, from: table, progress: progress)
            try touch()
            return index
        }
        let entries = OrderedIndexWriter(writer, index: index, table: table)
        let reader = TableReader(view: try writer.view, table: table)
        let slots = try reader.liveSlots()
        let rows = reader.rows(needed: ColumnSelection(entries.structure.columns))
        var done = 0
        for slot in slots.slots {
            let row = try rows.row(at: Slot(slot))
            let entry = try entries.entry(of: row)
            if index.isUnique, try entries.conflict(with: entry, except: nil) != nil {
                throw entries.violation(entry)
            }
            try entries.insert(Slot(slot), entry)
            done += 1
            if done % 1_024 == 0 { try progress(done) }
        }
        try touch()
        return index
    }

    private func fill(
        _ postings: PostingWriter, from table: TableDefinition,
        progress: (Int) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let reader = TableReader(view: try writer.view, table: table)
        let rows = reader.rows(needed: ColumnSelection(postings.columns))
        var done = 0
        for slot in try reader.liveSlots().slots {
            try postings.insert(
                Slot(slot), try postings.postings(of: try rows.row(at: Slot(slot))))
            done += 1
            if done % 1_024 == 0 { try progress(done) }
        }
    }

    /// Stores a new vector index. It is empty: searches compare every row until it is built.
    package func createVectorIndex(
        _ definition: IndexDefinition, on table: TableDefinition
    ) throws(DatabaseError) {
        try putEmpty(try storeNew(definition, on: table), on: table)
        try touch()
    }

    /// What a vector index is before it is built; nothing for others.
    private func putEmpty(
        _ index: IndexDefinition, on table: TableDefinition
    ) throws(DatabaseError) {
        switch index.method {
        case .hnsw: try putEmptyManifest(index)
        case .ivf:
            // Without rows there is nothing to build: the lists begin here.
            let rowCount = try writer.view.statistics(table: table.id).rowCount
            try ListDirectory.putEmpty(
                try ListIndex(index, of: table), isBuilt: rowCount == 0, writer)
        case .ordered, .bitmap, .gin: break
        }
    }

    /// An index of no segments, which holds back slots that are freed from now on.
    private func putEmptyManifest(_ index: IndexDefinition) throws(DatabaseError) {
        try writer.putManifest(
            table: index.tableID,
            IndexManifest(
                index: index.id, coveredSequence: writer.sequence, tailStart: Slot(0),
                segments: []))
    }

    package func dropIndex(_ index: IndexDefinition) throws(DatabaseError) {
        try writer.deleteIndex(index.id)
        try writer.delete(.indexDefinition(table: index.tableID, index: index.id))
        try writer.delete(.indexManifest(table: index.tableID, index: index.id))
        try touch()
    }

    /// Stores a definition under a new number; returns it as it is stored.
    private func storeNew(
        _ definition: IndexDefinition, on table: TableDefinition
    ) throws(DatabaseError) -> IndexDefinition {
        var index = definition
        index.id = try nextIdentifier()
        index.tableID = table.id
        try store(index)
        return index
    }

    private func store(_ index: IndexDefinition) throws(DatabaseError) {
        try writer.putSealed(
            .indexDefinition(table: index.tableID, index: index.id),
            DefinitionCoding.encode(index))
    }

    private func nextIdentifier() throws(DatabaseError) -> UInt32 {
        let key = StorageKey.meta(.lastIdentifier)
        var last: UInt32 = 0
        if let payload = try writer.view.sealed(key), payload.count == 4 {
            last = UInt32(littleEndian: payload.loadUnaligned(as: UInt32.self))
        }
        guard last < .max else {
            throw DatabaseError(.programLimit, "all 4,294,967,295 definition numbers are used")
        }
        let next = last + 1
        // SAFETY: the bytes are read before the call returns.
        try withUnsafeBytes(of: next.littleEndian) { (bytes) throws(DatabaseError) in
            try writer.putSealed(key, bytes)
        }
        return next
    }

    /// Gives the catalogue another version: what was planned by the old one is planned anew.
    func touch() throws(DatabaseError) {
        let version = UInt64.random(in: 1...UInt64.max)
        // SAFETY: the bytes are read before the call returns.
        try withUnsafeBytes(of: version.littleEndian) { (bytes) throws(DatabaseError) in
            try writer.putSealed(.meta(.catalog), bytes)
        }
    }
}
