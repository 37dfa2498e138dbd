import CNeedletailKernels
import NeedletailKernels

/// Chooses the neighbours of a node (Malkov and Yashunin 2016, algorithm 4): a candidate is kept
/// when it is nearer to the node than to every neighbour kept so far.
struct NeighborSelection {
    private let graph: GraphView
    private let pair: WalkQuery
    /// Whether records add a term of their own to distances.
    private let hasTerms: Bool
    /// Candidates that no neighbour is nearer to than the node, nearest first, and how far from the
    /// node they are.
    private let nodes: UnsafeMutablePointer<UInt32>
    private let reaches: UnsafeMutablePointer<Float>
    private let distances: UnsafeMutablePointer<Float>

    /// - Parameter pair: the memory of a query from record to record.
    init(_ graph: GraphView, pair: WalkQuery, room: Int) {
        self.graph = graph
        self.pair = pair
        hasTerms = pair.layout.hasTerms
        nodes = .allocate(capacity: room)
        reaches = .allocate(capacity: room)
        distances = .allocate(capacity: room)
    }

    func deallocate() {
        nodes.deallocate()
        reaches.deallocate()
        distances.deallocate()
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
        for place in 0..<count {
            nodes[place] = UInt32(truncatingIfNeeded: candidates[place].node)
            reaches[place] = candidates[place].distance + own
        }
        var (chosen, next, end) = (0, 0, count)
        while next < end, chosen < limit {
            let nearest = nodes[next]
            output[chosen] = nearest
            chosen += 1
            next += 1
            if chosen < limit { end = dropped(next..<end, behind: Int(nearest)) }
        }
        // Sparse lists make a graph fall apart among duplicates: the nearest fill them up.
        let enough = min(limit, count, max(1, limit / 4))
        var place = 0
        while chosen < enough {
            let candidate = UInt32(truncatingIfNeeded: candidates[place].node)
            if !(0..<chosen).contains(where: { output[$0] == candidate }) {
                output[chosen] = candidate
                chosen += 1
            }
            place += 1
        }
        return chosen
    }

    /// Leaves out the candidates that are nearer to `neighbor` than to the node.
    ///
    /// - Returns: where the others end.
    private func dropped(_ places: Range<Int>, behind neighbor: Int) -> Int {
        guard !places.isEmpty else { return places.upperBound }
        pair.prepare(record: graph.record(neighbor))
        let own = term(neighbor)
        let first = places.lowerBound
        walkScore(
            pair.raw, base: graph.records, nodes: nodes + first, count: places.count,
            into: distances)
        var end = first
        for place in places where !(distances[place - first] + own <= reaches[place]) {
            nodes[end] = nodes[place]
            reaches[end] = reaches[place]
            end += 1
        }
        return end
    }

    @inline(__always)
    private func term(_ node: Int) -> Float {
        guard hasTerms else { return 0 }
        return UnsafeRawPointer(graph.record(node))
            .load(fromByteOffset: WalkRecord.term, as: Float.self)
    }
}
