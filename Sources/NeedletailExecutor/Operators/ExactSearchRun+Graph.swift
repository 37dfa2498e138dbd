import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// A search through a vector index: the walk proposes rows, the snapshot disposes.
///
/// Rows that are in no segment yet are compared one by one, rows that are gone are passed over, and
/// every distance is computed from the stored vector. Where too few rows pass the filter the walk
/// is widened, and at last every row is compared: a search is never short of rows.
extension ExactSearchRun {
    /// Of the rows, the share that must pass for a walk whose candidates are tested.
    static let testedShareMin = 0.01

    /// Whether the tail is so large a part of the table that one pass over all is cheaper.
    static func hasLongTail(_ state: VectorIndexState) -> Bool {
        state.tail.count > max(1_024, state.rowCount / 8)
    }

    /// The nearest rows as the index has them; `nil` where all rows are to be compared instead.
    func approximate(
        _ question: Question, _ state: VectorIndexState?
    ) throws(DatabaseError) -> TopK? {
        if let state, let lists = state.lists {
            return try approximateInLists(question, state, lists)
        }
        let options = try search.options.values(run.parameters)
        guard let index = search.index, let state, !state.segments.isEmpty,
            let components = question.value.floatComponents
        else { return nil }
        let k = question.k
        included?.use(state)
        run.counters.work.tailRows += state.tail.count
        run.indexState = state
        guard !Self.hasLongTail(state) else { return nil }
        var base = TopK(k: k)
        try offerTail(of: state, components, question, to: &base)
        let width = SearchWidth(options, k: k, session: run.efSearch)
        // As many candidates as the filter will leave enough of.
        let share = try passingShare(state)
        guard share > Self.testedShareMin || options.strategy == .post else { return nil }
        var times = Int((1 / max(share, 0.02)).rounded(.up))
        while true {
            try run.cancellation.check()
            var top = base
            var widest = 0
            for segment in state.segments {
                if let budget, budget.isSpent { break }
                let walk = SegmentWalk(segment, components, question.memory)
                guard let ef = try offer(walk, state, width, times: times, question, to: &top)
                else { return nil }
                run.counters.work.segments += 1
                widest = max(widest, ef)
            }
            if top.isFull || budget?.isSpent == true {
                run.counters.search = search.covering.text(index, width: widest)
                run.counters.isExact = false
                return top
            }
            // Beyond this, comparing every row costs no more than walking on.
            guard widest < min(4_096, state.rowCount / 8) else { return nil }
            times *= 4
            run.counters.work.widenings += 1
        }
    }

    /// `nil` where nothing was built yet, or a segment cannot be used: then that is told.
    func indexState(
        _ index: IndexDefinition
    ) throws(DatabaseError) -> VectorIndexState? {
        do throws(DatabaseError) {
            guard index.method == .ivf else {
                return try run.segments.state(
                    of: index, reader.view, isShared: run.scope.writer == nil)
            }
            // What this transaction has changed goes into the lists now.
            try run.scope.writer?.flushAll()
            return try run.segments.state(
                ofLists: index, of: search.table, reader.view,
                isShared: run.scope.writer == nil)
        } catch {
            guard error.isOfSegment else { throw error }
            tellDamaged(index, error)
            return nil
        }
    }

    /// Tells whoever asks, and the background.
    func tellDamaged(_ index: IndexDefinition, _ error: DatabaseError) {
        run.counters.search = nil
        if index.method == .ivf { run.segments.noteDamage(ofLists: index.id) }
        let isMended = run.segments.callKeeper()
        run.counters.notices.append(
            Notice(
                .indexCorrupted, "index \"\(index.name)\" was not used: \(error.message)",
                hint: isMended
                    ? "It is built anew in the background; SHOW INDEXES tells its state."
                    : "REINDEX builds it anew."))
    }

