import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import Synchronization

/// What a search through a vector index takes from the columns that segments keep, in place of
/// reading rows.
final class Covering: Sendable {
    /// The columns that are needed of a row, where the index may keep all of them; else none.
    let outputs: [KeptColumn]
    /// The columns of the primary key, in its order; none where a segment cannot keep them.
    let key: [KeptColumn]
    /// How the last walk is told: most are as wide as the one before.
    private let lastText = Mutex<(width: Int, text: String)?>(nil)

    init(_ search: ExactSearch) {
        func kept(_ positions: [Int]) -> [KeptColumn] {
            let columns = positions.compactMap { KeptColumn(search.table, $0) }
            return columns.count == positions.count ? columns : []
        }
        outputs =
            search.isCovered
            ? kept(search.needed.filter(search.table.columns.indices.contains).sorted()) : []
        key = search.index == nil ? [] : kept(search.table.primaryKey)
    }

    /// How a walk through `index` is told.
    func text(_ index: IndexDefinition, width: Int) -> String {
        lastText.withLock { last in
            if let last, last.width == width { return last.text }
            let text = "hnsw(\(index.name)) ef=\(width)"
            last = (width, text)
            return text
        }
    }
}

extension PlanRun {
    /// The state of the index that `search` went through just now, if it did.
    func state(of search: CompiledExactSearch) -> VectorIndexState? {
        guard let state = indexState, state.index == search.index?.id else { return nil }
        return state
    }
}

extension ExactSearchRun {
    func hasTies(_ candidates: [TopK.Candidate]) -> Bool {
        candidates.indices.dropFirst().contains {
            candidates[$0].distance == candidates[$0 - 1].distance
        }
    }

    /// Candidates of one distance in primary-key order; there is a key.
    func inKeyOrder(
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
