import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner

/// The rows of one source, each beside those of a plan that may read it.
///
/// Rows are taken in batches that grow, so that the searches of many share a pass over the vectors
/// and those of a few do not wait for many.
final class LateralSource: RowSource {
    private static let batchRowsMin = 8

    private let outer: any RowSource
    private let run: PlanRun
    private let inner: PlanOpening
    private let search: CompiledExactSearch?
    private let width: Int
    private let innerWidth: Int
    private let keepsUnmatched: Bool

    private var waiting: ArraySlice<[Value]> = []
    /// Of the rows that wait, what their searches have found; empty where they were not run.
    private var found: ArraySlice<[TopK.Candidate]> = []
    private var batchRows = batchRowsMin
    private var current: [Value] = []
    private var source: (any RowSource)?
    private var hasMatched = false

    /// - Parameter search: the search that `inner` runs for every row, if it does.
    init(
        _ outer: any RowSource, _ run: PlanRun, inner: @escaping PlanOpening,
        search: CompiledExactSearch?, _ join: LateralJoin
    ) {
        self.outer = outer
        self.run = run
        self.inner = inner
        self.search = search
        width = join.outerNames.count
        innerWidth = join.innerNames.count
        keepsUnmatched = join.keepsUnmatched
    }

    func next() throws(DatabaseError) -> [Value]? {
        while true {
            if source != nil {
                if let row = try nextInner() { return current + row }
                source = nil
                if keepsUnmatched, !hasMatched {
                    return current + [Value](repeating: .null, count: innerWidth)
                }
            }
            guard try advance() else { return nil }
        }
    }

    /// Of the open plan, with its row beside it.
    private func nextInner() throws(DatabaseError) -> [Value]? {
        let enclosing = run.outerRow
        run.outerRow = current
        defer { run.outerRow = enclosing }
        let row = try source?.next()
        if row != nil { hasMatched = true }
        return row
    }

    /// Opens the plan for the next row. Returns whether there is one.
    private func advance() throws(DatabaseError) -> Bool {
        if waiting.isEmpty { try fill() }
        guard let row = waiting.popFirst() else { return false }
        try run.cancellation.check()
        current = row
        hasMatched = false
        if let search { run.found[ObjectIdentifier(search)] = found.popFirst() }
        let enclosing = run.outerRow
        run.outerRow = row
        defer { run.outerRow = enclosing }
        source = try inner(run)
        return true
    }

    private func fill() throws(DatabaseError) {
        var wanted = 1
        if let search, let limit = try search.count.value(run) {
            wanted = min(batchRows, max(1, Limits.sharedResultsMax / max(1, limit)))
            batchRows = min(2 * batchRows, Limits.sharedSearchesMax)
        }
        var rows: [[Value]] = []
        while rows.count < wanted, let row = try outer.next() {
            rows.append(Array(row.prefix(width)))
        }
        waiting = rows[...]
        found = []
        if let search, rows.count > 1 {
            found = try ExactSearchRun(search, reader: try run.scope.reader(search.table), run)
                .nearest(beside: rows)[...]
        }
    }
}
