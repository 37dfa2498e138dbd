import NeedletailBitmap
package import NeedletailCore

/// Every row of a table in order of slots.
///
/// The records are held against the live bitmap: a row that is live and has no record, or has a
/// record and is not live, is XX001, so that a lost page cannot silently shorten a scan.
package final class RecordCursor {
    private let cursor: KeyRangeCursor
    private let table: UInt32
    private var live: SlotBitmap.Slots
    private let end: UInt64

    /// - Parameter slots: where to scan; rows outside are not looked at.
    package init(
        _ view: StorageView, table: UInt32, slots: Range<UInt32> = 0..<UInt32.max
    ) throws(DatabaseError) {
        var bitmap = try view.liveSlots(table: table)
        bitmap.remove(0..<slots.lowerBound)
        live = bitmap.slots
        end = UInt64(slots.upperBound)
        self.table = table
        cursor = try KeyRangeCursor(
            view,
            KeyRange(
                lower: .row(table: table, slot: Slot(slots.lowerBound)),
                upper: .row(table: table, slot: Slot(slots.upperBound))))
    }

    /// The next row, or `nil` at the end. Its record is valid until the view ends or writes.
    package func next() throws(DatabaseError) -> RecordView? {
        let expected = live.next().flatMap { UInt64($0) < end ? $0 : nil }
        guard try cursor.next() else {
            if let expected { throw lost(expected) }
            return nil
        }
        guard cursor.key.count == 9, let slot = KeyParts(cursor.key).lastNumber else {
            throw .corrupted("\(KeyParts(cursor.key).description) has a damaged key")
        }
        guard let expected, slot >= expected else {
            throw .corrupted("slot \(slot) of table \(table) has a record and is not live")
        }
        guard slot == expected else { throw lost(expected) }
        guard let payload = SealedRecord.open(key: cursor.key, value: cursor.value) else {
            throw RecordView.damaged(table, Slot(slot))
        }
        return try RecordView(payload, table: table, slot: Slot(slot))
    }

    private func lost(_ slot: UInt32) -> DatabaseError {
        .corrupted("slot \(slot) of table \(table) is live and has no record")
    }
}
