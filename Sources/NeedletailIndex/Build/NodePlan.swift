import NeedletailKernels

/// Which rows have nodes, of which levels they are, and which of them are to be linked.
struct NodePlan {
    /// Row of each node.
    var rows: [Int]
    /// Nodes of each level, level 0 first.
    var levelCounts: [Int]
    /// Nodes that nothing links to yet, in ascending order; the last nodes are among them.
    var arrivals: [Int]
    /// The slots of rows that have no node of their own, in the order of the nodes.
    var duplicates: [Duplicate]

    init(rows: [Int], levelCounts: [Int], arrivals: [Int], duplicates: [Duplicate]) {
        self.rows = rows
        self.levelCounts = levelCounts
        self.arrivals = arrivals
        self.duplicates = duplicates.sorted { ($0.node, $0.slot) < ($1.node, $1.slot) }
    }

    /// Of a graph of rows 0..<count that is built afresh.
    init(
        count: Int, _ layout: CodeLayout, _ parameters: BuildParameters,
        _ row: GraphBuilder.RowReader
    ) {
        let rows = DuplicateRows(
            count: count, dimension: layout.dimension, threads: parameters.threads, row: row)
        let assignment = LevelAssignment(
            count: rows.firsts.count, m: parameters.m, seed: parameters.seed)
        var nodeOf = [UInt32](repeating: 0, count: assignment.order.count)
        for (node, place) in assignment.order.enumerated() { nodeOf[place] = UInt32(node) }
        let slots = Self.slots(of: rows.others.map(\.row), layout, row)
        self.init(
            rows: assignment.order.map { rows.firsts[$0] }, levelCounts: assignment.levelCounts,
            arrivals: Array(assignment.order.indices),
            duplicates: zip(rows.others, slots).map { other, slot in
                Duplicate(node: nodeOf[other.first], slot: slot)
            })
    }

    /// The slots of `rows`; their vectors are not looked at.
    static func slots(
        of rows: [Int], _ layout: CodeLayout, _ row: GraphBuilder.RowReader
    ) -> [UInt32] {
        guard !rows.isEmpty else { return [] }
        // SAFETY: as many floats as a row has, freed when all were read.
        let vector = UnsafeMutablePointer<Float>.allocate(capacity: max(1, layout.dimension))
        defer { vector.deallocate() }
        return rows.map { row($0, vector) }
    }

    /// How many of the last nodes may be held out, to be searched for: arrivals, at most a tenth of
    /// all and none of them on an upper level, where searches begin.
    func heldOutCount(most: Int) -> Int {
        let upperCount = levelCounts.count > 1 ? levelCounts[1] : 0
        return min(most, rows.count / 10, arrivals.count { $0 >= upperCount })
    }
}
