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
    private static let fewMatches = 48

    /// The nearest rows that pass; `nil` where the filter is to be tested row by row.
    ///
    /// - Parameter always: whether the rows that pass are found whatever that costs.
    func filtered(
        _ value: Value, k: Int, kernel: DistanceKernel, query: PreparedQuery, always: Bool = false
    ) throws(DatabaseError) -> TopK? {
        // A search with a budget looks at rows one by one.
        guard budget == nil, let parts = search.parts, let index = search.index,
            let state = try indexState(index), !state.segments.isEmpty,
            let components = value.floatComponents
        else { return nil }
        let options = try search.options.values(run.parameters)
        let isForced = always || options.strategy == .pre || options.strategy == .walk
        guard always || options.strategy != .post,
            let mask = try mask(parts, state, isForced: isForced)
        else { return nil }
        run.indexState = state
        var top = TopK(k: k)
        guard mask.count > Self.fewMatches else {
            try offer(matches: mask.slots.slots, to: &top, kernel, query)
            tellExact(mask)
            tell(WeighedStrategies(), mask, state, walked: false)
            return top
        }
        let matchingTail = state.tail.lazy.map(\.rawValue).filter(mask.slots.contains)
        try offer(matches: matchingTail, to: &top, kernel, query)
        let memory = run.segments.memories.take()
        defer { run.segments.memories.giveBack(memory) }
        run.counters.tailRows += state.tail.count
        var widest = 0
        var weighed = WeighedStrategies()
        for segment in state.segments {
            var one = SegmentSearch(
                segment: segment, mask: mask, nodes: mask.nodes(of: segment),
                width: SearchWidth(options, k: k, session: run.efSearch),
                strategy: options.strategy,
                k: k, memory: memory, counters: run.counters)
            one.prepare(components)
            let found = one.nearest()
            run.counters.segments += 1
            weighed.add(one.weighed)
            if let found {
                let rows = UnsafeBufferPointer(start: memory.rows(found.count), count: found.count)
                // SAFETY: the memory of this search, which wrote as many slots.
                try offer(matches: rows.lazy.filter(mask.slots.contains), to: &top, kernel, query)
            } else {
                let slots = mask.slots.intersection(segment.slots)
                try offer(matches: slots.slots, to: &top, kernel, query)
            }
            widest = max(widest, one.walkWidth)
        }
        if widest == 0 {
            tellExact(mask)
        } else if !top.isFull {
            // A walk that met too few: their codes may be those of rows without the filter.
            top = TopK(k: k)
            try offer(matches: mask.slots.slots, to: &top, kernel, query)
            tellExact(mask)
        } else {
            run.counters.search =
                "hnsw(\(index.name)) ef=\(widest) within \(mask.count) matches"
            run.counters.isExact = false
        }
        tell(weighed, mask, state, walked: run.counters.isExact == false)
        return top
    }

    /// Writes down how the way was chosen, where somebody wants to know.
    private func tell(
        _ weighed: WeighedStrategies, _ mask: FilterMask, _ state: VectorIndexState, walked: Bool
    ) {
        guard run.isAnalyzing else { return }
        run.counters.accounts[ObjectIdentifier(search)] = weighed.account(
            walked: walked,
            SearchAccount.Matches(count: mask.count, rowCount: state.rowCount, isExact: true))
    }

    private func tellExact(_ mask: FilterMask) {
        let column = search.table.columns[search.column].name
        run.counters.search = "exact(\(search.table.name).\(column)) over \(mask.count) matches"
    }

    /// Offers rows that pass.
    private func offer(
        matches: some Sequence<UInt32>, to top: inout TopK, _ kernel: DistanceKernel,
        _ query: PreparedQuery
    ) throws(DatabaseError) {
        let column = try reader.vectorColumn(search.column).remembering()
        let memory = run.segments.memories.take()
        defer { run.segments.memories.giveBack(memory) }
        var count = 0
        func flush() {
            kernel.distances(
                query, toRowsAt: memory.vectors, count: count, into: memory.distances)
            run.counters.distances += count
            for place in 0..<count where memory.distances[place] <= top.threshold {
                top.offer(memory.distances[place], slot: memory.slots[place])
            }
            count = 0
        }
        var seen = 0
        for slot in matches {
            seen += 1
            if seen % 4_096 == 0 { try run.cancellation.check() }
            guard let vector = try column.vector(Slot(slot)) else { continue }
            kernel.prefetch(rowAt: vector)
            (memory.slots[count], memory.vectors[count]) = (slot, vector)
            count += 1
            if count == SearchMemory.batchMax { flush() }
        }
        flush()
    }
}
