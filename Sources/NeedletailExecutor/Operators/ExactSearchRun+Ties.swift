import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailStorage

/// Rows at one distance, in the order of their keys.
extension ExactSearchRun {
    private func hasTies(_ candidates: [TopK.Candidate]) -> Bool {
        candidates.indices.dropFirst().contains {
            candidates[$0].distance == candidates[$0 - 1].distance
        }
    }

    /// Puts candidates of one distance in primary-key order and cuts to `count`.
    func ordered(
        _ candidates: [TopK.Candidate], count: Int
    ) throws(DatabaseError) -> [TopK.Candidate] {
        guard let key = search.key, hasTies(candidates) else {
            return candidates.count > count ? Array(candidates[..<count]) : candidates
        }
        var result: [TopK.Candidate] = []
        var start = 0
        while start < candidates.count, result.count < count {
            var end = start + 1
            while end < candidates.count, candidates[end].distance == candidates[start].distance {
                end += 1
            }
            if end - start == 1 {
                result.append(candidates[start])
            } else {
                var keyed: [(key: [UInt8], candidate: TopK.Candidate)] = []
                for candidate in candidates[start..<end] {
                    keyed.append((try reader.encodedKey(key, at: Slot(candidate.slot)), candidate))
                }
                keyed.sort { $0.key.lexicographicallyPrecedes($1.key) }
                result += keyed.map(\.candidate)
            }
            start = end
        }
        return Array(result.prefix(count))
    }
}
