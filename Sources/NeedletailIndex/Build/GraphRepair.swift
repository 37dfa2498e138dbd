import NeedletailKernels

/// Makes every node reachable on level 0 from the first.
struct GraphRepair {
    private let graph: GraphView
    private let workers: IdlePool<BuildWorker>

    init(_ graph: GraphView, workers: IdlePool<BuildWorker>) {
        self.graph = graph
        self.workers = workers
    }

    /// Links nodes that nothing leads to from the nearest that can be reached.
    ///
    /// A full list gives up its last link, which may cut off another node: so it is looked at again
    /// until nothing is cut off.
    func connect() {
        for _ in 0..<16 {
            var reached = Reachability(graph)
            reached.follow(from: 0)
            var isChanged = false
            for node in 0..<graph.nodeCount where !reached.contains(node) {
                isChanged = true
                attach(node, reached)
                reached.follow(from: node)
            }
            guard isChanged else { return }
        }
    }

    /// Links `node` from the nearest reachable node that has room for a link.
    private func attach(_ node: Int, _ reached: Reachability) {
        workers.with { worker in
            worker.query.prepare(record: graph.record(node))
            var ef = 64
            var found = 0
            // Where thousands of equal vectors lie, the first few are full.
            while true {
                var walk = Walk(graph, query: worker.query.raw, scratch: worker.scratch)
                // From the first node: a way down the upper levels may end where nothing of level 0
                // leads, and a link from there would be worth nothing.
                found = walk.search(level: 0, from: walk.descend(to: graph.topLevel), ef: ef)
                for place in 0..<found {
                    let near = worker.scratch.candidates[place].node
                    guard near != node, reached.contains(near) else { continue }
                    if let room = room(near) {
                        graph.list(near, level: 0)[room] = UInt32(node)
                        return
                    }
                }
                guard found == ef, ef < graph.nodeCount else { break }
                ef = min(ef * 8, graph.nodeCount)
            }
            // All are full. Different nodes give up a link, so that repeated repairs do not undo
            // each other.
            let chosen = found == 0 ? 0 : worker.scratch.candidates[node % found].node
            let near = chosen == node ? 0 : chosen
            graph.list(near, level: 0)[graph.baseDegree - 1] = UInt32(node)
        }
    }

    /// The first free place in a list of level 0.
    private func room(_ node: Int) -> Int? {
        let list = graph.list(node, level: 0)
        guard list[graph.baseDegree - 1] == GraphView.noNode else { return nil }
        return (0..<graph.baseDegree).first { list[$0] == GraphView.noNode }
    }
}

/// Which nodes can be reached on level 0.
package struct Reachability {
    private let graph: GraphView
    private var bits: [UInt64]
    package private(set) var count = 0

    package init(_ graph: GraphView) {
        self.graph = graph
        bits = [UInt64](repeating: 0, count: (graph.nodeCount + 63) / 64)
    }

    package func contains(_ node: Int) -> Bool { bits[node >> 6] >> UInt64(node & 63) & 1 == 1 }

    /// Adds everything that links lead to from `start`.
    package mutating func follow(from start: Int) {
        guard start < graph.nodeCount, insert(start) else { return }
        var waiting = [start]
        while let node = waiting.popLast() {
            let list = graph.baseLinks + node * graph.baseDegree
            for place in 0..<graph.baseDegree {
                if list[place] == GraphView.noNode { break }
                let next = Int(list[place])
                if insert(next) { waiting.append(next) }
            }
        }
    }

    private mutating func insert(_ node: Int) -> Bool {
        guard !contains(node) else { return false }
        bits[node >> 6] |= 1 << UInt64(node & 63)
        count += 1
        return true
    }
}
