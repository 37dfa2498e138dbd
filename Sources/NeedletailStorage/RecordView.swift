package import NeedletailCore

/// The record of a row in place, its checksum verified. Values decode one by one.
///
/// Valid as long as the view it came from.
package struct RecordView: @unchecked Sendable {
    // SAFETY: points into a snapshot that nobody changes.
    package let table: UInt32
    package let slot: Slot
    package let columnCount: Int
    /// The version of the table's schema it was written under.
    package let schemaVersion: UInt32
    private let nulls: UnsafeRawBufferPointer
    private let ends: UnsafeRawBufferPointer
    private let content: UnsafeRawBufferPointer
    private let isWide: Bool

    /// Takes the payload of a sealed record. Throws XX001 where it is damaged.
    package init(
        _ payload: UnsafeRawBufferPointer, table: UInt32, slot: Slot
    ) throws(DatabaseError) {
        self.table = table
        self.slot = slot
        guard payload.count >= RecordCoding.headerBytes, payload[0] == RecordCoding.version,
            payload[1] == 2 || payload[1] == 4
        else { throw Self.damaged(table, slot) }
        isWide = payload[1] == 4
        columnCount = Int(
            UInt16(littleEndian: payload.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
        schemaVersion = UInt32(
            littleEndian: payload.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let endsStart = RecordCoding.headerBytes + (columnCount + 7) / 8
        let contentStart = endsStart + columnCount * (isWide ? 4 : 2)
        guard payload.count >= contentStart else { throw Self.damaged(table, slot) }
        nulls = UnsafeRawBufferPointer(rebasing: payload[RecordCoding.headerBytes..<endsStart])
        ends = UnsafeRawBufferPointer(rebasing: payload[endsStart..<contentStart])
        content = UnsafeRawBufferPointer(rebasing: payload[contentStart...])
    }

    /// The value of column `column`; `nil` where the record is older than the column. Throws XX001
    /// where it is damaged.
    package func value(_ column: Int) throws(DatabaseError) -> Value? {
        guard column < columnCount else { return nil }
        if isNull(column) { return .null }
        guard let bytes = bytes(column), let value = ValueBytes.decode(bytes) else {
            throw Self.damaged(table, slot)
        }
        return value
    }

    /// Stored bytes of column `column`; `nil` where it is NULL or missing.
    package func byteCount(_ column: Int) -> Int? {
        guard column < columnCount, !isNull(column) else { return nil }
        return bytes(column)?.count
    }

    /// Every value of the record, in the order of the columns.
    package func values() throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(columnCount)
        for column in 0..<columnCount { values.append(try value(column) ?? .null) }
        return values
    }

    /// Whether the record has the column, and there NULL.
    package func isNull(_ column: Int) -> Bool {
        column >= 0 && column < columnCount && nulls[column / 8] & (1 << UInt8(column % 8)) != 0
    }

    /// The UTF-8 of a text column in place; `nil` where it is NULL, missing or of another type.
    package func text(_ column: Int) -> UnsafeRawBufferPointer? { content(column, .text) }

    /// An integer column; `nil` where it is NULL, missing or of another type.
    package func integer(_ column: Int) -> Int64? {
        content(column, .integer).flatMap(ShortInteger.read)
    }

    /// What `path` leads to in a JSON column, decoding nothing else; `nil` where it leads nowhere,
    /// or the column is NULL, missing or of another type.
    package func json(_ column: Int, at path: [JSONStep]) -> JSON? {
        content(column, .json).flatMap { JSONBytes.decode($0, at: path) }
    }

    private func content(_ column: Int, _ tag: ValueTag) -> UnsafeRawBufferPointer? {
        guard column < columnCount, !isNull(column), let bytes = bytes(column),
            bytes.first == tag.rawValue
        else { return nil }
        return UnsafeRawBufferPointer(rebasing: bytes[1...])
    }

    /// Tag and content of a column.
    private func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
        guard column >= 0 else { return nil }
        let start = column == 0 ? 0 : end(column - 1)
        let end = end(column)
        guard start <= end, end <= content.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: content[start..<end])
    }

    private func end(_ column: Int) -> Int {
        if isWide {
            return Int(
                UInt32(
                    littleEndian: ends.loadUnaligned(fromByteOffset: column * 4, as: UInt32.self)))
        }
        return Int(
            UInt16(littleEndian: ends.loadUnaligned(fromByteOffset: column * 2, as: UInt16.self)))
    }

    static func damaged(_ table: UInt32, _ slot: Slot) -> DatabaseError {
        .corrupted("the record of table \(table), slot \(slot.rawValue) is damaged")
    }
}

extension StorageView {
    /// The record of a row, or `nil` where there is none. Throws XX001, with table and slot, where
    /// it is damaged. About a microsecond.
    package func row(table: UInt32, slot: Slot) throws(DatabaseError) -> RecordView? {
        guard let payload = try sealed(.row(table: table, slot: slot)) else { return nil }
        return try RecordView(payload, table: table, slot: slot)
    }
}
