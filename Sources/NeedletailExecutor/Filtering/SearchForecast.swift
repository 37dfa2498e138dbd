import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailPlanner

/// What a search will do, told without searching: which way it takes, what that
/// costs, and which others were weighed.
///
/// Finds the rows that pass where that is soon done; else how many they are is estimated, by a
/// sample or by statistics. No subquery is run.
struct SearchForecast {
    let planned: ExactSearch
    let one: ExactSearchRun

    var search: CompiledExactSearch { one.search }
    var run: PlanRun { one.run }

    /// Where nobody knows how many rows are wanted.
    private static let countUnknown = Calibration.k

    init(
        _ planned: ExactSearch, _ search: CompiledExactSearch, _ run: PlanRun
    ) throws(DatabaseError) {
        self.planned = planned
        one = try ExactSearchRun(search, reader: run.scope.reader(search.table), run)
    }

    func account() throws(DatabaseError) -> SearchAccount {
        guard let index = search.index else { return try unindexed() }
        let known = try one.indexState(index)
        if let known, let lists = known.lists { return try inLists(known, lists) }
        guard let state = known, !state.segments.isEmpty else {
            return try withoutSegments()
        }
        guard search.filter != nil else { return try unfiltered(state) }
        let options = try search.options.values(run.parameters)
        guard let parts = search.parts, let mask = try knownMask(parts, state) else {
            return try estimated(try estimate(state), state, options)
        }
        let counted = SearchAccount.Matches(
            count: mask.count, rowCount: state.rowCount, isExact: true)
        guard rowByRow(options) == nil else { return try estimated(counted, state, options) }
        var account = try masked(counted, mask, state, options)
        account.source = state.snapshot == nil ? "made for each statement" : "kept"
        return account
    }

    /// Why the filter is tested candidate by candidate whatever it is.
    private func rowByRow(_ options: SearchOptions) -> String? {
        if options.strategy == .post { return "WITH (filter = post) tests candidates" }
        if one.budget != nil { return "max_visited and timeout count rows that are looked at" }
        return search.parts == nil ? "the filter says something else at every look" : nil
    }

    // MARK: Ways

    /// Where the rows that pass are known before the search begins.
    private func masked(
        _ counted: SearchAccount.Matches, _ mask: FilterMask?, _ state: VectorIndexState,
        _ options: SearchOptions
    ) throws(DatabaseError) -> SearchAccount {
        let weighed = one.weighed(
            mask, share: counted.selectivity, state, options, k: try count(state.rowCount),
            components: try components())
        let isFew = counted.count <= ExactSearchRun.fewMatches
        return weighed.costs.account(
            walked: weighed.walks && !isFew, wish: options.strategy, counted)
    }

    /// Where nobody knows the rows that pass, or wants to.
    private func estimated(
        _ counted: SearchAccount.Matches, _ state: VectorIndexState, _ options: SearchOptions
    ) throws(DatabaseError) -> SearchAccount {
        let share = counted.selectivity
        let unknown = rowByRow(options)
        let reading = Int((Double(state.rowCount) * structuralShare(state)).rounded())
        if unknown == nil, ExactSearchRun.isKnown(reading: reading, share: share) {
            var account = try masked(counted, nil, state, options)
            account.source = source(reading: reading, state)
            return account
        }
        if options.strategy != .post, one.budget == nil,
            share <= ExactSearchRun.testedShareMin || ExactSearchRun.hasLongTail(state)
        {
            var account = try masked(counted, nil, state, options)
            account.source = source(reading: state.rowCount, state)
            return account
        }
        let costs = one.weighed(
            nil, share: share, state, options, k: try count(state.rowCount), components: nil
        ).costs
        let rows = CountText.plural(reading, "row", "rows")
        return costs.postAccount(
            counted, why: unknown ?? "\(rows) would have to be read to know the matches",
            finding: unknown == nil ? StrategyCosts.reading(rows: Double(reading)) : 0)
    }

    private func source(reading rows: Int, _ state: VectorIndexState) -> String {
        if search.parts?.hasQuery == true { return "made when the subquery has run" }
        if rows == 0 { return "to be made from indexes and included columns" }
        return "to be made by reading about \(CountText.plural(rows, "row", "rows"))"
    }

    /// The share of rows that remain to be read where indexes and included columns have said what
    /// they know; 0 where they know all of the filter.
    private func structuralShare(_ state: VectorIndexState) -> Double {
        guard let parts = search.parts?.parts else { return 1 }
        let known = parts.filter { isStructural($0, state) }
        guard known.count < parts.count else { return 0 }
        return known.reduce(1) { $0 * statisticalShare(of: $1.condition) }
    }

    private func isStructural(_ part: FilterParts.Part, _ state: VectorIndexState) -> Bool {
        if part.access != nil || part.lookup != nil { return true }
        return !part.columns.isEmpty
            && state.segments.allSatisfy { segment in
                part.columns.allSatisfy { position in
                    guard position < search.table.columns.count else { return false }
                    let column = search.table.columns[position]
                    return segment.included?.column(column.id, column.type) != nil
                }
            }
    }

    // MARK: What is known

    /// The rows that pass, where they are soon found.
    func knownMask(
        _ parts: FilterParts, _ state: VectorIndexState
    ) throws(DatabaseError) -> FilterMask? {
        guard isKnown(parts.parameters), !parts.hasQuery else { return nil }
        return try one.mask(parts, state, .asked)
    }

    /// Whether these parameters have values.
    private func isKnown(_ positions: some Sequence<Int>) -> Bool {
        positions.allSatisfy(run.parameters.indices.contains)
    }

    /// Whether an expression that reads no row has a value without a subquery being run, and
    /// without a row beside it.
    private func isKnown(_ expression: BoundExpression) -> Bool {
        var positions: Set<Int> = []
        expression.collectParameters(into: &positions)
        return isKnown(positions) && !expression.hasQuery && !expression.readsOuter
    }

    func count(_ rowCount: Int) throws(DatabaseError) -> Int {
        guard let wanted = planned.count else { return rowCount }
        guard isKnown(wanted) else { return min(rowCount, Self.countUnknown) }
        return min(rowCount, try search.count.value(run) ?? rowCount)
    }

    func components() throws(DatabaseError) -> [Float]? {
        guard isKnown(planned.query) else { return nil }
        return try search.query(run, []).floatComponents
    }

    private func estimate(
        _ state: VectorIndexState
    ) throws(DatabaseError) -> SearchAccount.Matches {
        var share = statisticalShare(of: planned.filter)
        var basis = "statistics"
        if let filter = planned.filter, isKnown(filter) {
            let sampled = try one.passingShare(state)
            // A sample in which no row passes says only that few do.
            share = sampled > 0 ? sampled : min(share, 1 / 256)
            if sampled > 0 { basis = "a sample" }
        }
        return .estimated(share: share, of: state.rowCount, by: basis)
    }

    func statisticalShare(of condition: BoundExpression?) -> Double {
        run.estimator(of: search.table).share(of: condition)
    }
}
