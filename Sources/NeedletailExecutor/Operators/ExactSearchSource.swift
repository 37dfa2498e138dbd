import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// Yields the rows nearest to a query vector, nearest first, by computing every distance that can
/// matter.
///
/// The answer is exact: distances come from the stored values by one kernel, and ties at the last
/// place are broken by primary key, so that neither threads nor access paths can change it.
final class ExactSearchSource: RowSource {
    private let search: CompiledExactSearch
    private let reader: TableReader
    private let rows: RowReader
    private let run: PlanRun
    private var results: IndexingIterator<[TopK.Candidate]>?
    /// Where rows need not be read for what they have in the columns that are needed.
    private var state: VectorIndexState?
    /// The last row: its memory is that of the next, where nobody kept it.
    private var row: [Value] = []

    init(_ search: CompiledExactSearch, _ run: PlanRun) throws(DatabaseError) {
        self.search = search
        self.run = run
        reader = try run.scope.reader(search.table)
        rows = RowReader(view: reader.view, layout: search.layout)
    }

    func next() throws(DatabaseError) -> [Value]? {
        if results == nil {
            if !run.found.isEmpty,
                let found = run.found.removeValue(forKey: ObjectIdentifier(search))
            {
                results = found.makeIterator()
            } else {
                let found = try ExactSearchRun(search, reader: reader, run).nearest()
                if run.isAnalyzing { run.counters.answers[ObjectIdentifier(search)] = found }
                results = found.makeIterator()
            }
            if !search.covering.outputs.isEmpty { state = run.state(of: search) }
        }
        guard let nearest = results?.next() else { return nil }
        let columnCount = search.table.columns.count
        if row.isEmpty {
            row = search.layout.emptyRow()
            row.append(.null)
            row.append(.null)
        }
        if state?.read(search.covering.outputs, at: nearest.slot, into: &row) != true {
            try rows.read(Slot(nearest.slot), into: &row)
        }
        row[columnCount] = .int(Int64(nearest.slot))
        row[columnCount + 1] = .double(nearest.distance)
        return row
    }
}

/// One exact search.
struct ExactSearchRun {
    /// Slots whose distances are computed before the next selection.
    private static let windowSlots = 1 << 17
    /// The same where the time is limited, so that it is looked at often.
    private static let windowSlotsWithBudget = 1 << 13

    let search: CompiledExactSearch
    let reader: TableReader
    let run: PlanRun
    let accepts: ((Slot) throws(DatabaseError) -> Bool)?
    /// Knows of some rows whether they are accepted, without reading them.
    let included: IncludedFilter?
    /// What the statement lets it spend; `nil` for no limit.
    let budget: SearchBudget?

    init(
        _ search: CompiledExactSearch, reader: TableReader, _ run: PlanRun
    ) throws(DatabaseError) {
        self.search = search
        self.reader = reader
        self.run = run
        budget = try run.budget(of: search)
        let included = IncludedFilter(search, run)
        self.included = included
        if let filter = search.filter {
            let rows = RowReader(view: reader.view, layout: filter.layout)
            accepts = { slot throws(DatabaseError) in
                if let known = try included?.accepts(slot) { return known }
                run.counters.visited += 1
                run.counters.filterRows += 1
                var row = try rows.row(at: slot)
                row.append(.int(Int64(slot.rawValue)))
                let isAccepted = try filter.accepts(run, row)
                if !isAccepted { run.counters.refused += 1 }
                return isAccepted
            }
        } else {
            accepts = nil
        }
    }

    /// What a search comes to before all vectors are read.
    enum Start {
        case found([TopK.Candidate])
        /// Every distance is to be computed.
        case scan(VectorScan)
    }

    /// A search that compares all rows.
    struct VectorScan {
        let kernel: DistanceKernel
        let query: PreparedQuery
        var top: TopK
    }

