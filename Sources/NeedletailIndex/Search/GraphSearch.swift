package import NeedletailKernels

/// What a walk proposes, and how it went.
package struct GraphSearch: Sendable {
    /// Slots that were written down.
    package var count = 0
    package var counters = WalkCounters()
    /// Distance of the ``Calibration/k``-th nearest by its code, in a form that does not depend on
    /// the length of the query where the order of rows does not: the greater, the harder.
    package var difficulty: Float = 0

    package static let nothing = GraphSearch()
}

extension GraphMemory {
    /// Makes `vector` the query of walks in this graph.
    package func prepare(_ query: WalkQuery, _ vector: UnsafePointer<Float>) {
        // SAFETY: the caller vouches for the components; the centre has as many.
        query.prepare(vector, from: view.center)
    }

    /// The rows among the nearest `k` of the `ef` nodes that a walk finds, and those that may be
    /// among them by what their codes have lost.
    ///
    /// - Parameters:
    ///   - visitedMax: after so many nodes, or a few more, it goes no further.
    ///   - rows: takes at most `2 * ef` slots, nearest first by their codes.
    package func search(
        _ query: WalkQuery, ef: Int, k: Int, visitedMax: Int = .max, scratch: WalkScratch,
        into rows: UnsafeMutablePointer<UInt32>
    ) -> GraphSearch {
        // SAFETY: the caller vouches for `2 * ef` places at `rows`: `ef` nodes and as many others.
        guard view.nodeCount > 0 else { return GraphSearch() }
        var walk = Walk(view, query: query.raw, scratch: scratch)
        let count = walk.search(
            level: 0, from: walk.descend(to: 0), ef: ef, visitedMax: visitedMax)
        return propose(
            query, count, k: k, ef: ef, rank: Calibration.k, walk.counters, scratch, into: rows)
    }

    /// As ``search(_:ef:k:scratch:into:)`` among the nodes of `mask`: of a node that passes, all
    /// rows are proposed, those that do not pass among them.
    ///
    /// - Parameters:
    ///   - budget: how many nodes and lists it may look at.
    ///   - share: of all nodes, those that pass. How hard the query is, is told at the rank that
    ///     is about the tenth among all.
    /// - Returns: `nil` where the budget did not suffice.
    package func search(
        _ query: WalkQuery, within mask: NodeMask, ef: Int, k: Int, budget: Int, share: Double,
        scratch: WalkScratch, into rows: UnsafeMutablePointer<UInt32>
    ) -> GraphSearch? {
        guard view.nodeCount > 0, mask.count > 0 else { return GraphSearch() }
        var walk = MaskedWalk(view, query: query.raw, scratch: scratch, mask: mask, ef: ef)
        guard let count = walk.search(budget: budget) else { return nil }
        let rank = max(1, Int(Double(Calibration.k) * share))
        return propose(
            query, count, k: k, ef: ef, rank: rank, walk.counters, scratch, into: rows)
    }

    /// Compares `query` with nodes that pass and with nodes of all kinds.
    ///
    /// - Returns: whether three in four of the former are farther than half of the latter.
    package func isOpposed(_ query: WalkQuery, to mask: NodeMask, _ scratch: WalkScratch) -> Bool {
        let matches = mask.sample
        guard matches.count == NodeMask.sampleMax, view.nodeCount >= 4 * matches.count else {
            return false
        }
        func distances(_ nodes: some Sequence<UInt32>) -> [Float] {
            var count = 0
            for node in nodes {
                scratch.nodes[count] = node
                count += 1
            }
            scratch.pages?.add(records: scratch.nodes, count, of: view)
            walkScore(
                query.raw, base: view.records, nodes: scratch.nodes, count: count,
                into: scratch.distances)
            return (0..<count).map { scratch.distances[$0] }.sorted()
        }
        let near = distances(matches)[matches.count / 4]
        // The first nodes are a random choice.
        let others = distances(0..<UInt32(NodeMask.sampleMax))
        return others.count { $0 < near } > others.count / 2
    }

    /// Writes down the rows of the nearest `k` of `count` candidates, and of those that may be.
    private func propose(
        _ query: WalkQuery, _ count: Int, k: Int, ef: Int, rank: Int, _ counters: WalkCounters,
        _ scratch: WalkScratch, into rows: UnsafeMutablePointer<UInt32>
    ) -> GraphSearch {
        let candidates = scratch.candidates
        guard count > 0 else { return GraphSearch(count: 0, counters: counters) }
        var limit = Float.infinity
        if count > k {
            for place in 0..<k {
                let (high, node) = (candidates[place].distance, candidates[place].node)
                let most = high + query.uncertainty(of: view.record(node))
                limit = place == 0 ? most : max(limit, most)
            }
        }
        var kept = 0
        for place in 0..<count {
            let record = view.record(candidates[place].node)
            if place >= k, candidates[place].distance - query.uncertainty(of: record) > limit {
                continue
            }
            rows[kept] = view.slot(candidates[place].node)
            kept += 1
            guard view.duplicateCount > 0 else { continue }
            let node = candidates[place].node
            var duplicate = view.firstDuplicate(node)
            while duplicate < view.duplicateCount, Int(view.duplicates[duplicate].node) == node,
                kept < ef + place + 1
            {
                rows[kept] = view.duplicates[duplicate].slot
                kept += 1
                duplicate += 1
            }
        }
        return GraphSearch(
            count: kept, counters: counters,
            difficulty: query.difficulty(
                atDistance: candidates[min(count, rank) - 1].distance))
    }
}

extension WalkQuery {
    /// What a distance by code says of a query that finds its neighbours there.
    func difficulty(atDistance distance: Float) -> Float {
        switch layout.metric {
        case .l2 where layout.hasTerms: distance + Float(length * length)
        case .innerProduct: length > 0 ? distance / Float(length) : 0
        default: distance
        }
    }
}
