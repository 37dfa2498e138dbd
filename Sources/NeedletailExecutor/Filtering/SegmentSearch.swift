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
    /// Of the nodes, those that pass.
    private var share = 0.0
    private var isOpposed = false
    /// What was weighed.
    private(set) var weighed = WeighedStrategies()

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
        if strategy != .pre, let found = walk() { return found }
        walkWidth = 0
        guard let found = graph.scan(query, over: nodes, k: k, memory: memory) else { return nil }
        counters.visited += found.counters.visited
        counters.codes += found.counters.visited
        return found
    }

    /// What a walk finds; `nil` where comparing all matches is better.
    private mutating func walk() -> GraphSearch? {
        let nodeCount = max(1, graph.shape.nodeCount)
        share = Double(nodes.count) / Double(nodeCount)
        let costs = StrategyCosts(perCode: nanosecondsPerCode, perVector: nanosecondsPerVector)
        let all = costs.matches(nodes.count, nodes: nodeCount, k: k)
        let degree = graph.shape.baseDegree
        weighed.matches = all
        weighed.scan = costs.scan(nodeCount, vectorBytes: 4 * segment.layout.dimension)
        weighed.walk = nil
        weighed.post = width.first(of: segment).map {
            costs.post(ef: $0, share: share, degree: degree, k: k)
        }
        // Whether it is worth asking the sample.
        guard let first = width.first(of: segment), isWorth(first, costs, over: all) else {
            return nil
        }
        isOpposed = graph.isOpposed(query, to: nodes, memory.scratch)
        counters.visited += 2 * nodes.sampleCount
        counters.codes += 2 * nodes.sampleCount
        weighed.isOpposed = isOpposed
        let factor = width.factor(share: share, isOpposed: isOpposed)
        func widened(_ ef: Int) -> Int { Int(Double(ef) * factor) }
        var ef = widened(first)
        guard isWorth(ef, costs, over: all), var found = once(ef) else { return nil }
        walkWidth = ef
        // The matches are far, which says nothing of how hard they are to find.
        if isOpposed { return found }
        guard
            let needed = width.needed(of: segment, difficulty: found.difficulty).map(widened)
        else { return nil }
        // The factor leaves some room.
        if 2 * needed > 3 * ef {
            counters.widenings += 1
            ef = needed
            guard isWorth(ef, costs, over: all), let again = once(ef) else { return nil }
            found = again
            walkWidth = ef
        }
        return found
    }

    /// Matches that a walk among them needs within one step, in the mean: within two links, or
    /// within three where the ways between them are kept.
    private static let reachMin = 24.0

    private mutating func isWorth(
        _ ef: Int, _ costs: StrategyCosts, over all: Double
    ) -> Bool {
        let walk = costs.walk(
            ef: ef, share: share, degree: graph.shape.baseDegree, k: k,
            keepsLinks: nodes.keepsLinks)
        weighed.walk = walk
        if strategy == .walk { return true }
        // Too few matches are within its steps: a walk would miss some, however wide.
        let degree = Double(graph.shape.baseDegree)
        let reach = degree * degree * share * (nodes.keepsLinks ? degree : 1)
        guard reach >= Self.reachMin else { return false }
        return costs.prefersWalk(walk, over: all)
    }

    private func once(_ ef: Int) -> GraphSearch? {
        // As many looks as comparing all would take, and then that.
        let budget = strategy == .walk ? Int.max : nodes.count + 512
        let found = graph.search(
            query, within: nodes, ef: ef, k: k, budget: budget, share: share,
            scratch: memory.scratch, into: memory.rows(2 * ef))
        counters.visited += found?.counters.visited ?? 0
        counters.codes += found?.counters.visited ?? 0
        return found
    }

    private var nanosecondsPerVector: Double { 60 + nanosecondsPerCode * 2 }

    private var nanosecondsPerCode: Double {
        segment.nanosecondsPerCode {
            var best = Int64.max
            for round in 0..<4 {
                let start = MonotonicClock.nanoseconds()
                graph.scoreSample(query, count: 256, seed: UInt64(round), memory)
                best = min(best, MonotonicClock.nanoseconds() - start)
            }
            return max(1, Double(best) / 256)
        }
    }
}
