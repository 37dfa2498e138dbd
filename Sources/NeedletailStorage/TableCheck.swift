import NeedletailBitmap
import NeedletailCore

/// What a check has seen of one table.
struct TableCheck {
    /// Slots that the live bitmap has.
    private(set) var live = SlotBitmap()
    /// Slots with a record.
    private var rows = SlotBitmap()
    /// Slots that the key map leads to.
    private var keyed = SlotBitmap()
    private var free = SlotBitmap()
    private var statistics: TableStatistics?
    private var problems: [String] = []
    /// Just past the last slot with a place in a vector block.
    var vectorEnd: UInt64 = 0

    /// Takes a sealed record of the table. Returns whether its form is right.
    mutating func read(
        _ kind: KeyKind, _ table: UInt32, _ key: KeyParts, _ payload: UnsafeRawBufferPointer
    ) -> Bool {
        // SAFETY: live during the call; lengths are checked before loads, nothing is kept.
        switch kind {
        case .row:
            guard key.bytes.count == 9, let slot = key.number(at: 5),
                ContentCheck.insert(slot, &rows),
                let record = try? RecordView(payload, table: table, slot: Slot(slot))
            else { return false }
            return (try? record.values()) != nil
        case .primaryKey:
            guard payload.count == 4 else { return false }
            let slot = UInt32(littleEndian: payload.loadUnaligned(as: UInt32.self))
            if keyed.contains(slot) { problems.append("two keys lead to slot \(slot)") }
            return ContentCheck.insert(slot, &keyed)
        case .liveSlots: return readLive(key, payload)
        case .freedSlots:
            guard let ranges = FreedRecord.ranges(payload) else { return false }
            for range in ranges {
                if free.count(in: range) > 0 {
                    problems.append("slots \(range) are free twice")
                }
                free.insert(range)
            }
            return true
        case .tableStatistics:
            statistics = TableStatistics(payload)
            return statistics != nil
        default: return true
        }
    }

    private mutating func readLive(_ key: KeyParts, _ payload: UnsafeRawBufferPointer) -> Bool {
        guard key.bytes.count == 9, let number = key.number(at: 5),
            number <= Limits.slotsMax / LiveChunk.slots, let chunk = LiveChunk(payload)
        else { return false }
        for bit in chunk.bits.slots {
            guard ContentCheck.insert(number * LiveChunk.slots + bit, &live) else { return false }
        }
        return true
    }

    /// Compares what was seen.
    func finish(_ table: UInt32) -> [Finding] {
        var messages = problems
        func compare(_ slots: SlotBitmap, _ message: String) {
            guard let first = slots.first(atLeast: 0) else { return }
            messages.append("\(slots.count) slots \(message), the first is \(first)")
        }
        compare(live.subtracting(rows), "are live and have no record")
        compare(rows.subtracting(live), "have a record and are not live")
        // A table without a primary key has no key map.
        if !keyed.isEmpty {
            compare(live.subtracting(keyed), "are live and have no key")
            compare(keyed.subtracting(live), "have a key and are not live")
        }
        compare(free.intersection(live), "are both free and live")
        let counted = statistics ?? TableStatistics()
        if live.count != counted.rowCount {
            messages.append("\(live.count) rows are live but \(counted.rowCount) are counted")
        }
        if free.count != Int(counted.freeSlots) {
            messages.append("\(free.count) slots are free but \(counted.freeSlots) are counted")
        }
        let end = [live, rows, free].compactMap(\.last).map { UInt64($0) + 1 }.max() ?? 0
        if max(end, vectorEnd) > UInt64(counted.nextSlot) {
            messages.append(
                "slots up to \(max(end, vectorEnd)) are in use but \(counted.nextSlot) is next")
        }
        var findings = messages.map { Finding(.damage, "table \(table): \($0)") }
        let lost = Int(counted.nextSlot) - live.count - free.count
        if lost > 0 {
            findings.append(
                Finding(.waste, "table \(table): \(lost) slots are neither live nor free"))
        }
        return findings
    }
}
