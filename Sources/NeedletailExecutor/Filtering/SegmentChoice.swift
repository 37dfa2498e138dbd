import NeedletailCatalog
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner

/// Weighs how one segment is to be searched among the nodes that pass a filter: all of them
/// compared, or a walk.
struct SegmentChoice {
    /// Of the nodes, those that pass.
    let share: Double
    /// What the ways cost, the walk as it was weighed last.
    private(set) var weighed = WeighedStrategies()
    private(set) var isOpposed = false
    private let segment: Segment
    private let width: SearchWidth
    private let strategy: SearchOptions.Strategy
    private let k: Int
    private let keepsLinks: Bool
    private let costs: StrategyCosts

    /// Matches that a walk among them needs within one step, in the mean: within two links, or
    /// within three where the ways between them are kept.
    private static let reachMin = 24.0

    /// - Parameters:
    ///   - matches: nodes that pass.
    ///   - keepsLinks: whether the ways between them are kept.
    ///   - pace: what it takes to compare a code, in nanoseconds.
    init(
        _ segment: Segment, matches: Int, keepsLinks: Bool, width: SearchWidth,
        strategy: SearchOptions.Strategy, k: Int, pace: Double
    ) {
        self.segment = segment
        self.width = width
        self.strategy = strategy
        self.k = k
        self.keepsLinks = keepsLinks
        costs = StrategyCosts(perCode: pace, perVector: 60 + 2 * pace)
        let shape = segment.graph.shape
        let nodeCount = max(1, shape.nodeCount)
        share = Double(matches) / Double(nodeCount)
        let first = width.first(of: segment)
        weighed.matches = costs.matches(matches, nodes: nodeCount, k: k)
        weighed.scan = StrategyCosts.scan(
            nodeCount, bytes: 4 * segment.layout.dimension)
        weighed.post = first.map {
            costs.post(ef: $0, share: share, degree: shape.baseDegree, k: k)
        }
        weighed.plain = first.map {
            costs.walk(ef: $0, share: 1, degree: shape.baseDegree, k: k)
        }
        weighed.walk = nil
        if let first { weigh(walk: widened(first)) }
    }

    /// How wide a first walk is to be; `nil` where comparing all matches is better.
    ///
    /// - Parameter isOpposed: whether the rows that pass are farther from the query than others; a
    ///   sample is asked where the answer can matter.
    mutating func firstWidth(_ isOpposed: () -> Bool) -> Int? {
        guard strategy != .pre, let first = width.first(of: segment), isWorth(first) else {
            return nil
        }
        self.isOpposed = isOpposed()
        weighed.isOpposed = self.isOpposed
        let ef = widened(first)
        return isWorth(ef) ? ef : nil
    }

    /// How wide a walk among the matches is to be where one among all rows has the width `ef`.
    func widened(_ ef: Int) -> Int {
        Int(Double(ef) * width.factor(share: share, isOpposed: isOpposed))
    }

    /// Whether a walk of width `ef` is worth making.
    mutating func isWorth(_ ef: Int) -> Bool {
        let walk = weigh(walk: ef)
        if strategy == .walk { return true }
        return !weighed.isOutOfReach && costs.prefersWalk(walk, over: weighed.matches)
    }

    @discardableResult
    private mutating func weigh(walk ef: Int) -> Double {
        let baseDegree = segment.graph.shape.baseDegree
        let walk = costs.walk(
            ef: ef, share: share, degree: baseDegree, k: k, keepsLinks: keepsLinks)
        weighed.walk = walk
        // Too few matches are within its steps: a walk would miss some, however wide.
        let degree = Double(baseDegree)
        let reach = degree * degree * share * (keepsLinks ? degree : 1)
        weighed.isOutOfReach = reach < Self.reachMin
        return walk
    }
}

extension Segment {
    /// What it takes to compare a code of the segment with `query`, which is prepared for it, in
    /// nanoseconds.
    func pace(_ query: WalkQuery, _ memory: SearchMemory) -> Double {
        nanosecondsPerCode {
            let graph = graph
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
