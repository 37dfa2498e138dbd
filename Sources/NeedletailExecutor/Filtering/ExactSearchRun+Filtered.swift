import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// A search among the rows that pass a filter, which are found first.
///
/// How many they are is known exactly then. Each segment is searched in the way that costs least:
/// all its matches are compared, or a walk is made among them. A walk that finds itself doing more
/// than a comparison of all would have cost is given up for that.
extension ExactSearchRun {
    /// Matches that are compared by their stored vectors at once.
    static let fewMatches = 48

    /// The nearest rows that pass; `nil` where the filter is to be tested row by row.
    ///
    /// - Parameter always: whether the rows that pass are found whatever that costs.
    func filtered(
        _ question: Question, _ state: VectorIndexState?, always: Bool = false
    ) throws(DatabaseError) -> TopK? {
        guard let state, let lists = state.lists else {
            return try filteredInSegments(question, state, always: always)
        }
        return try filteredInLists(question, state, lists, always: always)
    }

    private func filteredInSegments(
        _ question: Question, _ state: VectorIndexState?, always: Bool
    ) throws(DatabaseError) -> TopK? {
        // A search with a budget looks at rows one by one.
        guard budget == nil, let parts = search.parts, let index = search.index, let state,
            !state.segments.isEmpty, let components = question.value.floatComponents
        else { return nil }
        let (k, memory) = (question.k, question.memory)
        let options = try search.options.values(run.parameters)
        let begun = run.isAnalyzing ? MonotonicClock.nanoseconds() : 0
        let isForced = always || options.strategy == .pre || options.strategy == .walk
        guard always || options.strategy != .post,
            let mask = try mask(parts, state, isForced ? .whatever : .usual)
        else { return nil }
        if run.isAnalyzing {
            run.counters.choice.finding += MonotonicClock.nanoseconds() - begun
        }
        run.indexState = state
        var top = TopK(k: k)
        guard mask.count > Self.fewMatches else {
            try offer(mask.slots.slots, to: &top, question)
            tellExact(mask)
            if run.isAnalyzing {
                let weighed = weighed(
                    mask, share: 0, state, options, k: k, components: components)
                tell(weighed.costs, mask, state, options.strategy, walked: false)
            }
            return top
        }
        let matchingTail = state.tail.lazy.map(\.rawValue).filter(mask.slots.contains)
        try offer(matchingTail, to: &top, question)
        run.counters.work.tailRows += state.tail.count
        var widest = 0
        var weighed = WeighedStrategies()
        for segment in state.segments {
            var one = SegmentSearch(
                segment: segment, nodes: mask.nodes(of: segment),
                width: SearchWidth(options, k: k, session: run.efSearch),
                strategy: options.strategy,
                k: k, memory: memory, counters: run.counters)
            one.prepare(components)
            let found = one.nearest()
            run.counters.work.segments += 1
            weighed.add(one.weighed)
            if let found {
                let rows = UnsafeBufferPointer(start: memory.rows(found.count), count: found.count)
                // SAFETY: the memory of this search, which wrote as many slots.
                try offer(rows.lazy.filter(mask.slots.contains), to: &top, question)
            } else {
                let slots = mask.slots.intersection(segment.slots)
                try offer(slots.slots, to: &top, question)
            }
            widest = max(widest, one.walkWidth)
        }
        let walked = widest > 0 && top.isFull
        if widest == 0 {
            tellExact(mask)
        } else if !top.isFull {
            // A walk that met too few: their codes may be those of rows without the filter.
            top = TopK(k: k)
            try offer(mask.slots.slots, to: &top, question)
            tellExact(mask)
        } else {
            run.counters.search =
                "hnsw(\(index.name)) ef=\(widest) within \(mask.count) matches"
            run.counters.isExact = false
        }
        tell(weighed, mask, state, options.strategy, walked: walked)
        return top
    }

    /// Writes down how the way was chosen, where somebody wants to know.
    private func tell(
        _ weighed: WeighedStrategies, _ mask: FilterMask, _ state: VectorIndexState,
        _ wish: SearchOptions.Strategy, walked: Bool
    ) {
        guard run.isAnalyzing else { return }
        run.counters.accounts[ObjectIdentifier(search)] = weighed.account(
            walked: walked, wish: wish,
            SearchAccount.Matches(count: mask.count, rowCount: state.rowCount, isExact: true))
    }

    private func tellExact(_ mask: FilterMask) {
        let column = search.table.columns[search.column].name
        run.counters.search = "exact(\(search.table.name).\(column)) over \(mask.count) matches"
    }

    /// Offers rows that are known to pass.
    private func offer(
        _ matches: some Sequence<UInt32>, to top: inout TopK, _ question: Question
    ) throws(DatabaseError) {
        try offer(matches.lazy.map { Slot($0) }, to: &top, question, areAccepted: true)
    }
}
