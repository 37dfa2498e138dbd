package import NeedletailCore
import NeedletailStorage

/// Writes rows of one table with everything that belongs to them: record, key, index entries,
/// vectors, live bit and change log.
///
/// What could refuse a row is looked at before anything is written, so that a refused row leaves no
/// trace and the next may follow.
package final class TableWriter {
    /// Which rows are in each other's way.
    package enum Uniqueness: Sendable {
        case primaryKey
        case index(UInt32)
        /// The primary key or any unique index.
        case any
    }

    package let indexes: [IndexDefinition]
    /// Columns whose old values must be known to change or delete a row.
    package let keyColumns: Set<Int>
    private let writer: StorageWriter
    private let table: TableDefinition
    private let key: KeyStructure
    private let entries: [OrderedIndexWriter]
    private let postings: [PostingWriter]
    private let vectors: [(position: Int, column: VectorBlockWriter)]
    /// Indexes of lists, each with the position of its column.
    private let lists: [(position: Int, changes: InvertedListWriter)]
    /// Columns whose change moves a row: vectors, and what the segments of vector indexes hold.
    private let movingColumns: Set<Int>
    /// Places in the record by position in the row; `nil` for vectors.
    private let fields: [Int?]
    private let fieldCount: Int
    private var identities: [Int: IdentityCounter] = [:]
    private static let schemaVersion: UInt32 = 1

    init(
        _ writer: StorageWriter, table: TableDefinition, indexes: [IndexDefinition]
    ) throws(DatabaseError) {
        self.writer = writer
        self.table = table
        self.indexes = indexes
        let key = KeyStructure(primaryKeyOf: table)
        let entries = indexes.filter { $0.method == .ordered }
            .map { OrderedIndexWriter(writer, index: $0, table: table) }
        self.key = key
        self.entries = entries
        let postings = indexes.compactMap { PostingWriter(writer, index: $0, table: table) }
        self.postings = postings
        keyColumns = postings.reduce(
            into: entries.reduce(into: key.columns) { $0.formUnion($1.structure.columns) }
        ) { $0.formUnion($1.columns) }
        var vectors: [(position: Int, column: VectorBlockWriter)] = []
        for (position, column) in table.columns.enumerated() {
            guard let layout = VectorLayout(column.type) else { continue }
            vectors.append(
                (
                    position,
                    writer.vectorColumn(
                        table: table.id, column: UInt32(column.id), layout: layout)
                ))
        }
        self.vectors = vectors
        var lists: [(position: Int, changes: InvertedListWriter)] = []
        for index in indexes where index.method == .ivf {
            let list = try ListIndex(index, of: table)
            let changes = try writer.pendingChanges(index: index.id) { InvertedListWriter(list) }
            lists.append((list.column, changes))
        }
        self.lists = lists
        let included = indexes.flatMap { $0.vector?.include ?? [] }
        // Segments keep the columns of the primary key too.
        let keys = indexes.contains { $0.method == .hnsw } ? table.primaryKey : []
        movingColumns = Set(vectors.map(\.position)).union(keys).union(
            table.columns.indices.filter { included.contains(table.columns[$0].id) })
        fields = table.columns.map { $0.type.isVector ? nil : Int($0.id) }
        fieldCount = (table.columns.map { Int($0.id) }.max() ?? -1) + 1
    }

    // MARK: Rows

    /// Stores a row: one value of the right type for each column.
    ///
    /// Errors: 23505 where a key is taken, 22000 where a vector does not fit its column, and those
    /// of what indexes compute.
    package func insert(_ row: [Value]) throws(DatabaseError) -> Slot {
        let encoded = try key.encoded(row)
        let filed = try filing(of: row)
        try requireFree(encoded, row: row, filed, except: nil)
        for (position, _) in vectors where !row[position].isNull {
            try VectorBytes.withBytes(of: row[position], column: table.columns[position]) {
                _ throws(DatabaseError) in
            }
        }
        return try place(row, encoded: encoded, filed)
    }

    /// The row that stands in the way of `row`, if there is one.
    package func conflict(
        with row: [Value], on uniqueness: Uniqueness
    ) throws(DatabaseError) -> Slot? {
        if case .index = uniqueness {
        } else if !key.parts.isEmpty {
            if let slot = try slot(forKey: try key.encoded(row)) { return slot }
        }
        if case .primaryKey = uniqueness { return nil }
        for entry in entries where entry.index.isUnique {
            if case .index(let wanted) = uniqueness, wanted != entry.index.id { continue }
            if let slot = try entry.conflict(with: try entry.entry(of: row), except: nil) {
                return slot
            }
        }
        return nil
    }

    /// Replaces the row at `slot`.
    ///
    /// A row whose vector is assigned to moves to another slot, and so does one of whose columns a
    /// vector index includes, or whose key changes where there is a vector index: what a segment
    /// holds of a slot is then right for as long as the slot lives, whoever looks and at which
    /// snapshot, and the row as it is now is in the tail.
    ///
    /// - Parameters:
    ///   - old: the stored row; only columns of keys need to be there.
    ///   - new: the whole row, but for vectors that do not change and that no key reads.
    ///   - changed: positions of the columns that were assigned to.
    /// - Returns: where the row is now.
    package func update(
        _ slot: Slot, from old: [Value], to new: [Value], changed: Set<Int>
    ) throws(DatabaseError) -> Slot {
        let oldKey = try key.encoded(old)
        let newKey = try key.encoded(new)
        guard !changed.isDisjoint(with: movingColumns) else {
            return try change(slot, from: old, oldKey, to: new, newKey, changed: changed)
        }
        let filed = try filing(of: new)
        if !changed.isDisjoint(with: keyColumns) {
            try requireFree(newKey, row: new, filed, except: slot)
        }
        var row = new
        for (position, column) in vectors where !changed.contains(position) {
            let kept = try column.vector(slot)
            row[position] =
                kept.map { VectorBytes.value($0, type: table.columns[position].type) } ?? .null
        }
        for (position, _) in vectors where !row[position].isNull {
            try VectorBytes.withBytes(of: row[position], column: table.columns[position]) {
                _ throws(DatabaseError) in
            }
        }
        try delete(slot, row: old)
        return try place(row, encoded: newKey, filed)
    }

    /// Changes a row that stays in its slot. Indexes that read no changed column are left alone.
    private func change(
        _ slot: Slot, from old: [Value], _ oldKey: [UInt8], to new: [Value], _ newKey: [UInt8],
        changed: Set<Int>
    ) throws(DatabaseError) -> Slot {
        typealias Entry = OrderedIndexWriter.Entry
        var moves: [(writer: OrderedIndexWriter, from: Entry, to: Entry)] = []
        for entry in entries where !changed.isDisjoint(with: entry.structure.columns) {
            let (left, right) = (try entry.entry(of: old), try entry.entry(of: new))
            if left != right { moves.append((entry, left, right)) }
        }
        var refilings: [(writer: PostingWriter, from: Set<BoundedKey>, to: Set<BoundedKey>)] = []
        for posting in postings where !changed.isDisjoint(with: posting.columns) {
            let (left, right) = (try posting.postings(of: old), try posting.postings(of: new))
            refilings.append((posting, left.subtracting(right), right.subtracting(left)))
        }
        if oldKey != newKey { try requireFree(newKey, row: new, except: slot) }
        for move in moves where move.writer.index.isUnique {
            try requireFree(move.to, of: move.writer, except: slot)
        }
        try putRecord(new, at: slot)
        if oldKey != newKey { try moveKey(from: oldKey, to: newKey, slot: slot) }
        for move in moves {
            try move.writer.delete(slot, move.from)
            try move.writer.insert(slot, move.to)
        }
        for refiling in refilings {
            try refiling.writer.delete(slot, refiling.from)
            try refiling.writer.insert(slot, refiling.to)
        }
        writer.logUpdate(table: table.id, slot: slot)
        return slot
    }

    /// Removes the row at `slot`, of which the columns of keys are given.
    package func delete(_ slot: Slot, row: [Value]) throws(DatabaseError) {
        let filed = try filing(of: row)
        if !key.parts.isEmpty { try writer.delete(keyEntry(try key.encoded(row))) }
        for (entry, key) in zip(entries, filed.keys) { try entry.delete(slot, key) }
        for (posting, terms) in zip(postings, filed.postings) { try posting.delete(slot, terms) }
        guard try writer.deleteRow(table: table.id, slot: slot) else {
            throw DatabaseError(
                .dataCorrupted,
                "the row at slot \(slot.rawValue) of table \"\(table.name)\" is missing")
        }
        for list in lists { try list.changes.delete(slot, writer) }
        try writer.markDead(table: table.id, slot: slot)
    }

    private func place(
        _ row: [Value], encoded: [UInt8], _ filed: Filing
    ) throws(DatabaseError) -> Slot {
        let slot = try writer.allocateSlot(table: table.id)
        try putRecord(row, at: slot)
        if !key.parts.isEmpty { try writer.putSlot(keyEntry(encoded), slot) }
        for (entry, key) in zip(entries, filed.keys) { try entry.insert(slot, key) }
        for (posting, terms) in zip(postings, filed.postings) { try posting.insert(slot, terms) }
        for (position, column) in vectors {
            if row[position].isNull {
                try column.clear(slot)
            } else {
                try VectorBytes.withBytes(of: row[position], column: table.columns[position]) {
                    bytes throws(DatabaseError) in
                    try column.set(slot, bytes)
                }
            }
        }
        for list in lists where !row[list.position].isNull {
            try list.changes.insert(slot, writer)
        }
        try writer.markLive(table: table.id, slot: slot)
        return slot
    }

    /// What a row is filed under in each index, in their order.
    private struct Filing {
        var keys: [OrderedIndexWriter.Entry] = []
        var postings: [Set<BoundedKey>] = []
    }

    /// Errors: those of what indexes compute.
    private func filing(of row: [Value]) throws(DatabaseError) -> Filing {
        var filed = Filing()
        filed.keys.reserveCapacity(entries.count)
        for entry in entries { filed.keys.append(try entry.entry(of: row)) }
        for posting in postings { filed.postings.append(try posting.postings(of: row)) }
        return filed
    }

    private func putRecord(_ row: [Value], at slot: Slot) throws(DatabaseError) {
        var values = [Value](repeating: .null, count: fieldCount)
        for (position, field) in fields.enumerated() {
            if let field { values[field] = row[position] }
        }
        try writer.putRow(
            table: table.id, slot: slot, schemaVersion: Self.schemaVersion, values)
    }

    // MARK: Keys

    private func keyEntry(_ encoded: [UInt8]) -> StorageKey {
        .primaryKey(table: table.id, encoded: BoundedKey(encoded).bytes)
    }

    private func slot(forKey encoded: [UInt8]) throws(DatabaseError) -> Slot? {
        let view = try writer.unflushedView
        guard let slot = try view.slot(keyEntry(encoded)) else { return nil }
        guard encoded.count >= BoundedKey.byteCount else { return slot }
        // A cut key was found by its hash, so the row itself decides.
        let found = try TableReader(view: view, table: table).encodedKey(key, at: slot)
        guard found == encoded else {
            throw DatabaseError(
                .programLimit, "two primary keys of table \"\(table.name)\" have one hash",
                hint: "use keys of less than \(BoundedKey.prefixBytes) bytes")
        }
        return slot
    }

    private func requireFree(
        _ encoded: [UInt8], row: [Value], _ filed: Filing, except own: Slot?
    ) throws(DatabaseError) {
        try requireFree(encoded, row: row, except: own)
        for (writer, entry) in zip(entries, filed.keys) where writer.index.isUnique {
            try requireFree(entry, of: writer, except: own)
        }
    }

    private func requireFree(
        _ encoded: [UInt8], row: [Value], except own: Slot?
    ) throws(DatabaseError) {
        guard !key.parts.isEmpty, let taken = try slot(forKey: encoded), taken != own else {
            return
        }
        throw UniqueViolation.error(
            key, try key.values(in: row), constraint: "\(table.name)_pkey", table: table)
    }

    private func requireFree(
        _ entry: OrderedIndexWriter.Entry, of writer: OrderedIndexWriter, except own: Slot?
    ) throws(DatabaseError) {
        if try writer.conflict(with: entry, except: own) != nil { throw writer.violation(entry) }
    }

    private func moveKey(
        from old: [UInt8], to new: [UInt8], slot: Slot
    ) throws(DatabaseError) {
        try writer.delete(keyEntry(old))
        try writer.putSlot(keyEntry(new), slot)
    }

    // MARK: Identity columns

    /// The next number of an identity column.
    package func nextIdentity(column position: Int) throws(DatabaseError) -> Int64 {
        let counter = try counter(position)
        let (next, overflow) = counter.last.addingReportingOverflow(1)
        guard !overflow else {
            throw DatabaseError(
                .numericOutOfRange,
                "the identity column \"\(table.columns[position].name)\" has no number left")
        }
        counter.last = next
        return next
    }

    /// Takes note of a number that was given by the user, so that it is not drawn again.
    package func noteIdentity(column position: Int, _ given: Int64) throws(DatabaseError) {
        let counter = try counter(position)
        counter.last = max(counter.last, given)
    }

    private func counter(_ position: Int) throws(DatabaseError) -> IdentityCounter {
        if let known = identities[position] { return known }
        let stored = try writer.unflushedView.counter(
            table: table.id, column: UInt32(table.columns[position].id))
        let made = IdentityCounter(last: stored ?? 0)
        identities[position] = made
        return made
    }

    /// Hands the identity counters to the transaction.
    package func flush() throws(DatabaseError) {
        for (position, counter) in identities where counter.last != counter.stored {
            try writer.setCounter(
                table: table.id, column: UInt32(table.columns[position].id), to: counter.last)
            counter.stored = counter.last
        }
    }
}

/// The last number an identity column was given.
private final class IdentityCounter {
    var last: Int64
    var stored: Int64

    init(last: Int64) {
        self.last = last
        stored = last
    }
}
