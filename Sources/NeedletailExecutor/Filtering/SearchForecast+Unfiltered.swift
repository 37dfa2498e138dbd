import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// What a search will do that has no filter, or no index to answer it.
extension SearchForecast {
    /// A walk of each segment, or all rows where no walk will do.
    func unfiltered(_ state: VectorIndexState) throws(DatabaseError) -> SearchAccount {
        let costs = one.weighed(
            nil, share: 1, state, try search.options.values(run.parameters),
            k: try count(state.rowCount), components: try components()
        ).costs
        if ExactSearchRun.hasLongTail(state) {
            let tail = CountText.plural(state.tail.count, "row", "rows")
            return costs.scanAccount(why: "\(tail) are in no segment yet")
        }
        return costs.unfilteredAccount()
    }

    /// Where the index has nothing to walk.
    func withoutSegments() throws(DatabaseError) -> SearchAccount {
        let isOfLists = search.index?.method == .ivf
        let why = isOfLists ? "the lists are not built yet" : "the index has no segment yet"
        let ways =
            isOfLists
            ? [SearchAccount.lists]
            : planned.filter == nil
                ? [SearchAccount.graph]
                : [SearchAccount.matches, SearchAccount.walk, SearchAccount.post]
        return SearchAccount(
            strategy: SearchAccount.scan, matches: try estimatedMatches(),
            costMicroseconds: try scanNanoseconds() / 1_000,
            rejected: ways.map { .init($0, costMicroseconds: nil, reason: why) })
    }

    /// Where no vector index may answer.
    func unindexed() throws(DatabaseError) -> SearchAccount {
        let matches = try estimatedMatches()
        let scan = try scanNanoseconds()
        var rejected = [
            SearchAccount.Rejection(
                SearchAccount.graph, costMicroseconds: nil, reason: reasonForNoIndex)
        ]
        if let matches, search.narrowing != nil {
            let some = StrategyCosts.vectors(matches.count, bytes: vectorBytes)
            if matches.count <= ExactSearchRun.narrowedMost(of: matches.rowCount) {
                rejected.append(
                    .init(SearchAccount.scan, costMicroseconds: scan / 1_000))
                return SearchAccount(
                    strategy: SearchAccount.matches, matches: matches,
                    costMicroseconds: some / 1_000, rejected: rejected)
            }
            rejected.append(
                .init(
                    SearchAccount.matches, costMicroseconds: some / 1_000,
                    reason: "so many rows are read faster in their order"))
        }
        return SearchAccount(
            strategy: SearchAccount.scan, matches: matches, costMicroseconds: scan / 1_000,
            rejected: rejected)
    }

    private var reasonForNoIndex: String {
        let table = search.table
        let column = table.columns[search.column]
        let indexes = run.scope.catalog.indexes(of: table).filter {
            $0.vector?.metric == search.metric && $0.keys.first?.columnID == column.id
        }
        guard !indexes.isEmpty else {
            return "no vector index on \(table.name) (\(column.name)) for "
                + search.metric.operatorText
        }
        if planned.options.isExact { return "WITH (exact) compares every row" }
        if planned.options.values[.index] != nil { return "WITH (index = …) names another index" }
        return "it finds the nearest rows of a LIMIT, ordered by the distance alone"
    }

    /// By statistics; `nil` without a filter.
    private func estimatedMatches() throws(DatabaseError) -> SearchAccount.Matches? {
        guard let filter = planned.filter else { return nil }
        return .estimated(
            share: statisticalShare(of: filter), of: try one.reader.rowCount(), by: "statistics")
    }

    private var vectorBytes: Int {
        let type = search.table.columns[search.column].type
        return type.dimension.map(type.vectorBytes(dimension:)) ?? 0
    }

    private func scanNanoseconds() throws(DatabaseError) -> Double {
        StrategyCosts.scan(try one.reader.rowCount(), bytes: vectorBytes)
    }
}
