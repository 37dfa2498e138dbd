package import NeedletailBitmap
package import NeedletailCore
import NeedletailStorage

/// A vector index as one snapshot has it.
package final class VectorIndexState: Sendable {
    package let index: UInt32
    let sequence: UInt64
    package let segments: [Segment]
    /// Slots that hold a row.
    package let live: SlotBitmap
    /// Live slots that are in no segment, ascending.
    package let tail: [Slot]
    /// Live rows.
    package let rowCount: Int
    /// Of each segment, how many of its rows are still there.
    private let liveCounts: [UInt64: Int]

    /// How many times wider a walk must be so that as many of its candidates are still there: 1
    /// where no row of `segment` is gone.
    package func widening(of segment: Segment) -> Double {
        let live = liveCounts[segment.number] ?? 0
        return live == 0 ? 1 : max(1, Double(segment.rowCount) / Double(live))
    }

    /// Whether `segment` lost a quarter of its rows, so that it is worth building anew.
    package func isSparse(_ segment: Segment) -> Bool { widening(of: segment) > 4.0 / 3 }

    /// `nil` where the index was never built. Errors: those of its segments.
    init?(
        _ index: IndexDefinition, _ view: StorageView, sequence: UInt64, _ library: SegmentLibrary
    ) throws(DatabaseError) {
        guard let manifest = try view.manifest(table: index.tableID, index: index.id),
            !manifest.segments.isEmpty
        else { return nil }
        self.index = index.id
        self.sequence = sequence
        var segments: [Segment] = []
        for named in manifest.segments {
            segments.append(try library.segment(named, index: index.id))
        }
        self.segments = segments
        let live = try view.liveSlots(table: index.tableID)
        self.live = live
        var rest = live
        for segment in segments { rest.subtract(segment.slots) }
        tail = rest.slots.map { Slot($0) }
        rowCount = live.count
        var counts: [UInt64: Int] = [:]
        for segment in segments {
            counts[segment.number] = segment.slots.intersectionCount(live)
        }
        liveCounts = counts
    }
}
