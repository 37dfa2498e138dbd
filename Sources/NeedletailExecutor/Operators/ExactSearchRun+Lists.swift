import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// A search through an index of lists: the lists around the query propose rows by their codes, and
/// every distance is computed from the stored vector.
///
/// Lists change in the transactions of their rows, so that what they propose is there. Where too
/// few rows pass the filter more lists are probed, and at last all rows are compared: a search is
/// never short of rows.
extension ExactSearchRun {
    /// Entries of lists that are compared by their codes in the time of one stored vector.
    private static let entriesForVector = 24
    private static let growth = 4
    /// Lists that are asked for from the disk before they are read.
    private static let listsAhead = 64

    /// What probing some lists came to.
    private struct Probed {
        var top: TopK
        /// Whether every row that passes was compared.
        var isWhole: Bool
    }

    /// The nearest rows that pass a filter whose rows are found first; `nil` where the filter is to
    /// be tested row by row.
    ///
    /// - Parameter always: whether the rows that pass are found whatever that costs.
    func filteredInLists(
        _ question: Question, _ state: VectorIndexState, _ lists: ListDirectory, always: Bool
    ) throws(DatabaseError) -> TopK? {
        guard budget == nil, let parts = search.parts else { return nil }
        let options = try search.options.values(run.parameters)
        let isForced = always || options.strategy == .pre || options.strategy == .walk
        guard always || options.strategy != .post,
            let mask = try mask(parts, state, isForced ? .whatever : .usual)
        else { return nil }
        let choice = choice(mask.count, of: state.rowCount, lists, options, k: question.k)
        if !always, let probes = choice.probes, let components = components(question, lists) {
            let found = try guarded { () throws(DatabaseError) in
                try probe(
                    lists, probes, kept: ListIndex.candidates(k: question.k, lists.index.layout),
                    components, question, passing: mask.slots)
            }
            if let found, found.top.isFull || found.isWhole {
                run.counters.search? += " within \(mask.count) matches"
                return found.top
            }
        }
        var top = TopK(k: question.k)
        try offer(mask.slots.slots.lazy.map { Slot($0) }, to: &top, question, areAccepted: true)
        let column = search.table.columns[search.column].name
        run.counters.search = "exact(\(search.table.name).\(column)) over \(mask.count) matches"
        return top
    }

    /// Whether rows that pass a filter are looked for in lists, and in how many.
    func choice(
        _ matches: Int, of rowCount: Int, _ lists: ListDirectory, _ options: SearchOptions, k: Int
    ) -> (probes: Int?, entries: Int) {
        let share = Double(matches) / Double(max(1, rowCount))
        let width = ListWidth(options, k: k, session: run.probes)
        guard matches > Self.fewMatches, options.strategy != .pre,
            let probes = width.probes(lists, share: share)
        else { return (nil, 0) }
        let entries = probes * rowCount / max(1, lists.listCount)
        let isCheaper = matches * Self.entriesForVector > entries
        return (isCheaper || options.strategy == .walk ? probes : nil, entries)
    }

    /// The nearest rows as the lists have them, candidates being tested by the filter; `nil` where
    /// all rows are to be compared instead.
    func approximateInLists(
        _ question: Question, _ state: VectorIndexState, _ lists: ListDirectory
    ) throws(DatabaseError) -> TopK? {
        guard let components = components(question, lists) else { return nil }
        let options = try search.options.values(run.parameters)
        let share = try passingShare(state)
        guard share > Self.testedShareMin || options.strategy == .post else { return nil }
        let width = ListWidth(options, k: question.k, session: run.probes)
        guard var probes = width.probes(lists, share: max(share, 0.02)) else { return nil }
        var kept = Int(
            (Double(ListIndex.candidates(k: question.k, lists.index.layout))
                / max(share, 0.02)).rounded(.up))
        while true {
            let found = try guarded { () throws(DatabaseError) in
                try probe(lists, probes, kept: kept, components, question, passing: nil)
            }
            guard let found else { return nil }
            if found.top.isFull || found.isWhole || budget?.isSpent == true { return found.top }
            // Beyond this, comparing every row costs no more.
            guard kept < max(4_096, state.rowCount / 8) else { return nil }
            probes = min(lists.listCount, probes.multipliedClamped(by: Self.growth))
            kept = kept.multipliedClamped(by: Self.growth)
            run.counters.work.widenings += 1
        }
    }

    private func components(_ question: Question, _ lists: ListDirectory) -> [Float]? {
        question.value.floatComponents.flatMap {
            $0.count == lists.index.layout.dimension ? $0 : nil
        }
    }

    /// `nil` where a list is damaged, which is told.
    private func guarded(
        _ body: () throws(DatabaseError) -> Probed
    ) throws(DatabaseError) -> Probed? {
        do throws(DatabaseError) { return try body() } catch {
            guard error.isOfSegment, let index = search.index else { throw error }
            tellDamaged(index, error)
            return nil
        }
    }

    /// Compares the entries of the nearest lists, and the best of them by their stored vectors.
    ///
    /// - Parameters:
    ///   - kept: how many candidates are compared by their stored vectors at most.
    ///   - passing: the rows that may be candidates, and then pass the filter.
    private func probe(
        _ lists: ListDirectory, _ probes: Int, kept: Int, _ components: [Float],
        _ question: Question, passing: SlotBitmap?
    ) throws(DatabaseError) -> Probed {
        let query = question.memory.listQuery(lists.index.layout)
        query.rowsMayRepeat = lists.index.options.assign > 1
        components.withUnsafeBufferPointer { vector in
            // SAFETY: the components are as many as the layout says.
            guard let base = vector.baseAddress else { return }
            query.prepare(
                base, k: question.k, kept: max(kept, question.k), centroids: lists.centroids,
                probes: probes)
        }
        let view = reader.view
        var probed = 0
        var asked = 0
        for (place, list) in query.probes.enumerated() {
            if place % 16 == 0 { try run.cancellation.check() }
            if view.readsAhead, place + Self.listsAhead / 2 >= asked, asked < query.probes.count {
                let coming = query.probes[asked...].prefix(Self.listsAhead)
                try lists.index.readAhead(coming.map(\.list), view)
                asked += coming.count
            }
            if let budget, budget.isSpent { break }
            let before = query.scanned
            try lists.index.forEachPart(of: list.list, view) {
                coarse, fine, count throws(DatabaseError) in
                query.scan(list, coarse: coarse, fine: fine, count: count, passing: passing)
                return budget?.isSpent != true
            }
            budget?.spend(query.scanned - before)
            probed += 1
        }
        let candidates = query.candidates()
        run.counters.work.visited += query.scanned
        run.counters.work.codes += query.scanned
        run.counters.work.lists += probed
        var top = TopK(k: question.k)
        try offer(
            candidates.lazy.map { Slot($0) }, to: &top, question, areAccepted: passing != nil)
        let isWhole =
            probed == lists.listCount && candidates.count < max(kept, question.k)
        run.counters.search =
            "ivf(\(lists.index.definition.name)) probes=\(probed) of \(lists.listCount)"
        run.counters.isExact = run.counters.isExact && isWhole
        return Probed(top: top, isWhole: isWhole)
    }
}
