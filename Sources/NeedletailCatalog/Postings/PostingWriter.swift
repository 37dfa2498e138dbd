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
    var columns: Set<Int> { terms.columns }

    /// What a row is filed under. Errors: those of an expression of the key.
    func postings(of row: [Value]) throws(DatabaseError) -> Set<BoundedKey> {
        try terms.postings(row)
    }

    func insert(_ slot: Slot, _ postings: Set<BoundedKey>) throws(DatabaseError) {
        for posting in postings { try set(posting, slot, isIn: true) }
    }

    func delete(_ slot: Slot, _ postings: Set<BoundedKey>) throws(DatabaseError) {
        for posting in postings { try set(posting, slot, isIn: false) }
    }

    private func set(
        _ posting: BoundedKey, _ slot: Slot, isIn: Bool
    ) throws(DatabaseError) {
        try writer.setPosting(index: index.id, posting: posting.bytes, slot: slot, isIn: isIn)
    }
}
