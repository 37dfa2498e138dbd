import NeedletailCore
import NeedletailStorage

/// Writes the postings of one bitmap index.
struct PostingWriter {
    let index: IndexDefinition
    private let terms: PostingTerms
    private let writer: StorageWriter

    /// `nil` where `index` is not kept in postings.
    init?(_ writer: StorageWriter, index: IndexDefinition, table: TableDefinition) {
        guard let terms = PostingTerms(index, of: table) else { return nil }
        self.writer = writer
        self.index = index
        self.terms = terms
    }

    /// The columns of a row that decide its postings.
    var columns: Set<Int> { [terms.position] }

    func insert(_ slot: Slot, row: [Value]) throws(DatabaseError) {
        for posting in try terms.postings(row) { try set(posting, slot, isIn: true) }
    }

    func delete(_ slot: Slot, row: [Value]) throws(DatabaseError) {
        for posting in try terms.postings(row) { try set(posting, slot, isIn: false) }
    }

    /// Files a row that stays in its slot under other values.
    func move(_ slot: Slot, from old: [Value], to new: [Value]) throws(DatabaseError) {
        let left = try terms.postings(old)
        let right = try terms.postings(new)
        for posting in left.subtracting(right) { try set(posting, slot, isIn: false) }
        for posting in right.subtracting(left) { try set(posting, slot, isIn: true) }
    }

    private func set(
        _ posting: BoundedKey, _ slot: Slot, isIn: Bool
    ) throws(DatabaseError) {
        try writer.setPosting(index: index.id, posting: posting.bytes, slot: slot, isIn: isIn)
    }
}
