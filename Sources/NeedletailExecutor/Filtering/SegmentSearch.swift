import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner

/// A search in one segment among the nodes of a mask.
struct SegmentSearch {
    let segment: Segment
    let nodes: NodeMask
    let width: SearchWidth
    let strategy: SearchOptions.Strategy
    let k: Int
    let memory: SearchMemory
    let counters: ExecutionCounters
    private let graph: GraphMemory
    private let query: WalkQuery
    /// Of the walk that was made; 0 where none was.
    private(set) var walkWidth = 0
    private var choice: SegmentChoice?

    /// What was weighed.
    var weighed: WeighedStrategies { choice?.weighed ?? WeighedStrategies() }

    init(
        segment: Segment, nodes: NodeMask, width: SearchWidth,
        strategy: SearchOptions.Strategy, k: Int, memory: SearchMemory, counters: ExecutionCounters
    ) {
        self.segment = segment
        self.nodes = nodes
        self.width = width
        self.strategy = strategy
        self.k = k
        self.memory = memory
        self.counters = counters
        graph = segment.graph
        query = memory.query(segment.layout)
    }

    func prepare(_ components: [Float]) { graph.prepare(query, components) }

    /// Slots in the memory's rows; `nil` where all matches are to be compared by their vectors.
    mutating func nearest() -> GraphSearch? {
        guard nodes.count > 0 else { return .nothing }
        if let found = walk() { return found }
        walkWidth = 0
        guard let found = graph.scan(query, over: nodes, k: k, memory: memory) else { return nil }
        counters.work.visited += found.counters.visited
        counters.work.codes += found.counters.visited
        return found
    }

    /// What a walk finds; `nil` where comparing all matches is better.
    private mutating func walk() -> GraphSearch? {
        let begun = counters.isAnalyzing ? MonotonicClock.nanoseconds() : 0
        var choice = SegmentChoice(
            segment, matches: nodes.count, keepsLinks: nodes.keepsLinks, width: width,
            strategy: strategy, k: k, pace: segment.pace(query, memory))
        defer { self.choice = choice }
        let first = choice.firstWidth {
            counters.work.visited += 2 * nodes.sampleCount
            counters.work.codes += 2 * nodes.sampleCount
            let asked = counters.isAnalyzing ? MonotonicClock.nanoseconds() : 0
            defer {
                if counters.isAnalyzing {
                    counters.choice.sampling += MonotonicClock.nanoseconds() - asked
                }
            }
            return graph.isOpposed(query, to: nodes, memory.scratch)
        }
        if counters.isAnalyzing {
            counters.choice.weighing += MonotonicClock.nanoseconds() - begun
        }
        guard var ef = first, var found = once(ef, choice.share) else { return nil }
        walkWidth = ef
        // The matches are far, which says nothing of how hard they are to find.
        if choice.isOpposed { return found }
        guard
            let needed = width.needed(of: segment, difficulty: found.difficulty)
                .map(choice.widened)
        else { return nil }
        // The factor leaves some room.
        if 2 * needed > 3 * ef {
            counters.work.widenings += 1
            ef = needed
            guard choice.isWorth(ef), let again = once(ef, choice.share) else { return nil }
            found = again
            walkWidth = ef
        }
        return found
    }

    private func once(_ ef: Int, _ share: Double) -> GraphSearch? {
        // As many looks as comparing all would take, and then that.
        let budget = strategy == .walk ? Int.max : nodes.count + 512
        let found = graph.search(
            query, within: nodes, ef: ef, k: k, budget: budget, share: share,
            scratch: memory.scratch, into: memory.rows(2 * ef))
        counters.work.visited += found?.counters.visited ?? 0
        counters.work.codes += found?.counters.visited ?? 0
        return found
    }
}
