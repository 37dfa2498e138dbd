import NeedletailBitmap
import NeedletailIndex

/// The node of every slot of a segment, in the order of the slots.
struct SlotNodes: Sendable {
    private let slots: SlotBitmap
    private let nodes: [UInt32]

    /// - Parameter slots: of the segment; those without a vector have no node.
    init(_ graph: GraphMemory, slots: SlotBitmap) {
        let ranks = SlotRanks(slots)
        var nodes = [UInt32](repeating: GraphView.noNode, count: ranks.count)
        graph.view.forEachRow { slot, node in
            if let rank = ranks.rank(of: slot) { nodes[rank] = node }
        }
        self.slots = slots
        self.nodes = nodes
    }

    /// The nodes of the slots of the segment that are in `passing`.
    func mask(
        _ passing: SlotBitmap, of graph: GraphMemory, after earlier: NodeMask?
    ) -> NodeMask {
        NodeMask(nodeCount: graph.view.nodeCount, after: earlier) { insert in
            let own = slots.words
            let wanted = passing.words
            var first = 0
            for place in 0..<own.count {
                let word = own[place]
                var found = place < wanted.count ? word & wanted[place] : 0
                while found != 0 {
                    let bit = UInt64(1) << UInt64(found.trailingZeroBitCount)
                    insert(nodes[first + (word & (bit - 1)).nonzeroBitCount])
                    found &= found &- 1
                }
                first += word.nonzeroBitCount
            }
        }
    }
}
