import NeedletailCatalog
import NeedletailCore
import NeedletailKernels

/// The pages of one ranking, `LIMIT n OFFSET m`.
///
/// A search for more rows may find some nearer ones that a search for fewer has missed, which would
/// move rows from page to page. So a page is cut from a ranking that grows at its end only: the
/// first page is what a search for one page finds, the next three add what one for four pages finds
/// besides, and so on. In one snapshot pages of one size therefore share no row and leave none out.
extension ExactSearchRun {
    private static let growth = 4

    /// Rows of a page, where the statement asks for one that is not the first.
    func pageSize(of wanted: Int) throws(DatabaseError) -> Int? {
        guard let size = try search.page?.value(run), size > 0, size < wanted else { return nil }
        return size
    }

    /// The rows of all pages up to the one that is asked for.
    func pages(
        of size: Int, _ question: Question, _ state: VectorIndexState?
    ) throws(DatabaseError) -> [TopK.Candidate] {
        var pages: [TopK.Candidate] = []
        var seen: Set<UInt32> = []
        let most = try reader.rowCount()
        var asked = size
        while true {
            var part = question
            part.k = min(asked, most)
            let found: TopK
            if let nearest = try nearest(part, state) {
                found = nearest
            } else {
                var scans = [
                    VectorScan(kernel: part.kernel, query: part.query, top: TopK(k: part.k))
                ]
                try compareAll(&scans) { _ in self }
                found = scans[0].top
            }
            for candidate in try ordered(found.candidates(), count: part.k)
            where pages.count < part.k && seen.insert(candidate.slot).inserted {
                pages.append(candidate)
            }
            if part.k >= question.k || run.counters.truncated != nil {
                tellWhole()
                return Array(pages.prefix(question.k))
            }
            asked = asked.multipliedClamped(by: Self.growth)
        }
    }
}