    /// The nearest rows in order, no more than were asked for.
    func nearest() throws(DatabaseError) -> [TopK.Candidate] {
        switch try start() {
        case .found(let candidates): return candidates
        case .scan(let scan):
            var scans = [scan]
            try compareAll(&scans) { _ in self }
            return try ordered(scans[0].top.candidates(), count: scan.top.k)
        }
    }

    /// As ``nearest()`` beside each of `rows`: those that compare all rows do so in one pass.
    func nearest(beside rows: [[Value]]) throws(DatabaseError) -> [[TopK.Candidate]] {
        let enclosing = run.outerRow
        defer { run.outerRow = enclosing }
        var results = [[TopK.Candidate]](repeating: [], count: rows.count)
        var scans: [VectorScan] = []
        var places: [Int] = []
        for (place, row) in rows.enumerated() {
            run.outerRow = row
            switch try start() {
            case .found(let candidates): results[place] = candidates
            case .scan(let scan):
                scans.append(scan)
                places.append(place)
            }
        }
        try compareAll(&scans) { place in
            run.outerRow = rows[places[place]]
            return self
        }
        for (scan, place) in zip(scans, places) {
            results[place] = try ordered(scan.top.candidates(), count: scan.top.k)
        }
        return results
    }

    func start() throws(DatabaseError) -> Start {
        let type = search.table.columns[search.column].type
        let value = try search.query(run, [])
        let rowCount = try reader.rowCount()
        var limit = run.searchCounts[ObjectIdentifier(search)]
        if limit == nil { limit = try search.count.value(run) }
        let k = min(limit ?? rowCount, rowCount)
        guard k > 0, let dimension = type.dimension, let element = VectorElement(type),
            let kernel = DistanceKernel(
                metric: search.metric, element: element, dimension: dimension),
            let query = kernel.prepare(value)
        else {
            try requireDimension(of: value, type)
            return .found([])
        }
        var top = TopK(k: k)
        var needsScan = false
        if let found = try filtered(value, k: k, kernel: kernel, query: query) {
            top = found
        } else if let narrowing = search.narrowing,
            let slots = try narrowed(narrowing, atMost: max(1_024, rowCount / 8))
        {
            let affordable = budget?.spend(on: slots) ?? slots[...]
            try offer(affordable, to: &top, kernel: kernel, query: query)
        } else if let found = try approximate(value, k: k, kernel: kernel, query: query) {
            top = found
        } else if let found = try filtered(
            value, k: k, kernel: kernel, query: query, always: true)
        {
            top = found
        } else {
            needsScan = true
        }
        if search.index != nil, run.counters.search == nil {
            run.counters.search =
                "exact(\(search.table.name).\(search.table.columns[search.column].name))"
        }
        if needsScan { return .scan(VectorScan(kernel: kernel, query: query, top: top)) }
        return .found(try ordered(top.candidates(), count: k))
    }

    /// A NULL query has no neighbours; one of another dimension is a mistake.
    private func requireDimension(of value: Value, _ type: ValueType) throws(DatabaseError) {
        guard let found = VectorDistance.dimension(of: value), let wanted = type.dimension,
            found != wanted
        else { return }
        throw DatabaseError(
            .dataException, "expected \(wanted) dimensions, not \(found)",
            hint: "embed the query with the model that filled the column",
            position: search.queryRange)
    }

    // MARK: All rows

