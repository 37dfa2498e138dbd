import NeedletailKernels

/// Takes the links of an old graph over and closes the gaps that nodes which are gone leave.
///
/// The nearest neighbour of such a node stands in for it, both ways: whoever was linked to the node
/// may be linked to the stand-in, and the stand-in to whatever the node was linked to. Choosing
/// among the neighbours that are left would lose the few links that lead from cluster to cluster.
/// Where many links are lost, a search finds new ones.
struct GraphHealing {
    private let builder: GraphBuilder
    private let fold: FoldPlan
    private let old: GraphView

    init(_ builder: GraphBuilder, _ fold: FoldPlan, _ old: GraphView) {
        self.builder = builder
        self.fold = fold
        self.old = old
    }

    func heal() {
        for level in builder.memory.view.levelCounts.indices where level < old.levelCounts.count {
            takeLinks(level)
            guard fold.goneCount > 0 else { continue }
            builder.linkBack(builder.unknown(detours(level), level: level), level: level)
            builder.reinsert(uprooted(level), level: level)
        }
    }

    /// Copies what is left of each list.
    private func takeLinks(_ level: Int) {
        let (view, old, fold) = (builder.memory.view, old, fold)
        _ = ScanPool.shared.map(
            count: view.levelCounts[level], grain: 1_024, threads: builder.parameters.threads
        ) { nodes in
            // SAFETY: every part writes the lists of its own nodes.
            for node in nodes {
                let number = fold.oldOf[node]
                guard number < UInt32(old.levelCounts[level]) else { continue }
                let list = view.list(node, level: level)
                var count = 0
                forEachLink(Int(number), level) { _, next in
                    guard next != GraphView.noNode else { return }
                    list[count] = next
                    count += 1
                }
            }
        }
    }

    /// Calls `body` with the old number of each link and its new one, which ``GraphView/noNode``
    /// stands for where it is gone.
    @inline(__always)
    private func forEachLink(_ number: Int, _ level: Int, _ body: (Int, UInt32) -> Void) {
        // SAFETY: a link that the level does not have ends its list.
        let list = old.list(number, level: level)
        let (degree, end) = (old.degree(level), UInt32(old.levelCounts[level]))
        var place = 0
        while place < degree, list[place] < end {
            body(Int(list[place]), fold.nodeOf[Int(list[place])])
            place += 1
        }
    }

    /// The links that stand-ins give and get, each the node that gets it and the node that it leads
    /// to, in ascending order.
    private func detours(_ level: Int) -> [UInt64] {
        let fold = fold
        let parts = ScanPool.shared.map(
            count: old.levelCounts[level], grain: 1_024, threads: builder.parameters.threads
        ) { numbers -> [UInt64] in
            var pairs: [UInt64] = []
            for number in numbers {
                let node = fold.nodeOf[number]
                if node == GraphView.noNode {
                    guard let standIn = standIn(for: number, level) else { continue }
                    forEachLink(number, level) { _, next in
                        guard next != GraphView.noNode, next != standIn else { return }
                        pairs.append(UInt64(standIn) << 32 | UInt64(next))
                    }
                } else {
                    forEachLink(number, level) { gone, next in
                        guard next == GraphView.noNode,
                            let standIn = standIn(for: gone, level), standIn != node
                        else { return }
                        pairs.append(UInt64(node) << 32 | UInt64(standIn))
                    }
                }
            }
            return pairs
        }
        return parts.flatMap(\.self).sorted()
    }

    /// Nodes that lost more than a fifth of their links, ascending: choosing among what is near to
    /// what is left does not make up for so many.
    private func uprooted(_ level: Int) -> [Int] {
        let fold = fold
        return ScanPool.shared.map(
            count: old.levelCounts[level], grain: 1_024, threads: builder.parameters.threads
        ) { numbers in
            numbers.compactMap { number -> Int? in
                guard fold.nodeOf[number] != GraphView.noNode else { return nil }
                var (all, lost) = (0, 0)
                forEachLink(number, level) { _, next in
                    all += 1
                    if next == GraphView.noNode { lost += 1 }
                }
                return lost * 5 > all ? Int(fold.nodeOf[number]) : nil
            }
        }.flatMap(\.self).sorted()
    }

    /// Nodes that are gone and follow each other as each other's nearest, at most.
    private static let hopsMax = 4

    /// The nearest neighbour of a node that is gone; where all of its neighbours are gone, that of
    /// the nearest of them.
    private func standIn(for gone: Int, _ level: Int) -> UInt32? {
        var current = gone
        for _ in 0..<Self.hopsMax {
            var (nearest, found): (Int?, UInt32?) = (nil, nil)
            forEachLink(current, level) { number, next in
                if nearest == nil { nearest = number }
                if found == nil, next != GraphView.noNode { found = next }
            }
            if let found { return found }
            guard let nearest else { return nil }
            current = nearest
        }
        return nil
    }
}
