package import NeedletailCore

/// How statistics are stored, under ``StorageKey/histogram(table:column:)``, sealed.
///
/// Little-endian: version (16 bits), rows (64), rows of the sample (64), sequence (64), time in
/// microseconds (64), then as 64-bit floats the share of NULLs, the count of distinct values (-1
/// for none) and the average width, whether the count is exact (8), the count of common values
/// (16), each its share (64-bit float), length (32) and `ValueBytes`, and the count of bounds (16),
/// each its length (32) and `ValueBytes`.
extension ColumnStatistics {
    /// The form above.
    private static let version: UInt16 = 1

    /// Errors: XX000 for a value that no record can hold.
    func encoded() throws(DatabaseError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: UInt64(clamping: gathering.rowCount))
        bytes.append(littleEndian: UInt64(clamping: gathering.sampleCount))
        bytes.append(littleEndian: gathering.sequence)
        bytes.append(littleEndian: gathering.time.microseconds)
        for number in [nullShare, distinctCount ?? -1, averageWidth] {
            bytes.append(littleEndian: number.bitPattern)
        }
        bytes.append(isDistinctExact ? 1 : 0)
        bytes.append(littleEndian: UInt16(clamping: common.count))
        for one in common.prefix(Int(UInt16.max)) {
            bytes.append(littleEndian: one.share.bitPattern)
            try Self.append(one.value, to: &bytes)
        }
        bytes.append(littleEndian: UInt16(clamping: bounds.count))
        for bound in bounds.prefix(Int(UInt16.max)) { try Self.append(bound, to: &bytes) }
        return bytes
    }

    private static func append(
        _ value: Value, to bytes: inout [UInt8]
    ) throws(DatabaseError) {
        var content: [UInt8] = []
        try ValueBytes.append(value, to: &content)
        bytes.append(littleEndian: UInt32(clamping: content.count))
        bytes.append(contentsOf: content)
    }

    /// Takes a stored record apart; `nil` where it is damaged or of another version.
    package init?(_ payload: UnsafeRawBufferPointer) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        guard let version: UInt16 = reader.read(), version == Self.version,
            let rows: UInt64 = reader.read(), let rowCount = Int(exactly: rows),
            let sample: UInt64 = reader.read(), let sampleCount = Int(exactly: sample),
            let sequence: UInt64 = reader.read(), let time: Int64 = reader.read(),
            let nulls = Self.number(&reader), (0...1).contains(nulls),
            let distinct = Self.number(&reader), distinct == -1 || distinct >= 0,
            let width = Self.number(&reader), width >= 0, let exact: UInt8 = reader.read(),
            let common = Self.common(&reader), let bounds = Self.bounds(&reader),
            reader.remaining == 0
        else { return nil }
        self.init(
            gathering: Gathering(
                rowCount: rowCount, sampleCount: sampleCount, sequence: sequence,
                time: Timestamp(microseconds: time)),
            nullShare: nulls, distinctCount: distinct < 0 ? nil : distinct,
            isDistinctExact: exact != 0, averageWidth: width, common: common, bounds: bounds)
    }

    /// A finite number.
    private static func number(_ reader: inout ByteReader) -> Double? {
        guard let bits: UInt64 = reader.read() else { return nil }
        let number = Double(bitPattern: bits)
        return number.isFinite ? number : nil
    }

    private static func common(_ reader: inout ByteReader) -> [FrequentValue]? {
        guard let count: UInt16 = reader.read() else { return nil }
        var found: [FrequentValue] = []
        for _ in 0..<count {
            guard let share = number(&reader), (0...1).contains(share),
                let value = value(&reader)
            else { return nil }
            found.append(FrequentValue(value: value, share: share))
        }
        return found
    }

    private static func bounds(_ reader: inout ByteReader) -> [Value]? {
        guard let count: UInt16 = reader.read() else { return nil }
        var found: [Value] = []
        for _ in 0..<count {
            guard let value = value(&reader) else { return nil }
            found.append(value)
        }
        return found
    }

    private static func value(_ reader: inout ByteReader) -> Value? {
        guard let length: UInt32 = reader.read(), let bytes = reader.read(count: Int(length))
        else { return nil }
        return ValueBytes.decode(bytes)
    }
}

extension StorageView {
    /// Every sealed record of statistics: by tables' numbers, columns' numbers and payloads.
    /// Damaged ones are left out, for `CHECK` to report.
    package func statisticsRecords() throws(DatabaseError) -> [UInt32: [UInt32: [UInt8]]] {
        var found: [UInt32: [UInt32: [UInt8]]] = [:]
        try forEach(prefix: StorageKey(.histogram)) { key, value throws(DatabaseError) in
            let parts = KeyParts(key)
            if let table = parts.owner, let column = parts.number(at: 5),
                let payload = SealedRecord.open(key: key, value: value)
            {
                found[table, default: [:]][column] = Array(payload)
            }
            return true
        }
        return found
    }

    /// Calls `body` with the number of each column of `table` that has a record of statistics, and
    /// with what it says; `nil` where it is damaged.
    package func forEachStatistics(
        of table: UInt32, _ body: (UInt32, ColumnStatistics?) -> Void
    ) throws(DatabaseError) {
        try forEach(prefix: StorageKey(.histogram, table)) { key, value throws(DatabaseError) in
            guard let column = KeyParts(key).number(at: 5) else { return true }
            // SAFETY: decoded during the visit, and not kept.
            body(column, SealedRecord.open(key: key, value: value).flatMap(ColumnStatistics.init))
            return true
        }
    }
}

extension StorageWriter {
    /// Replaces the statistics of one column.
    package func putStatistics(
        table: UInt32, column: UInt32, _ statistics: ColumnStatistics
    ) throws(DatabaseError) {
        try putSealed(.histogram(table: table, column: column), try statistics.encoded())
    }
}
