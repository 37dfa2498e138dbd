package import NeedletailKernels

extension GraphMemory {
    /// The rows of all nodes in `mask` that may be among the `k` nearest: none is missing, whatever
    /// their codes have lost. Of a node all rows are proposed, those that do not pass among them.
    ///
    /// Linear in the nodes that pass, and in the words of the mask.
    ///
    /// - Returns: how many slots ``SearchMemory/rows(_:)`` has; `nil` where codes have no bound
    ///   (those of floats and of signs).
    package func scan(
        _ query: WalkQuery, over mask: NodeMask, k: Int, memory: SearchMemory
    ) -> GraphSearch? {
        guard let bound = query.errorBound else { return nil }
        var scan = MatchScan(view: view, query: query, bound: bound, mask: mask, memory: memory)
        return scan.nearest(k: k)
    }
}

extension GraphMemory {
    /// Compares `query` with `count` nodes here and there, for somebody who takes the time.
    package func scoreSample(_ query: WalkQuery, count: Int, seed: UInt64, _ memory: SearchMemory) {
        guard view.nodeCount > 0 else { return }
        let (nodes, distances) = (memory.scratch.nodes, memory.scratch.distances)
        var state = seed
        let size = min(count, WalkScratch.expansionMax)
        for place in 0..<size {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            nodes[place] = UInt32(truncatingIfNeeded: (state >> 33) % UInt64(view.nodeCount))
        }
        // In lists as long as those of a walk.
        var first = 0
        while first < size {
            let some = min(16, size - first)
            walkScore(
                query.raw, base: view.records, nodes: nodes + first, count: some,
                into: distances + first)
            first += some
        }
    }
}

/// One comparison of a query with all nodes of a mask.
private struct MatchScan {
    let view: GraphView
    let query: WalkQuery
    let bound: CodeErrorBound
    let mask: NodeMask
    let memory: SearchMemory

    private static let batch = 128

    mutating func nearest(k: Int) -> GraphSearch {
        let lows = memory.lowerBounds(mask.count)
        let limit = score(into: lows, k: max(1, k))
        var rows = RowList(memory)
        var place = 0
        forEachNode { node in
            // A distance that is no number says nothing.
            if !(lows[place] > limit) { rows.append(node, view) }
            place += 1
        }
        var counters = WalkCounters()
        counters.visited = mask.count
        return GraphSearch(count: rows.count, counters: counters)
    }

    /// Writes the least that each distance may be.
    ///
    /// - Returns: the most that the distance of the `k`-th nearest may be.
    private func score(into lows: UnsafeMutablePointer<Float>, k: Int) -> Float {
        // SAFETY: the caller has room for as many numbers as nodes pass; the scratch for a batch.
        var best = DistanceHeap()
        var limit = Float.infinity
        let (nodes, distances) = (memory.scratch.nodes, memory.scratch.distances)
        var (waiting, done) = (0, 0)
        func flush() {
            memory.scratch.pages?.add(records: nodes, waiting, of: view)
            walkScore(
                query.raw, base: view.records, nodes: nodes, count: waiting, into: distances)
            for place in 0..<waiting {
                let error = bound(view.record(Int(nodes[place])))
                lows[done] = distances[place] - error
                let most = distances[place] + error
                // Nor is one that is no number among the nearest.
                if best.count < k, !most.isNaN {
                    best.push(Double(most))
                } else if most < limit {
                    best.replaceLargest(with: Double(most))
                }
                if best.count == k { limit = Float(best.largest) }
                done += 1
            }
            waiting = 0
        }
        forEachNode { node in
            nodes[waiting] = UInt32(truncatingIfNeeded: node)
            waiting += 1
            if waiting == Self.batch { flush() }
        }
        flush()
        return limit
    }

    private func forEachNode(_ body: (Int) -> Void) {
        for place in 0..<mask.wordCount {
            var word = mask.words[place]
            while word != 0 {
                body(place * 64 + word.trailingZeroBitCount)
                word &= word &- 1
            }
        }
    }
}

/// The slots that a scan proposes, in the memory of its search.
private struct RowList {
    private let memory: SearchMemory
    private(set) var count = 0

    init(_ memory: SearchMemory) { self.memory = memory }

    mutating func append(_ node: Int, _ view: GraphView) {
        append(view.slot(node))
        guard view.duplicateCount > 0 else { return }
        var duplicate = view.firstDuplicate(node)
        while duplicate < view.duplicateCount, Int(view.duplicates[duplicate].node) == node {
            append(view.duplicates[duplicate].slot)
            duplicate += 1
        }
    }

    private mutating func append(_ slot: UInt32) {
        memory.growRows(to: count + 1, keeping: count)[count] = slot
        count += 1
    }
}
