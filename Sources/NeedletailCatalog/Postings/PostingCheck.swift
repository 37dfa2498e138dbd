import NeedletailBitmap
import NeedletailCore
import NeedletailStorage

/// Holds rows against the postings of one index, both ways: every row is where it belongs, and the
/// postings have as many slots as the rows have values.
final class PostingCheck {
    let name: String
    private let index: IndexDefinition
    private let terms: PostingTerms
    private let view: StorageView
    private var known: [BoundedKey: SlotBitmap] = [:]
    private var expected = 0

    /// Postings held in memory at once.
    private static let knownMax = 1_024

    /// `nil` where `index` is not kept in postings.
    init?(_ index: IndexDefinition, _ reader: TableReader) {
        guard let terms = PostingTerms(index, of: reader.table) else { return nil }
        self.index = index
        self.terms = terms
        view = reader.view
        name = "index \"\(index.name)\""
    }

    var columns: Set<Int> { terms.columns }

    /// Whether `row` is in every posting it belongs to.
    func hasEntries(_ row: [Value], slot: Slot) throws(DatabaseError) -> Bool {
        let postings = try terms.postings(row)
        expected += postings.count
        for posting in postings {
            if known[posting] == nil {
                if known.count >= Self.knownMax { known = [:] }
                known[posting] = try view.posting(index: index.id, encoded: posting.bytes)
            }
            guard known[posting]?.contains(slot.rawValue) == true else { return false }
        }
        return true
    }

    /// What is wrong with the whole, once all rows were looked at.
    func finish() throws(DatabaseError) -> String? {
        known = [:]
        var stored = 0
        var words: [UInt64] = []
        let all = KeyRange.prefix(StorageKey(.postingBitmap, index.id))
        try view.forEachPosting(all) { chunk throws(DatabaseError) in
            words.removeAll(keepingCapacity: true)
            try chunk.addFromStart(to: &words)
            stored += words.reduce(0) { $0 + $1.nonzeroBitCount }
            return true
        }
        guard stored != expected else { return nil }
        return "\(name) has \(stored) entries where the rows have \(expected)"
    }
}
