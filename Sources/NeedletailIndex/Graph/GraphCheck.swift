/// Looks for what no build leaves behind: links that lead nowhere, nodes that no walk comes to,
/// rows out of order. Nothing in the arrays is trusted before it was looked at.
package struct GraphCheck {
    /// Problems that are told of one graph.
    private static let problemsMax = 20

    private let graph: GraphView
    private var problems: [String] = []

    private init(_ graph: GraphView) { self.graph = graph }

    /// What is wrong with `graph`, in sentences; linear in its links.
    package static func problems(of graph: GraphMemory) -> [String] {
        var check = GraphCheck(graph.view)
        // Arrays of levels that do not nest have other bounds than a walk takes them to have.
        guard check.levelsNest() else { return check.problems }
        var isBounded = true
        for level in graph.view.levelCounts.indices {
            if !check.linksAreSound(level) { isBounded = false }
        }
        check.readDuplicates()
        if isBounded { check.findUnreachable() }
        return check.problems
    }

    private mutating func note(_ problem: String) {
        if problems.count < Self.problemsMax { problems.append(problem) }
        if problems.count == Self.problemsMax { problems.append("more problems follow") }
    }

    private mutating func levelsNest() -> Bool {
        let counts = graph.levelCounts
        for level in counts.indices.dropFirst() where counts[level] > counts[level - 1] {
            note(
                "level \(level) has \(counts[level]) nodes and the level below it "
                    + "\(counts[level - 1])")
        }
        for level in counts.indices.dropFirst() where counts[level] == 0 {
            note("level \(level) has no nodes")
        }
        return problems.isEmpty
    }

    /// Whether every link of `level` leads to one of its nodes.
    private mutating func linksAreSound(_ level: Int) -> Bool {
        // SAFETY: the lists of a level lie within the arrays that its count and degree make up.
        let (count, degree) = (graph.levelCounts[level], graph.degree(level))
        var isSound = true
        // Of each node, the last whose list names it.
        var namedBy = [Int](repeating: -1, count: count)
        for node in 0..<count {
            let list = graph.list(node, level: level)
            var length = 0
            while length < degree, list[length] != GraphView.noNode {
                let next = Int(list[length])
                length += 1
                guard next < count else {
                    note("node \(node) of level \(level) links to node \(next) of \(count)")
                    isSound = false
                    continue
                }
                if next == node { note("node \(node) of level \(level) links to itself") }
                if namedBy[next] == node {
                    note("node \(node) of level \(level) links to node \(next) twice")
                }
                namedBy[next] = node
            }
            if length == 0, count > 1 { note("node \(node) of level \(level) has no links") }
            if (length..<degree).contains(where: { list[$0] != GraphView.noNode }) {
                note("the links of node \(node) of level \(level) have a gap")
            }
        }
        return isSound
    }

    /// Duplicates are found by their node: they stand in its order.
    private mutating func readDuplicates() {
        for place in 0..<graph.duplicateCount {
            let duplicate = graph.duplicates[place]
            if Int(duplicate.node) >= graph.nodeCount {
                note(
                    "slot \(duplicate.slot) stands beside node \(duplicate.node) of "
                        + "\(graph.nodeCount)")
            }
            guard place > 0 else { continue }
            let before = graph.duplicates[place - 1]
            if (before.node, before.slot) >= (duplicate.node, duplicate.slot) {
                note("the equal row at slot \(duplicate.slot) is out of order")
            }
        }
    }

    private mutating func findUnreachable() {
        var reached = Reachability(graph)
        reached.follow(from: 0)
        let lost = graph.nodeCount - reached.count
        guard lost > 0, let first = (0..<graph.nodeCount).first(where: { !reached.contains($0) })
        else { return }
        note("no walk comes to \(lost) of \(graph.nodeCount) nodes, the first is node \(first)")
    }
}

extension GraphView {
    /// Nodes and duplicates.
    package var rowCount: Int { nodeCount + duplicateCount }

    /// The slot of a row in 0..<rowCount, and the node that has its vector: first the nodes' own
    /// rows in their order, then the duplicates.
    package func row(_ place: Int) -> (slot: UInt32, node: Int) {
        guard place >= nodeCount else { return (slot(place), place) }
        let duplicate = duplicates[place - nodeCount]
        return (duplicate.slot, Int(duplicate.node))
    }
}