    /// Compares every row with the queries of `scans`.
    ///
    /// - Parameter tester: the search that a scan is of, whose filter rows are tested by and which
    ///   they are counted for; called before they are.
    func compareAll(
        _ scans: inout [VectorScan], _ tester: (Int) -> ExactSearchRun
    ) throws(DatabaseError) {
        guard let kernel = scans.first?.kernel else { return }
        var live = try reader.liveSlots()
        if let budget { live = budget.affordable(live) }
        let blocks = try reader.vectorBlocks(search.column)
        // As many distances at a time, however many queries there are.
        let windowMost = budget == nil ? Self.windowSlots : Self.windowSlotsWithBudget
        let windowSlots = max(1_024, windowMost / scans.count)
        let window = ScanWindow(
            capacity: windowSlots + 64 + (blocks.map(\.rowCount).max() ?? 0), kernel: kernel,
            queries: scans.map(\.query), threads: run.searchThreads)
        var first = 0
        while first < blocks.count {
            try run.cancellation.check()
            if let budget, budget.isLate { break }
            let start = Int(blocks[first].firstSlot.rawValue) / 64 * 64
            var end = first
            while end < blocks.count,
                Int(blocks[end].firstSlot.rawValue) + blocks[end].rowCount - start
                    <= windowSlots
            {
                end += 1
            }
            // A block is far smaller than a window, so at least one fits.
            end = max(end, first + 1)
            let count = window.load(blocks[first..<end], startingAt: start, live: live)
            run.scans.add(blocks: end - first)
            budget?.spend(count * scans.count)
            for place in scans.indices {
                let search = tester(place)
                search.run.counters.distances += count
                if search.accepts == nil { search.run.counters.visited += count }
                // A filter may take its time.
                if place > 0 { try run.cancellation.check() }
                try window.offer(query: place, to: &scans[place].top, where: search.accepts)
            }
            first = end
        }
    }

    // MARK: Some rows

    /// The slots that an index leaves, or `nil` where they are so many that reading all vectors in
    /// order is cheaper.
    private func narrowed(
        _ access: CompiledAccess, atMost most: Int
    ) throws(DatabaseError) -> [Slot]? {
        guard let cursor = try SlotSource(access, reader: reader, run) else {
            return nil
        }
        var slots: [Slot] = []
        while let slot = try cursor.next() {
            guard slots.count < most else { return nil }
            slots.append(slot)
        }
        return slots.sorted()
    }

    func offer(
        _ slots: some Sequence<Slot>, to top: inout TopK, kernel: DistanceKernel,
        query: PreparedQuery
    ) throws(DatabaseError) {
        let column = try reader.vectorColumn(search.column).remembering()
        let memory = run.segments.memories.take()
        defer { run.segments.memories.giveBack(memory) }
        // Vectors lie anywhere: all of a batch are on their way before the first is compared.
        var count = 0
        for (position, slot) in slots.enumerated() {
            if position % 256 == 0 {
                try run.cancellation.check()
                if let budget, position > 0, budget.isLate { break }
            }
            // Cheaper than a distance, where it needs no row.
            let known = try included?.accepts(slot)
            if known == false { continue }
            guard let vector = try column.vector(slot) else { continue }
            kernel.prefetch(rowAt: vector)
            (memory.slots[count], memory.vectors[count]) = (slot.rawValue, vector)
            memory.isAccepted[count] = known == true
            count += 1
            if count == SearchMemory.batchMax {
                try offer(memory, count, to: &top, kernel: kernel, query: query)
                count = 0
            }
        }
        try offer(memory, count, to: &top, kernel: kernel, query: query)
    }

    /// Offers the rows of a batch in their order.
    private func offer(
        _ batch: SearchMemory, _ count: Int, to top: inout TopK, kernel: DistanceKernel,
        query: PreparedQuery
    ) throws(DatabaseError) {
        kernel.distances(query, toRowsAt: batch.vectors, count: count, into: batch.distances)
        run.counters.distances += count
        if accepts == nil { run.counters.visited += count }
        for place in 0..<count where batch.distances[place] <= top.threshold {
            let isAccepted = batch.isAccepted[place]
            if !isAccepted, let accepts, try !accepts(Slot(batch.slots[place])) { continue }
            top.offer(batch.distances[place], slot: batch.slots[place])
        }
    }
}

extension DistanceKernel {
    /// The query, or `nil` where `value` is not a vector of the kernel's kind and dimension.
    func prepare(_ value: Value) -> PreparedQuery? {
        switch value {
        case .vector(let components): prepare(components)
        case .halfvec(let half): prepare(half)
        case .bits(let bits): prepare(bits)
        default: nil
        }
    }
}
