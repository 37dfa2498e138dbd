import NeedletailCore
import NeedletailKernels

/// Searches of several executions of one statement in one snapshot.
extension ExactSearchRun {
    /// As ``nearest()`` for each of `searches`: those that compare all rows do so in one pass.
    ///
    /// - Returns: in their order, what they found; `nil` for those that met an error or were
    ///   stopped, which are to be run anew, by themselves, to say what is wrong.
    static func nearest(of searches: [ExactSearchRun]) -> [[TopK.Candidate]?] {
        var results = [[TopK.Candidate]?](repeating: nil, count: searches.count)
        var scans: [VectorScan] = []
        var places: [Int] = []
        for (place, search) in searches.enumerated() {
            switch try? search.start() {
            case .found(let candidates): results[place] = candidates
            case .scan(let scan):
                scans.append(scan)
                places.append(place)
            case nil: break
            }
        }
        guard let first = places.first else { return results }
        do throws(DatabaseError) {
            try searches[first].compareAll(&scans) { searches[places[$0]] }
            for (scan, place) in zip(scans, places) {
                results[place] = try searches[place].ordered(
                    scan.top.candidates(), count: scan.top.k)
            }
        } catch {
            // Whoever has found nothing looks again and meets it.
        }
        return results
    }
}
