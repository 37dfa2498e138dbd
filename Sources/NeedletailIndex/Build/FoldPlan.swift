import NeedletailKernels

/// How an old graph becomes part of a new one: which of its nodes stay, under which numbers, and
/// where rows that it does not have come between them.
///
/// A level is a prefix of the nodes, so all numbers change: of each level, first the old nodes in
/// their order, then the new ones in the order that a graph built afresh would have them in.
struct FoldPlan {
    let plan: NodePlan
    /// The old number of each node; ``GraphView/noNode`` of those that are new.
    let oldOf: [UInt32]
    /// The new number of each old node; ``GraphView/noNode`` of those that are gone.
    let nodeOf: [UInt32]
    /// The slot of each node.
    let slots: [UInt32]

    var goneCount: Int { nodeOf.count { $0 == GraphView.noNode } }

    /// - Parameters:
    ///   - old: with records of `layout`.
    ///   - rowOf: the row at a slot of the old graph; `nil` where it is gone.
    init(
        _ old: GraphView, count: Int, _ layout: CodeLayout, _ parameters: BuildParameters,
        rowOf: (UInt32) -> Int?, _ row: GraphBuilder.RowReader
    ) {
        let staying = StayingRows(old, count: count, rowOf: rowOf)
        let coming = ComingRows(
            staying.others, among: old, staying.rowOf, layout, parameters, row)
        let keys = coming.slots.map(UInt64.init)
        let assignment = LevelAssignment(keys: keys, m: parameters.m, seed: parameters.seed)
        var order = Order(old, staying.rowOf, assignment)
        order.number()

        var nodeOf = [UInt32](repeating: GraphView.noNode, count: old.nodeCount)
        var nodeOfComing = [UInt32](repeating: 0, count: coming.rows.count)
        var oldOf: [UInt32] = []
        var rows: [Int] = []
        var slots: [UInt32] = []
        var arrivals: [Int] = []
        for (node, member) in order.members.enumerated() {
            switch member {
            case .old(let number):
                nodeOf[number] = UInt32(node)
                oldOf.append(UInt32(number))
                rows.append(staying.rowOf[number])
                slots.append(staying.slotOf[number])
            case .new(let place):
                nodeOfComing[place] = UInt32(node)
                oldOf.append(GraphView.noNode)
                rows.append(coming.rows[place])
                slots.append(coming.slots[place])
                arrivals.append(node)
            }
        }
        plan = NodePlan(
            rows: rows, levelCounts: order.levelCounts, arrivals: arrivals,
            duplicates: staying.duplicates.map { Duplicate(node: nodeOf[$0.old], slot: $0.slot) }
                + coming.equalToOld.map { Duplicate(node: nodeOf[$0.old], slot: $0.slot) }
                + coming.equalToNew.map { Duplicate(node: nodeOfComing[$0.place], slot: $0.slot) })
        self.oldOf = oldOf
        self.nodeOf = nodeOf
        self.slots = slots
    }
}

/// The rows of an old graph that are still there.
private struct StayingRows {
    /// Of each old node, a row that has its vector; -1 where all are gone.
    var rowOf: [Int]
    var slotOf: [UInt32]
    /// The other rows with the vector of an old node.
    var duplicates: [(old: Int, slot: UInt32)] = []
    /// Rows that the old graph does not have, ascending.
    var others: [Int]

    init(_ old: GraphView, count: Int, rowOf place: (UInt32) -> Int?) {
        var rowOf = [Int](repeating: -1, count: old.nodeCount)
        var slotOf = [UInt32](repeating: 0, count: old.nodeCount)
        var duplicates: [(old: Int, slot: UInt32)] = []
        var isKnown = [Bool](repeating: false, count: count)
        old.forEachRow { slot, number in
            let node = Int(number)
            guard let row = place(slot), node < old.nodeCount else { return }
            isKnown[row] = true
            if rowOf[node] < 0 {
                (rowOf[node], slotOf[node]) = (row, slot)
            } else {
                duplicates.append((node, slot))
            }
        }
        self.rowOf = rowOf
        self.slotOf = slotOf
        self.duplicates = duplicates
        others = (0..<count).filter { !isKnown[$0] }
    }
}

/// The rows that an old graph does not have, each vector once.
private struct ComingRows {
    /// Rows whose vector nobody else has before them.
    var rows: [Int] = []
    var slots: [UInt32] = []
    /// Rows with the vector of an old node.
    var equalToOld: [(old: Int, slot: UInt32)] = []
    /// Rows with the vector of another, whose place in ``rows`` it is.
    var equalToNew: [(place: Int, slot: UInt32)] = []

    init(
        _ all: [Int], among old: GraphView, _ rowOf: [Int], _ layout: CodeLayout,
        _ parameters: BuildParameters, _ row: GraphBuilder.RowReader
    ) {
        let unique = DuplicateRows(
            count: all.count, dimension: layout.dimension, threads: parameters.threads
        ) { row(all[$0], $1) }
        let firsts = unique.firsts.map { all[$0] }
        let same = RecordTwins(
            of: firsts, among: old, isThere: { rowOf[$0] >= 0 }, layout, parameters.threads, row)
        var placeOf = [Int](repeating: 0, count: firsts.count)
        for (first, number) in firsts.enumerated() {
            placeOf[first] = rows.count
            if let node = same.nodeOf[first] {
                equalToOld.append((node, same.slots[first]))
            } else {
                rows.append(number)
                slots.append(same.slots[first])
            }
        }
        let others = unique.others.map { all[$0.row] }
        let otherSlots = NodePlan.slots(of: others, layout, row)
        for (other, slot) in zip(unique.others, otherSlots) {
            if let node = same.nodeOf[other.first] {
                equalToOld.append((node, slot))
            } else {
                equalToNew.append((placeOf[other.first], slot))
            }
        }
    }
}

/// The nodes of a fold in the order of their numbers.
private struct Order {
    enum Member {
        case old(Int)
        /// The place of a row among those that come.
        case new(Int)
    }

    private let old: GraphView
    private let rowOf: [Int]
    private let assignment: LevelAssignment
    private(set) var members: [Member] = []
    private(set) var levelCounts: [Int] = []

    init(_ old: GraphView, _ rowOf: [Int], _ assignment: LevelAssignment) {
        self.old = old
        self.rowOf = rowOf
        self.assignment = assignment
    }

    mutating func number() {
        let staying = rowOf.indices.filter { rowOf[$0] >= 0 }
        let newTop = assignment.order.isEmpty ? 0 : assignment.levelCounts.count - 1
        let oldTop = staying.first.map(level) ?? 0
        // Searches begin at the first node, which has to be linked already: it goes up with a level
        // that comes new.
        let top = min(newTop, oldTop + 1)
        var (nextOld, nextNew) = (0, 0)
        var counts: [Int] = []
        for current in stride(from: max(top, oldTop), through: 0, by: -1) {
            while nextOld < staying.count,
                nextOld == 0 || level(staying[nextOld]) >= current
            {
                members.append(.old(staying[nextOld]))
                nextOld += 1
            }
            let newCount =
                current >= assignment.levelCounts.count
                ? 0 : current == 0 ? assignment.order.count : assignment.levelCounts[current]
            while nextNew < newCount {
                members.append(.new(assignment.order[nextNew]))
                nextNew += 1
            }
            counts.append(members.count)
        }
        levelCounts = LevelAssignment.trimmed(counts.reversed())
    }

    private func level(_ node: Int) -> Int {
        max(0, (old.levelCounts.lastIndex { node < $0 }) ?? 0)
    }
}
