import NeedletailBitmap
import NeedletailCatalog
import NeedletailIndex
import Synchronization

/// The rows of one snapshot that pass a filter.
final class FilterMask: Sendable {
    /// The commit that it is of; 0 for what a transaction sees that writes.
    let sequence: UInt64
    /// ``VectorIndexState/snapshot``.
    let snapshot: UInt64?
    let slots: SlotBitmap
    /// How many there are.
    let count: Int
    /// By the segments' numbers.
    private let nodes: Mutex<[UInt64: NodeMask]>
    /// Of an earlier commit, by the segments' numbers.
    private let earlier: [UInt64: NodeMask]

    init(
        _ slots: SlotBitmap, sequence: UInt64, snapshot: UInt64?, nodes: [UInt64: NodeMask] = [:],
        earlier: [UInt64: NodeMask] = [:]
    ) {
        self.earlier = earlier
        self.slots = slots
        self.sequence = sequence
        self.snapshot = snapshot
        count = slots.count
        self.nodes = Mutex(nodes)
    }

    /// The nodes of these rows in `segment`.
    func nodes(of segment: Segment) -> NodeMask {
        if let known = nodes.withLock({ $0[segment.number] }) { return known }
        let made = segment.mask(slots, after: earlier[segment.number])
        nodes.withLock { $0[segment.number] = made }
        return made
    }

    /// Those that are still right once `changed` slots are others: of segments that hold none.
    func nodes(
        of segments: [Segment], without changed: Set<UInt32>
    ) -> [UInt64: NodeMask] {
        let known = nodes.withLock { $0 }
        var kept: [UInt64: NodeMask] = [:]
        for segment in segments {
            guard let mask = known[segment.number],
                !changed.contains(where: segment.slots.contains)
            else { continue }
            kept[segment.number] = mask
        }
        return kept
    }

    /// What is known of segments, right or a few changes old.
    var nodesSoFar: [UInt64: NodeMask] { nodes.withLock { $0 } }

    var byteCount: Int {
        slots.words.count * 8 + nodes.withLock { $0.values.reduce(0) { $0 + $1.byteCount } }
    }
}