    /// Offers the rows that are in no segment, those that are far by their codes left out.
    private func offerTail(
        of state: VectorIndexState, _ components: [Float], _ question: Question,
        to top: inout TopK
    ) throws(DatabaseError) {
        guard !state.tail.isEmpty else { return }
        guard accepts == nil,
            let codes = try run.segments.tailCodes(of: state, reader, column: search.column)
        else {
            let tail = budget?.spend(on: state.tail) ?? state.tail[...]
            return try offer(tail, to: &top, question)
        }
        let query = question.memory.codeQuery(codes.layout)
        query.prepare(components)
        let near = codes.nearest(to: query, k: question.k)
        run.counters.work.visited += state.tail.count
        run.counters.work.codes += state.tail.count
        budget?.spend(state.tail.count)
        try offer(near.lazy.map { Slot($0) }, to: &top, question)
    }

    /// Offers what a walk proposes.
    ///
    /// - Parameter times: how many times wider than `width` says.
    /// - Returns: the width of the walk; `nil` where none would be wide enough.
    private func offer(
        _ walk: SegmentWalk, _ state: VectorIndexState, _ width: SearchWidth, times: Int,
        _ question: Question, to top: inout TopK
    ) throws(DatabaseError) -> Int? {
        // Where rows may be refused, every candidate is looked at, not only the nearest by code.
        let widening = state.widening(of: walk.segment)
        let isChoosy = accepts != nil || widening > 1
        func stretched(_ ef: Int) -> Int {
            Int((Double(ef * times) * min(widening, 8)).rounded(.up))
        }
        guard var ef = width.first(of: walk.segment).map(stretched) else { return nil }
        var found = nearest(walk, ef: ef, k: isChoosy ? ef : question.k)
        // What a walk that was cut short found is all there is.
        let isCut = budget?.isSpent == true
        let wanted = width.needed(of: walk.segment, difficulty: found.difficulty)
        guard let needed = isCut ? ef : wanted.map(stretched) else { return nil }
        if needed > ef {
            ef = needed
            found = nearest(walk, ef: ef, k: isChoosy ? ef : question.k)
        }
        let live = walk.rows(found).lazy.filter { state.live.contains($0) }.map { Slot($0) }
        try offer(live, to: &top, question)
        return ef
    }

    /// One walk, on the budget.
    private func nearest(_ walk: SegmentWalk, ef: Int, k: Int) -> GraphSearch {
        let found = walk.nearest(ef: ef, k: k, visitedMax: budget?.rowsLeft ?? .max)
        run.counters.work.visited += found.counters.visited
        run.counters.work.codes += found.counters.visited
        budget?.spend(found.counters.visited)
        return found
    }
}

/// Walks of one segment to one query.
private struct SegmentWalk {
    let segment: Segment
    private let graph: GraphMemory
    private let query: WalkQuery
    private let memory: SearchMemory

    init(_ segment: Segment, _ components: [Float], _ memory: SearchMemory) {
        self.segment = segment
        self.memory = memory
        graph = segment.graph
        query = memory.query(segment.layout)
        graph.prepare(query, components)
    }

    /// What a walk proposes; ``rows(_:)`` has it until the next.
    func nearest(ef: Int, k: Int, visitedMax: Int) -> GraphSearch {
        graph.search(
            query, ef: ef, k: k, visitedMax: visitedMax, scratch: memory.scratch,
            into: memory.rows(2 * ef))
    }

    func rows(_ found: GraphSearch) -> UnsafeBufferPointer<UInt32> {
        // SAFETY: the memory of the last walk, which wrote as many slots.
        UnsafeBufferPointer(start: memory.rows(found.count), count: found.count)
    }
}

extension Value {
    /// The components of a vector; of bits, 0 and 1.
    var floatComponents: [Float]? {
        switch self {
        case .vector(let vector): vector
        case .halfvec(let half): half.components
        case .bits(let bits): bits.components
        default: nil
        }
    }
}
