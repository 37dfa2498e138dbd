import NeedletailCatalog
import NeedletailCore

/// What `SHOW INDEXES` says of bitmap indexes.
extension Inspection {
    /// Records of an index beyond which it is not measured.
    private static let recordsMax = 100_000

    /// The columns that say how an index is kept.
    func structure(
        of index: IndexDefinition, _ table: TableDefinition, rowCount: Int64
    ) throws(DatabaseError) -> [Value] {
        if let postings = try postings(of: index, table) { return postings }
        return try segments(of: index, rowCount: rowCount)
    }

    /// Of a bitmap index: bytes and the number of postings, each unless it is large; in the
    /// columns of a vector index's segments. `nil` for others.
    private func postings(
        of index: IndexDefinition, _ table: TableDefinition
    ) throws(DatabaseError) -> [Value]? {
        let view = try scope.view
        guard let reader = PostingReader(view: view, index: index, table: table) else {
            return nil
        }
        let size = try reader.size(atMost: Self.recordsMax)
        let count = try reader.postingCount(atMost: Self.recordsMax)
        let words = count.map { $0 == 1 ? "1 posting" : "\($0) postings" }
        return [
            .null, .null, .null, size.map { .int(Int64($0.bytes)) } ?? .null,
            .text(words ?? "more than \(Self.recordsMax) postings"),
        ]
    }
}
