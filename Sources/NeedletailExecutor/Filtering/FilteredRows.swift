import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailStorage

/// The rows of a table that a filter is asked about, and the segments that know included columns.
struct FilteredRows {
    let live: SlotBitmap
    let segments: [Segment]
    /// Live slots that are in no segment, ascending.
    let tail: [Slot]
    /// Live rows.
    let rowCount: Int

    init(_ state: VectorIndexState) {
        (live, segments) = (state.live, state.segments)
        (tail, rowCount) = (state.tail, state.rowCount)
    }

    /// Without a vector index.
    init(_ reader: TableReader) throws(DatabaseError) {
        live = try reader.liveSlots()
        segments = []
        tail = []
        rowCount = live.count
    }
}
