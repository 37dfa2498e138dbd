import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// Yields the rows nearest to a query vector, nearest first, by computing every distance that can
/// matter.
///
/// The answer is exact: distances come from the stored values by one kernel, and ties at the last
/// place are broken by primary key, so that neither threads nor access paths can change it.
final class ExactSearchSource: RowSource {
    private let search: ExactSearch
    private let rows: RowReader
    private let run: () throws(DatabaseError) -> [TopK.Candidate]
    private var results: IndexingIterator<[TopK.Candidate]>?

    init(_ search: ExactSearch, builder: PlanBuilder) throws(DatabaseError) {
        self.search = search
        let reader = try builder.scope.reader(search.table)
        rows = reader.rows(needed: ColumnSelection(search.needed))
        run = { () throws(DatabaseError) in
            try ExactSearchRun(search, reader: reader, builder: builder).nearest()
        }
    }

    func next() throws(DatabaseError) -> [Value]? {
        if results == nil { results = try run().makeIterator() }
        guard let nearest = results?.next() else { return nil }
        var row = try rows.row(at: Slot(nearest.slot))
        row.append(.int(Int64(nearest.slot)))
        row.append(.double(nearest.distance))
        return row
    }
}

/// One exact search.
struct ExactSearchRun {
    /// Slots whose distances are computed before the next selection.
    private static let windowSlots = 1 << 17

    private let search: ExactSearch
    private let reader: TableReader
    private let builder: PlanBuilder
    private let accepts: ((Slot) throws(DatabaseError) -> Bool)?

    init(_ search: ExactSearch, reader: TableReader, builder: PlanBuilder) {
        self.search = search
        self.reader = reader
        self.builder = builder
        if let filter = search.filter {
            var positions: Set<Int> = []
            filter.collectColumns(into: &positions)
            let rows = reader.rows(needed: ColumnSelection(positions))
            let predicate = builder.compiler.predicate(filter)
            let counters = builder.counters
            accepts = { slot throws(DatabaseError) in
                counters.visited += 1
                var row = try rows.row(at: slot)
                row.append(.int(Int64(slot.rawValue)))
                return try predicate(row)
            }
        } else {
            accepts = nil
        }
    }

    /// The nearest rows in order, no more than were asked for.
    func nearest() throws(DatabaseError) -> [TopK.Candidate] {
        let type = search.table.columns[search.column].type
        let value = try builder.compiler.value(of: search.query)
        let rowCount = try reader.rowCount()
        let limit = try builder.rowCount(search.count, clause: "LIMIT")
        let k = min(limit ?? rowCount, rowCount)
        guard k > 0, let dimension = type.dimension, let element = VectorElement(type),
            let kernel = DistanceKernel(
                metric: search.metric, element: element, dimension: dimension),
            let query = kernel.prepare(value)
        else {
            try requireDimension(of: value, type)
            return []
        }
        var top = TopK(k: k)
        if let narrowing = search.narrowing,
            let slots = try narrowed(narrowing, atMost: max(1_024, rowCount / 8))
        {
            try offer(slots, to: &top, kernel: kernel, query: query)
        } else {
            try scan(into: &top, kernel: kernel, query: query)
        }
        return try ordered(top.candidates(), count: k)
    }

    /// A NULL query has no neighbours; one of another dimension is a mistake.
    private func requireDimension(of value: Value, _ type: ValueType) throws(DatabaseError) {
        guard let found = VectorDistance.dimension(of: value), let wanted = type.dimension,
            found != wanted
        else { return }
        throw DatabaseError(
            .dataException, "expected \(wanted) dimensions, not \(found)",
            hint: "embed the query with the model that filled the column",
            position: search.query.range)
    }

    // MARK: All rows

    private func scan(
        into top: inout TopK, kernel: DistanceKernel, query: PreparedQuery
    ) throws(DatabaseError) {
        let live = try reader.liveSlots()
        let blocks = try reader.vectorBlocks(search.column)
        let window = ScanWindow(
            capacity: Self.windowSlots, kernel: kernel, query: query,
            threads: builder.searchThreads)
        var first = 0
        while first < blocks.count {
            try builder.cancellation.check()
            let start = Int(blocks[first].firstSlot.rawValue) / 64 * 64
            var end = first
            while end < blocks.count,
                Int(blocks[end].firstSlot.rawValue) + blocks[end].rowCount - start
                    <= Self.windowSlots
            {
                end += 1
            }
            // A block is far smaller than a window, so at least one fits.
            end = max(end, first + 1)
            let count = window.load(blocks[first..<end], startingAt: start, live: live)
            builder.counters.distances += count
            if accepts == nil { builder.counters.visited += count }
            try window.offer(to: &top, where: accepts)
            first = end
        }
    }

    // MARK: Some rows

    /// The slots that an index leaves, or `nil` where they are so many that reading all vectors in
    /// order is cheaper.
    private func narrowed(
        _ access: TableScan.Access, atMost most: Int
    ) throws(DatabaseError) -> [Slot]? {
        guard let cursor = try SlotSource(access, reader: reader, builder: builder) else {
            return nil
        }
        var slots: [Slot] = []
        while let slot = try cursor.next() {
            guard slots.count < most else { return nil }
            slots.append(slot)
        }
        return slots.sorted()
    }

    private func offer(
        _ slots: [Slot], to top: inout TopK, kernel: DistanceKernel, query: PreparedQuery
    ) throws(DatabaseError) {
        let column = try reader.vectorColumn(search.column)
        for (position, slot) in slots.enumerated() {
            if position % 256 == 0 { try builder.cancellation.check() }
            guard let vector = try column.vector(slot) else { continue }
            let distance = kernel.distance(query, toRowAt: vector)
            builder.counters.distances += 1
            guard distance <= top.threshold else { continue }
            if let accepts, try !accepts(slot) { continue }
            top.offer(distance, slot: slot.rawValue)
        }
        if accepts == nil { builder.counters.visited += slots.count }
    }

    // MARK: Ties

    /// Puts candidates of one distance in primary-key order and cuts to `count`.
    private func ordered(
        _ candidates: [TopK.Candidate], count: Int
    ) throws(DatabaseError) -> [TopK.Candidate] {
        guard !search.table.primaryKey.isEmpty else { return Array(candidates.prefix(count)) }
        var result: [TopK.Candidate] = []
        var start = 0
        while start < candidates.count, result.count < count {
            var end = start + 1
            while end < candidates.count, candidates[end].distance == candidates[start].distance {
                end += 1
            }
            if end - start == 1 {
                result.append(candidates[start])
            } else {
                var keyed: [(key: [UInt8], candidate: TopK.Candidate)] = []
                for candidate in candidates[start..<end] {
                    keyed.append((try reader.encodedKey(at: Slot(candidate.slot)), candidate))
                }
                keyed.sort { $0.key.lexicographicallyPrecedes($1.key) }
                result += keyed.map(\.candidate)
            }
            start = end
        }
        return Array(result.prefix(count))
    }
}

extension VectorElement {
    /// What a column of `type` holds.
    init?(_ type: ValueType) {
        switch type {
        case .vector: self = .f32
        case .halfvec: self = .f16
        case .bit: self = .bit
        default: return nil
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
