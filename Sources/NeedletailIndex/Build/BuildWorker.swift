import NeedletailKernels

/// What one thread needs to insert nodes.
final class BuildWorker {
    let scratch = WalkScratch()
    let query: WalkQuery
    let pair: WalkQuery
    let selection: NeighborSelection
    // SAFETY: has the `room` given to `init`, and is freed in `deinit`.
    let candidates: UnsafeMutablePointer<Candidate>

    init(_ graph: GraphView, layout: CodeLayout, room: Int) {
        query = WalkQuery(layout)
        pair = WalkQuery(layout)
        selection = NeighborSelection(graph, pair: pair, room: room)
        candidates = .allocate(capacity: room)
    }

    deinit {
        selection.deallocate()
        candidates.deallocate()
    }
}
