import NeedletailCore
import NeedletailPlanner

/// `LIMIT n BY keys`: passes at most `n` rows of each combination of the keys, in their order.
///
/// Above a search it asks for the nearest rows, a few at first, and for four times as many as long
/// as too few of them are left: the search goes on until the limit is full or no row is left.
final class LimitBySource: RowSource {
    /// What is known when the plan is compiled.
    struct Layout: Sendable {
        let count: RowCount
        let keys: [CompiledExpression]
        /// Rows that are wanted in the end; `nil` where that is not known.
        let wanted: RowCount?
        let input: PlanOpening
        /// The search below, where the limit says how many of its rows are read.
        let search: CompiledExactSearch?
    }

    private static let growth = 4
    private static let searchRowsMin = 16

    private let layout: Layout
    private let run: PlanRun
    private let most: Int
    private var source: (any RowSource)?
    private var counts: [[Value]: Int] = [:]

    init(_ layout: Layout, _ run: PlanRun) throws(DatabaseError) {
        self.layout = layout
        self.run = run
        most = try layout.count.value(run) ?? .max
        if let search = layout.search, let wanted = try layout.wanted?.value(run) {
            source = ListSource(most > 0 ? try gathered(from: search, wanted: wanted) : [])
        } else {
            source = most > 0 ? try layout.input(run) : nil
        }
    }

    func next() throws(DatabaseError) -> [Value]? {
        guard layout.search == nil else { return try source?.next() }
        while let row = try source?.next() {
            if try isWithin(row) { return row }
        }
        return nil
    }

    /// Whether fewer rows with the keys of `row` came before it than may.
    private func isWithin(_ row: [Value]) throws(DatabaseError) -> Bool {
        let key = try layout.keys.evaluate(run, row).map(GroupingKey.normal)
        let count = counts[key, default: 0]
        guard count < most else { return false }
        counts[key] = count + 1
        return true
    }

    private func gathered(
        from search: CompiledExactSearch, wanted: Int
    ) throws(DatabaseError) -> [[Value]] {
        var size = max(Self.searchRowsMin, wanted.multipliedClamped(by: Self.growth))
        while true {
            run.searchCounts[ObjectIdentifier(search)] = size
            defer { run.searchCounts[ObjectIdentifier(search)] = nil }
            counts = [:]
            var rows: [[Value]] = []
            var read = 0
            let input = try layout.input(run)
            while rows.count < wanted, let row = try input.next() {
                read += 1
                if read % 256 == 0 { try run.cancellation.check() }
                if try isWithin(row) { rows.append(row) }
            }
            if rows.count >= wanted || read < size || run.counters.truncated != nil { return rows }
            size = size.multipliedClamped(by: Self.growth)
        }
    }
}
