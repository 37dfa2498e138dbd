package import NeedletailKernels

/// What a walk proposes, and how it went.
package struct GraphSearch: Sendable {
    /// Slots that were written down.
    package var count = 0
    package var counters = WalkCounters()
    /// Distance of the ``Calibration/k``-th nearest by its code, in a form that does not depend on
    /// the length of the query where the order of rows does not: the greater, the harder.
    package var difficulty: Float = 0
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
        let count = walk.search(level: 0, from: walk.descend(to: 0), ef: ef, visitedMax: visitedMax)
        let candidates = scratch.candidates
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
            count: kept, counters: walk.counters,
            difficulty: query.difficulty(
                atDistance: candidates[min(count, Calibration.k) - 1].distance))
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
