package import NeedletailCore

/// A row's record: the values of its columns, so that one can be read without the others.
///
///     0  version of this form (8 bits)      8  null bitmap, one bit per column
///     1  width of the ends: 2 or 4 (8)         the end of each value, from where values begin
///     2  count of columns (16)                 values (`ValueBytes`)
///     4  schema version (32)
///
/// Stored sealed, so damage is found before any of this is looked at. Columns added to the table
/// later are missing from the record, which is not the same as NULL.
package enum RecordCoding {
    static let version: UInt8 = 1
    static let headerBytes = 8

    /// The record of `values`, to be stored under ``StorageKey/row(table:slot:)``.
    ///
    /// A vector column's place is NULL: its values live in blocks. Throws 54000 where a value is
    /// longer than a record may be.
    package static func encode(
        _ values: [Value], schemaVersion: UInt32, into bytes: inout [UInt8]
    ) throws(DatabaseError) {
        precondition(values.count <= Limits.columnsMax, "A row has at most 1,600 columns.")
        let count = values.count
        bytes.removeAll(keepingCapacity: true)
        var content: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(count)
        for value in values {
            try ValueBytes.append(value, to: &content)
            ends.append(content.count)
        }
        guard let total = UInt32(exactly: content.count) else {
            throw DatabaseError(
                .programLimit, "a row of \(content.count) bytes is too long",
                hint: "Store large values outside the database.")
        }
        let isWide = total > UInt32(UInt16.max)
        bytes.reserveCapacity(headerBytes + count * 5 + content.count)
        bytes.append(version)
        bytes.append(isWide ? 4 : 2)
        bytes.append(littleEndian: UInt16(count))
        bytes.append(littleEndian: schemaVersion)
        appendNulls(values, to: &bytes)
        for end in ends {
            if isWide {
                bytes.append(littleEndian: UInt32(end))
            } else {
                bytes.append(littleEndian: UInt16(end))
            }
        }
        bytes.append(contentsOf: content)
    }

    private static func appendNulls(_ values: [Value], to bytes: inout [UInt8]) {
        var byte: UInt8 = 0
        for (index, value) in values.enumerated() {
            if value.isNull { byte |= 1 << UInt8(index % 8) }
            if index % 8 == 7 || index == values.count - 1 {
                bytes.append(byte)
                byte = 0
            }
        }
    }
}

extension StorageWriter {
    /// Stores the record of a row. Making its slot live is the caller's.
    package func putRow(
        table: UInt32, slot: Slot, schemaVersion: UInt32, _ values: [Value]
    ) throws(DatabaseError) {
        try RecordCoding.encode(values, schemaVersion: schemaVersion, into: &recordBuffer)
        try putSealed(.row(table: table, slot: slot), recordBuffer)
    }

    /// Removes the record of a row. Returns whether it was there.
    @discardableResult
    package func deleteRow(table: UInt32, slot: Slot) throws(DatabaseError) -> Bool {
        try delete(.row(table: table, slot: slot))
    }
}
