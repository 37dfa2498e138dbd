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
    private var found: FoundRows?

    init(_ search: CompiledExactSearch, _ run: PlanRun) throws(DatabaseError) {
        self.search = search
        self.run = run
        reader = try run.scope.reader(search.table)
        rows = RowReader(view: reader.view, layout: search.layout)
    }

    func next() throws(DatabaseError) -> [Value]? {
        if found == nil {
            let candidates = try candidates()
            found = FoundRows(
                candidates: candidates, search: search, rows: rows,
                state: search.covering.outputs.isEmpty ? nil : run.state(of: search))
        }
        return try found?.next()
    }

    private func candidates() throws(DatabaseError) -> [TopK.Candidate] {
        if !run.found.isEmpty, let found = run.found.removeValue(forKey: ObjectIdentifier(search)) {
            return found
        }
        let found = try ExactSearchRun(search, reader: reader, run).nearest()
        if run.isAnalyzing { run.counters.answers[ObjectIdentifier(search)] = found }
        return found
    }
}

/// The rows of candidates.
private struct FoundRows {
    private let candidates: [TopK.Candidate]
    private var position = 0
    private let search: CompiledExactSearch
    private let rows: RowReader
    /// Where rows need not be read for what they have in the columns that are needed.
    private let state: VectorIndexState?
    /// The last row: its memory is that of the next, where nobody kept it.
    private var row: [Value]

    init(
        candidates: [TopK.Candidate], search: CompiledExactSearch, rows: RowReader,
        state: VectorIndexState?
    ) {
        self.candidates = candidates
        self.search = search
        self.rows = rows
        self.state = state
        row = search.layout.emptyRow() + [.null, .null]
    }

    mutating func next() throws(DatabaseError) -> [Value]? {
        guard position < candidates.count else { return nil }
        let nearest = candidates[position]
        position += 1
        let columnCount = search.table.columns.count
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
                run.counters.work.visited += 1
                run.counters.work.filterRows += 1
                var row = try rows.row(at: slot)
                row.append(.int(Int64(slot.rawValue)))
                let isAccepted = try filter.accepts(run, row)
                if !isAccepted { run.counters.work.refused += 1 }
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

    /// What is asked: the nearest `k` to a vector.
    struct Question {
        let value: Value
        var k: Int
        let kernel: DistanceKernel
        let query: PreparedQuery
        /// Of this search alone.
        let memory: SearchMemory
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
        let radius = try limit == nil ? radius() : .infinity
        guard k > 0, let radius, let dimension = type.dimension, let element = VectorElement(type),
            let kernel = DistanceKernel(
                metric: search.metric, element: element, dimension: dimension),
            let query = kernel.prepare(value)
        else {
            try requireDimension(of: value, type)
            return .found([])
        }
        let memory = run.segments.memories.take()
        defer { run.segments.memories.giveBack(memory) }
        memory.scratch.pages = run.counters.pages
        let question = Question(
            value: value, k: k, kernel: kernel, query: query, memory: memory)
        let state = try search.index.flatMap { index throws(DatabaseError) in
            try indexState(index)
        }
        if let state, state.proposes, let size = try pageSize(of: k) {
            return .found(try pages(of: size, question, state))
        }
        let found =
            radius == .infinity
            ? try nearest(question, state) : try within(radius, question, state)
        tellWhole()
        guard let found else {
            let top = TopK(k: k, within: radius)
            return .scan(VectorScan(kernel: kernel, query: query, top: top))
        }
        return .found(try ordered(found.candidates(within: radius), count: k))
    }

    /// Says that no index was searched, where one might have been and nothing else is said.
    func tellWhole() {
        guard search.index != nil, run.counters.search == nil else { return }
        run.counters.search =
            "exact(\(search.table.name).\(search.table.columns[search.column].name))"
    }

    /// The nearest rows; `nil` where all are to be compared.
    ///
    /// - Parameter narrows: whether an index by keys may leave them.
    func nearest(
        _ question: Question, _ state: VectorIndexState?, narrows: Bool = true
    ) throws(DatabaseError) -> TopK? {
        if let found = try filtered(question, state) { return found }
        if narrows, let found = try narrowed(question) { return found }
        if let found = try approximate(question, state) { return found }
        return try filtered(question, state, always: true)
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
        let column = try reader.vectorColumn(search.column)
        // As many distances at a time, however many queries there are.
        let windowMost = budget == nil ? Self.windowSlots : Self.windowSlotsWithBudget
        let windowSlots = min(
            max(1_024, windowMost / scans.count), max(64, column.windowRows ?? .max))
        let window = ScanWindow(
            capacity: windowSlots + 64 + column.layout.rowsPerBlock, kernel: kernel,
            queries: scans.map(\.query), threads: run.searchThreads)
        let walk = try column.walk()
        var upcoming = try walk.next()
        var blocks: [VectorBlock] = []
        while let head = upcoming {
            try run.cancellation.check()
            if let budget, budget.isLate { break }
            let start = Int(head.firstSlot.rawValue) / 64 * 64
            blocks.removeAll(keepingCapacity: true)
            // A block is far smaller than a window, so at least one fits.
            repeat {
                if let block = upcoming { blocks.append(block) }
                upcoming = try walk.next()
            } while upcoming.map {
                Int($0.firstSlot.rawValue) + $0.rowCount - start <= windowSlots
            } ?? false
            let count = window.load(blocks[...], startingAt: start, live: live)
            run.scans.add(blocks: blocks.count)
            column.touched(rows: 1)
            if let pages = run.counters.pages {
                for block in blocks {
                    pages.add(block.vectors, count: block.rowCount * block.stride)
                }
            }
            budget?.spend(count * scans.count)
            for place in scans.indices {
                let search = tester(place)
                search.run.counters.work.distances += count
                if search.accepts == nil { search.run.counters.work.visited += count }
                // A filter may take its time.
                if place > 0 { try run.cancellation.check() }
                try window.offer(query: place, to: &scans[place].top, where: search.accepts)
            }
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
