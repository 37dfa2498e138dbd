import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner

/// A search through a vector index: the walk proposes rows, the snapshot disposes.
///
/// Rows that are in no segment yet are compared one by one, rows that are gone are passed over, and
/// every distance is computed from the stored vector. Where too few rows pass the filter the walk
/// is widened, and at last every row is compared: a search is never short of rows.
extension ExactSearchRun {
    /// The nearest rows as the index has them; `nil` where all rows are to be compared instead.
    func approximate(
        _ value: Value, k: Int, kernel: DistanceKernel, query: PreparedQuery
    ) throws(DatabaseError) -> TopK? {
        let options = try SearchOptions(search.options, parameters: run.parameters)
        guard let index = search.index, let state = try indexState(index),
            let layout = state.segments.first?.layout, let components = value.floatComponents
        else { return nil }
        included?.use(state)
        // A tail that is a large part of the table: one pass over all is cheaper.
        guard state.tail.count <= max(1_024, state.rowCount / 8) else { return nil }
        // All segments of an index have one layout.
        let walk = WalkQuery(layout)
        var base = TopK(k: k)
        try offerTail(of: state, components, k: k, kernel, query, to: &base)
        let width = SearchWidth(options, k: k, session: run.efSearch)
        var times = 1
        while true {
            try run.cancellation.check()
            var top = base
            var widest = 0
            for segment in state.segments {
                segment.graph.prepare(walk, components)
                guard
                    let ef = try offer(
                        segment, state, walk: walk, k: k, width, times: times, kernel, query,
                        to: &top)
                else { return nil }
                widest = max(widest, ef)
            }
            if top.isFull {
                run.counters.search = "hnsw(\(index.name)) ef=\(widest)"
                return top
            }
            // Beyond this, comparing every row costs no more than walking on.
            guard widest < min(4_096, state.rowCount / 8) else { return nil }
            times *= 4
        }
    }

    /// `nil` where nothing was built yet, or a segment cannot be used: then that is told.
    private func indexState(
        _ index: IndexDefinition
    ) throws(DatabaseError) -> VectorIndexState? {
        do throws(DatabaseError) {
            return try run.segments.state(
                of: index, reader.view, isShared: run.scope.writer == nil)
        } catch {
            guard error.isOfSegment else { throw error }
            let isMended = run.segments.callKeeper()
            run.counters.notices.append(
                Notice(
                    .indexCorrupted,
                    "index \"\(index.name)\" was not used: \(error.message)",
                    hint: isMended
                        ? "It is built anew in the background; SHOW INDEXES tells its state."
                        : "REINDEX builds it anew."))
            return nil
        }
    }

    /// Offers the rows that are in no segment, those that are far by their codes left out.
    private func offerTail(
        of state: VectorIndexState, _ components: [Float], k: Int, _ kernel: DistanceKernel,
        _ query: PreparedQuery, to top: inout TopK
    ) throws(DatabaseError) {
        guard accepts == nil,
            let codes = try run.segments.tailCodes(of: state, reader, column: search.column)
        else { return try offer(state.tail, to: &top, kernel: kernel, query: query) }
        let walk = WalkQuery(codes.layout)
        walk.prepare(components)
        let near = codes.nearest(to: walk, k: k)
        run.counters.visited += state.tail.count
        try offer(near.lazy.map { Slot($0) }, to: &top, kernel: kernel, query: query)
    }

    /// Offers what a walk of `segment` proposes.
    ///
    /// - Parameter times: how many times wider than `width` says.
    /// - Returns: the width of the walk; `nil` where none would be wide enough.
    private func offer(
        _ segment: Segment, _ state: VectorIndexState, walk: WalkQuery, k: Int,
        _ width: SearchWidth, times: Int, _ kernel: DistanceKernel, _ query: PreparedQuery,
        to top: inout TopK
    ) throws(DatabaseError) -> Int? {
        // Where rows may be refused, every candidate is looked at, not only the nearest by code.
        let widening = state.widening(of: segment)
        let isChoosy = accepts != nil || widening > 1
        func stretched(_ ef: Int) -> Int {
            Int((Double(ef * times) * min(widening, 8)).rounded(.up))
        }
        guard var ef = width.first(of: segment).map(stretched) else { return nil }
        var rows = [UInt32](repeating: 0, count: 2 * ef)
        var found = walked(segment, walk, ef: ef, k: isChoosy ? ef : k, into: &rows)
        guard
            let needed = width.needed(of: segment, difficulty: found.difficulty).map(stretched)
        else { return nil }
        if needed > ef {
            ef = needed
            rows = [UInt32](repeating: 0, count: 2 * ef)
            found = walked(segment, walk, ef: ef, k: isChoosy ? ef : k, into: &rows)
        }
        let live = rows.prefix(found.count).lazy.filter { state.live.contains($0) }.map { Slot($0) }
        try offer(live, to: &top, kernel: kernel, query: query)
        return ef
    }

    private func walked(
        _ segment: Segment, _ walk: WalkQuery, ef: Int, k: Int, into rows: inout [UInt32]
    ) -> GraphSearch {
        let found = run.segments.scratches.with { scratch in
            segment.graph.search(walk, ef: ef, k: k, scratch: scratch, into: &rows)
        }
        run.counters.visited += found.counters.visited
        return found
    }
}

extension Value {
    /// The components of a vector; of bits, 0 and 1.
    fileprivate var floatComponents: [Float]? {
        switch self {
        case .vector(let vector): vector
        case .halfvec(let half): half.components
        case .bits(let bits): bits.components
        default: nil
        }
    }
}
