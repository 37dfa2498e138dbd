import NeedletailBitmap
import NeedletailCore
import NeedletailKernels
import NeedletailStorage

/// The vectors of one column in one snapshot, for threads that build.
final class BuildRows: @unchecked Sendable {
    // SAFETY: nothing changes after `init`; the caller keeps the snapshot for as long as this is
    // used, and blocks may be read by any thread.
    /// Slots of the rows that have a vector, ascending.
    private let rows: [Slot]
    private let blocks: [VectorBlock]
    private let blockOf: [Int]
    private let rowShift: Int
    private let view: StorageView
    let type: ValueType
    let dimension: Int
    /// The slots, those of rows without a vector among them: they are in no graph and in no tail.
    let slots: SlotBitmap

    /// - Parameter others: slots that are left out.
    init(
        _ view: StorageView, table: TableDefinition, column: Int, without others: [SlotBitmap]
    ) throws(DatabaseError) {
        self.view = view
        let reader = TableReader(view: view, table: table)
        let vectors = try reader.vectorColumn(column)
        blocks = try vectors.blocks()
        rowShift = Int(vectors.layout.rowShift)
        type = table.columns[column].type
        dimension = type.dimension ?? 0
        var blockOf: [Int] = []
        for (place, block) in blocks.enumerated() {
            let number = Int(block.firstSlot.rawValue) >> rowShift
            while blockOf.count <= number { blockOf.append(-1) }
            blockOf[number] = place
        }
        self.blockOf = blockOf
        var rows: [Slot] = []
        var live = try reader.liveSlots()
        for other in others { live.subtract(other) }
        for slot in live.slots {
            let number = Int(slot) >> rowShift
            guard number < blockOf.count, blockOf[number] >= 0,
                blocks[blockOf[number]].vector(Int(slot) & ((1 << rowShift) - 1)) != nil
            else { continue }
            rows.append(Slot(slot))
        }
        slots = live
        self.rows = rows
    }

    var count: Int { rows.count }

    /// Slots of the rows that have a vector.
    var slotsWithVector: SlotBitmap { SlotBitmap(rows.map(\.rawValue)) }

    /// The slot of a row.
    func slot(_ row: Int) -> UInt32 { rows[row].rawValue }

    /// The vector of a row as it is stored.
    func bytes(_ row: Int) -> UnsafeRawPointer? {
        let slot = Int(rows[row].rawValue)
        return blocks[blockOf[slot >> rowShift]].vector(slot & ((1 << rowShift) - 1))
    }

    /// Writes the vector of a row as floats, bits as 0 and 1. Returns its slot.
    func read(_ row: Int, into vector: UnsafeMutablePointer<Float>) -> UInt32 {
        // SAFETY: a block holds whole vectors of its column's type; the caller has room for one.
        if let bytes = bytes(row) {
            StoredVector.widen(bytes, type, into: vector, dimension: dimension)
        }
        return rows[row].rawValue
    }

    /// The place of the row at `slot`.
    func place(ofSlot slot: UInt32) -> Int? {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].rawValue < slot { low = middle + 1 } else { high = middle }
        }
        return low < rows.count && rows[low].rawValue == slot ? low : nil
    }
}
