import CNeedletailKernels
import NeedletailKernels

/// Chooses the neighbours of a node (Malkov and Yashunin 2016, algorithm 4): a candidate is kept
/// when it is nearer to the node than to every neighbour kept so far.
struct NeighborSelection {
    private let graph: GraphView
    private let pair: WalkQuery
    /// Whether records add a term of their own to distances.
    private let hasTerms: Bool
    private let kept: UnsafeMutablePointer<UInt32>
    private let distances: UnsafeMutablePointer<Float>
    /// Candidates passed over, in their order.
    private let passed: UnsafeMutablePointer<UInt32>
    /// Distances computed before the next look whether a candidate is out already.
    private static let step = 4

    /// - Parameter pair: the memory of a query from record to record.
    init(_ graph: GraphView, pair: WalkQuery, room: Int) {
        self.graph = graph
        self.pair = pair
        hasTerms = pair.layout.hasTerms
        kept = .allocate(capacity: room)
        distances = .allocate(capacity: max(room, Self.step))
        passed = .allocate(capacity: room)
    }

    func deallocate() {
        kept.deallocate()
        distances.deallocate()
        passed.deallocate()
    }

    /// Writes at most `limit` neighbours of `node` into `output`.
    ///
    /// - Parameter candidates: without `node` itself, nearest first, with distances from `node`.
    /// - Returns: how many there are.
    func select(
        for node: Int, from candidates: UnsafePointer<Candidate>, count: Int, limit: Int,
        into output: UnsafeMutablePointer<UInt32>
    ) -> Int {
        // SAFETY: `output` has `limit` places; the lists here have the `room` of all candidates.
        let own = term(node)
        var keptCount = 0
        var passedCount = 0
        for place in 0..<count where keptCount < limit {
            let candidate = candidates[place]
            let reach = candidate.distance + own
            if isNearest(candidate.node, reach, among: keptCount) {
                kept[keptCount] = UInt32(truncatingIfNeeded: candidate.node)
                keptCount += 1
            } else {
                passed[passedCount] = UInt32(truncatingIfNeeded: candidate.node)
                passedCount += 1
            }
        }
        // Sparse lists make a graph fall apart among duplicates: the nearest fill them up.
        let enough = min(limit, max(1, limit / 4))
        var next = 0
        while keptCount < enough, next < passedCount {
            kept[keptCount] = passed[next]
            keptCount += 1
            next += 1
        }
        output.update(from: kept, count: keptCount)
        return keptCount
    }

    private func isNearest(_ candidate: Int, _ reach: Float, among keptCount: Int) -> Bool {
        guard keptCount > 0 else { return true }
        pair.prepare(record: graph.record(candidate))
        let own = term(candidate)
        var first = 0
        while first < keptCount {
            let count = min(Self.step, keptCount - first)
            walkScore(
                pair.raw, base: graph.records, nodes: kept + first, count: count, into: distances)
            for place in 0..<count where distances[place] + own <= reach { return false }
            first += count
        }
        return true
    }

    @inline(__always)
    private func term(_ node: Int) -> Float {
        guard hasTerms else { return 0 }
        return UnsafeRawPointer(graph.record(node))
            .load(fromByteOffset: WalkRecord.term, as: Float.self)
    }
}
