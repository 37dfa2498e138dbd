package import NeedletailBitmap
package import NeedletailCore
import NeedletailStorage

/// A vector index as one snapshot has it.
package final class VectorIndexState: Sendable {
    package let index: UInt32
    package let sequence: UInt64
    /// ``StorageView/snapshot`` of the view it is of.
    package let snapshot: UInt64?
    package let segments: [Segment]
    /// Slots that hold a row.
    package let live: SlotBitmap
    /// Live slots that are in no segment, ascending.
    package let tail: [Slot]
    /// Live rows.
    package let rowCount: Int
    /// Segments that were left out because they cannot be used.
    package let damagedCount: Int
    /// Of an index of lists, what is known of them; it has neither segments nor a tail.
    package let lists: ListDirectory?
    /// Of each segment, how many of its rows are still there.
    private let liveCounts: [UInt64: Int]

    /// Whether there is something that proposes rows.
    package var proposes: Bool { lists != nil || !segments.isEmpty }

    /// How many times wider a walk must be so that as many of its candidates are still there: 1
    /// where no row of `segment` is gone.
    package func widening(of segment: Segment) -> Double {
        let live = liveCounts[segment.number] ?? 0
        return live == 0 ? 1 : max(1, Double(segment.rowCount) / Double(live))
    }

    /// How many rows of `segment` are still there.
    func liveCount(of segment: Segment) -> Int { liveCounts[segment.number] ?? 0 }

    /// Rows that segments have and the table has not.
    package var goneCount: Int {
        segments.reduce(0) { $0 + $1.slots.count - (liveCounts[$1.number] ?? 0) }
    }

    /// What is to be done with the segments and the tail.
    package func step(isQuiet: Bool) -> FoldingPolicy.Step? {
        FoldingPolicy.step(
            segments.map {
                FoldingPolicy.Part(
                    number: $0.number, rowCount: $0.rowCount, liveCount: liveCount(of: $0),
                    roughness: $0.roughness)
            }, tailCount: tail.count, hasDamage: damagedCount > 0, isQuiet: isQuiet)
    }

    /// `nil` where the index was never built.
    ///
    /// - Parameter isForgiving: leaves out segments that cannot be used. Else that is an error.
    init?(
        _ index: IndexDefinition, _ view: StorageView, sequence: UInt64,
        _ library: SegmentLibrary, isForgiving: Bool
    ) throws(DatabaseError) {
        guard let manifest = try view.manifest(table: index.tableID, index: index.id),
            !manifest.segments.isEmpty
        else { return nil }
        self.index = index.id
        self.sequence = sequence
        snapshot = try view.snapshot
        lists = nil
        var segments: [Segment] = []
        for named in manifest.segments {
            do throws(DatabaseError) {
                segments.append(try library.segment(named, index: index.id))
            } catch {
                guard isForgiving, error.isOfSegment else { throw error }
            }
        }
        self.segments = segments
        damagedCount = manifest.segments.count - segments.count
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

    /// An index of lists; `nil` where the rows are not in them yet.
    init?(
        lists index: IndexDefinition, of table: TableDefinition, _ view: StorageView,
        sequence: UInt64
    ) throws(DatabaseError) {
        guard let lists = try ListDirectory.read(try ListIndex(index, of: table), view) else {
            return nil
        }
        self.index = index.id
        self.sequence = sequence
        self.lists = lists
        snapshot = try view.snapshot
        live = try view.liveSlots(table: index.tableID)
        rowCount = live.count
        segments = []
        tail = []
        damagedCount = 0
        liveCounts = [:]
    }
}

extension DatabaseError {
    /// Whether it may be that of a segment that is damaged or gone.
    package var isOfSegment: Bool { code == .dataCorrupted || code == .undefinedFile }
}
