import NeedletailBitmap
import NeedletailCore

/// What one write transaction knows and has changed about the slots of one table. A value, so that
/// a savepoint is a copy.
struct SlotTable {
    let table: UInt32
    var statistics: TableStatistics
    /// Chunks of the live bitmap read so far.
    var chunks: [UInt32: LiveChunk] = [:]
    /// Records of freed slots taken up for reuse, with what is left of each.
    var reusable: [FreedRecord] = []
    /// Where the next such record is to be looked for; `nil` once there is none.
    var nextReusable: StorageKey?
    /// Slots freed here and not written out yet.
    var freed: [UInt32] = []
    /// The part number of the next record of freed slots.
    var freedPart: UInt32 = 0
    var isDirty = false

    init(_ table: UInt32, _ view: StorageView) throws(DatabaseError) {
        self.table = table
        statistics = try view.statistics(table: table)
        nextReusable = StorageKey(.freedSlots, table)
    }

    /// Up to `count` slots that were never used, or an empty range where the table is full.
    mutating func takeFresh(_ count: Int) -> Range<UInt32> {
        let first = statistics.nextSlot
        let room = Limits.slotsMax - min(first, Limits.slotsMax)
        let taken = min(room, UInt32(clamping: count))
        statistics.nextSlot = first + taken
        return first..<first + taken
    }

    /// Up to `count` neighbouring slots of the records taken up, or `nil` where they are used up.
    mutating func takeReusable(_ count: Int) -> Range<UInt32>? {
        guard let last = reusable.indices.last, let range = reusable[last].ranges.popLast() else {
            return nil
        }
        let taken = min(UInt32(clamping: count), UInt32(range.count))
        let end = range.lowerBound + taken
        if end < range.upperBound { reusable[last].ranges.append(end..<range.upperBound) }
        reusable[last].isDirty = true
        statistics.freeSlots -= min(statistics.freeSlots, taken)
        return range.lowerBound..<end
    }

    /// Frees slots that are not live; a later transaction may reuse them.
    mutating func giveBack(_ range: Range<UInt32>) {
        freed.append(contentsOf: range)
        let free = statistics.freeSlots.addingReportingOverflow(UInt32(clamping: range.count))
        statistics.freeSlots = free.overflow ? .max : free.partialValue
        isDirty = true
    }
}

/// Slots that one commit freed: pairs of first slot and count, 32 bits each.
struct FreedRecord: Sendable {
    let key: StorageKey
    var ranges: [Range<UInt32>]
    var isDirty = false

    init(key: StorageKey, ranges: [Range<UInt32>]) {
        self.key = key
        self.ranges = ranges
    }

    /// Takes a stored record apart; `nil` where it is damaged.
    static func ranges(_ payload: UnsafeRawBufferPointer) -> [Range<UInt32>]? {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        var ranges: [Range<UInt32>] = []
        while reader.remaining > 0 {
            guard let first: UInt32 = reader.read(), let count: UInt32 = reader.read() else {
                return nil
            }
            let end = first.addingReportingOverflow(count)
            guard count > 0, !end.overflow, end.partialValue <= Limits.slotsMax else { return nil }
            ranges.append(first..<end.partialValue)
        }
        return ranges
    }

    static func encode(_ ranges: some Sequence<Range<UInt32>>) -> [UInt8] {
        var bytes: [UInt8] = []
        for range in ranges {
            bytes.append(littleEndian: range.lowerBound)
            bytes.append(littleEndian: UInt32(range.count))
        }
        return bytes
    }
}

extension [UInt32] {
    /// The same slots as ascending ranges without gaps or overlaps.
    func coalesced() -> [Range<UInt32>] {
        var ranges: [Range<UInt32>] = []
        for slot in sorted() {
            if let last = ranges.last, slot <= last.upperBound {
                if slot == last.upperBound {
                    ranges[ranges.count - 1] = last.lowerBound..<slot + 1
                }
            } else {
                ranges.append(slot..<slot + 1)
            }
        }
        return ranges
    }
}
