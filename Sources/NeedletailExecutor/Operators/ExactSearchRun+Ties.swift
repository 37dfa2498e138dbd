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
        guard search.key != nil, hasTies(candidates) else {
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
                result += try inKeyOrder(candidates[start..<end])
            }
            start = end
        }
        return Array(result.prefix(count))
    }

    /// Candidates of one distance in primary-key order; there is a key.
    private func inKeyOrder(
        _ candidates: ArraySlice<TopK.Candidate>
    ) throws(DatabaseError) -> [TopK.Candidate] {
        guard let key = search.key else { return Array(candidates) }
        let columns = search.covering.key
        let state = columns.isEmpty ? nil : run.state(of: search)
        var row = [Value](repeating: .null, count: search.table.columns.count)
        if let state, let column = columns.first, columns.count == 1, column.form == .integer {
            var numbered: [(key: Int64, candidate: TopK.Candidate)] = []
            numbered.reserveCapacity(candidates.count)
            for candidate in candidates {
                guard state.read(columns, at: candidate.slot, into: &row),
                    case .int(let number) = row[column.position]
                else { break }
                numbered.append((number, candidate))
            }
            if numbered.count == candidates.count {
                numbered.sort { $0.key < $1.key }
                return numbered.map(\.candidate)
            }
        }
        var keyed: [(key: [UInt8], candidate: TopK.Candidate)] = []
        for candidate in candidates {
            let bytes =
                if let state, state.read(columns, at: candidate.slot, into: &row) {
                    try reader.encodedKey(key, of: row)
                } else {
                    try reader.encodedKey(key, at: Slot(candidate.slot))
                }
            keyed.append((bytes, candidate))
        }
        keyed.sort { $0.key.lexicographicallyPrecedes($1.key) }
        return keyed.map(\.candidate)
    }
}
