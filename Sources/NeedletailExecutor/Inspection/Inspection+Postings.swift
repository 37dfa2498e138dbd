import NeedletailCatalog
import NeedletailCore
import NeedletailStorage

/// What `SHOW INDEXES` says of bitmap indexes, and of lists.
extension Inspection {
    /// Records of an index beyond which it is not measured.
    private static let recordsMax = 100_000

    /// The columns that say how an index is kept.
    func structure(
        of index: IndexDefinition, _ table: TableDefinition, rowCount: Int64
    ) throws(DatabaseError) -> [Value] {
        if let postings = try postings(of: index, table) { return postings }
        if index.method == .ivf { return try lists(of: index, table, rowCount: rowCount) }
        return try segments(of: index, rowCount: rowCount)
    }

    /// Of an index of lists: the rows that are in none yet, bytes, how many lists there are, how
    /// large they are and how well they fit; in the columns of a graph's segments.
    private func lists(
        of index: IndexDefinition, _ table: TableDefinition, rowCount: Int64
    ) throws(DatabaseError) -> [Value] {
        try scope.writer?.flushAll()
        let figures: ListFigures?
        do throws(DatabaseError) {
            figures = try ListFigures(of: index, table, try scope.view)
        } catch {
            guard error.isOfSegment else { throw error }
            segments.noteDamage(ofLists: index.id)
            figures = nil
        }
        guard let figures, !figures.isDamaged, !segments.hasDamage(ofLists: index.id) else {
            segments.callKeeper()
            let word = segments.isUnderWay(index.id) ? "rebuilding" : "damaged"
            return [
                .null, .int(rowCount), .null, figures.map { .int(Int64($0.bytes)) } ?? .null,
                .text(word),
            ]
        }
        guard figures.isBuilt else {
            let word = segments.isUnderWay(index.id) ? "building" : "to be built"
            return [.null, .int(rowCount), .null, .int(Int64(figures.bytes)), .text(word)]
        }
        let lists = CountText.plural(figures.lists, "list", "lists")
        return [
            .null, .null, .null, .int(Int64(figures.bytes)),
            .text(
                "\(lists) of \(figures.smallest) to \(figures.largest) entries"
                    + Self.words(figures)),
        ]
    }

    private static func words(_ figures: ListFigures) -> String {
        guard let drift = figures.drift else { return "" }
        let strays = (100 * drift.strayShare).rounded()
        let words = ", \(Int(strays)) % of rows astray"
        guard let built = figures.builtSpread else { return words }
        let ratio = (100 * drift.spread / built).rounded() / 100
        return words + ", spread \(ratio) of the build's"
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
