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
