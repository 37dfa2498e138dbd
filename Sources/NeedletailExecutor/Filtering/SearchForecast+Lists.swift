import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// What a search through an index of lists will do.
extension SearchForecast {
    func inLists(
        _ state: VectorIndexState, _ lists: ListDirectory
    ) throws(DatabaseError) -> SearchAccount {
        let options = try search.options.values(run.parameters)
        let k = try count(state.rowCount)
        guard let filter = planned.filter else {
            let width = ListWidth(options, k: k, session: run.probes)
            guard let probes = width.probes(lists) else { return noProbes(nil, lists) }
            return account(probes, lists, nil, Self.scanned(probes, state, lists))
        }
        guard let parts = search.parts, let mask = try knownMask(parts, state) else {
            let share = statisticalShare(of: filter)
            let matches = SearchAccount.Matches.estimated(
                share: share, of: state.rowCount, by: "statistics")
            let width = ListWidth(options, k: k, session: run.probes)
            guard let probes = width.probes(lists, share: share) else {
                return noProbes(matches, lists)
            }
            return account(probes, lists, matches, Self.scanned(probes, state, lists))
        }
        let matches = SearchAccount.Matches(
            count: mask.count, rowCount: state.rowCount, isExact: true)
        let choice = one.choice(mask.count, of: state.rowCount, lists, options, k: k)
        guard let probes = choice.probes else {
            return SearchAccount(
                strategy: SearchAccount.matches, matches: matches,
                rejected: [
                    .init(
                        SearchAccount.lists, costMicroseconds: nil,
                        reason: "comparing the matches takes less")
                ])
        }
        return account(probes, lists, matches, choice.entries)
    }

    private static func scanned(
        _ probes: Int, _ state: VectorIndexState, _ lists: ListDirectory
    ) -> Int {
        probes * state.rowCount / max(1, lists.listCount)
    }

    private func account(
        _ probes: Int, _ lists: ListDirectory, _ matches: SearchAccount.Matches?, _ entries: Int
    ) -> SearchAccount {
        SearchAccount(
            strategy: "\(SearchAccount.lists) \(probes) of \(lists.listCount)", matches: matches,
            rejected: [
                .init(
                    SearchAccount.scan, costMicroseconds: nil,
                    reason: "the lists have about "
                        + CountText.plural(entries, "entry", "entries"))
            ])
    }

    private func noProbes(
        _ matches: SearchAccount.Matches?, _ lists: ListDirectory
    ) -> SearchAccount {
        SearchAccount(
            strategy: SearchAccount.scan, matches: matches,
            rejected: [
                .init(
                    SearchAccount.lists, costMicroseconds: nil,
                    reason: "no number of lists is known to reach the recall")
            ])
    }
}
