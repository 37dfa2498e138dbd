import NeedletailBitmap
package import NeedletailCore
import NeedletailStorage

/// Gathers the statistics of a table's columns from a sample of its rows in one snapshot.
package struct StatisticsGathering {
    /// The same rows of the same table are always the same sample.
    private static let seed: UInt64 = 0x57A7
    /// Columns whose values are held at once.
    private static let columnsAtOnce = 16
    /// Rows whose vectors are looked for: blocks of vectors are large.
    private static let vectorRowsMax = 256
    /// Postings that are counted.
    private static let postingsMax = 10_000

    private let reader: TableReader
    private let indexes: [IndexDefinition]

    package init(_ reader: TableReader, indexes: [IndexDefinition]) {
        self.reader = reader
        self.indexes = indexes
    }

    /// The statistics of all columns, by their numbers. Errors: XX001 where a row is damaged.
    ///
    /// - Parameter progress: called now and then with the rows done and to do; may throw to stop.
    package func run(
        at time: Timestamp, progress: (Int, Int) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [UInt16: ColumnStatistics] {
        let live = try reader.liveSlots()
        let slots = Self.sample(live, atMost: Limits.statisticsRowsMax)
        let gathering = ColumnStatistics.Gathering(
            rowCount: live.count, sampleCount: slots.count,
            sequence: try reader.view.commitSequence(), time: time)
        let positions = Array(reader.table.columns.indices)
        let groups = stride(from: 0, to: positions.count, by: Self.columnsAtOnce).map {
            positions[$0..<min($0 + Self.columnsAtOnce, positions.count)]
        }
        var found: [UInt16: ColumnStatistics] = [:]
        for (number, group) in groups.enumerated() {
            let samples = try samples(of: group, at: slots) { done throws(DatabaseError) in
                try progress(number * slots.count + done, groups.count * slots.count)
            }
            for (position, sample) in zip(group, samples) {
                found[reader.table.columns[position].id] = sample.statistics(
                    gathering,
                    exactDistinct: try exactDistinct(position, rows: gathering.rowCount))
            }
        }
        return found
    }

    /// Slots of `live` in order, each as likely as any other. Knuth, TAOCP 2, 3.4.2, algorithm S.
    static func sample(_ live: SlotBitmap, atMost most: Int) -> [UInt32] {
        var left = live.count
        guard left > most else { return Array(live.slots) }
        var random = SplitMix64(seed: seed)
        var wanted = most
        var sample: [UInt32] = []
        sample.reserveCapacity(most)
        live.forEachSlot { slot in
            if Int.random(in: 0..<left, using: &random) < wanted {
                sample.append(slot)
                wanted -= 1
            }
            left -= 1
        }
        return sample
    }

    private func samples(
        of positions: ArraySlice<Int>, at slots: [UInt32],
        progress: (Int) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [ColumnSample] {
        let columns = positions.map { reader.table.columns[$0] }
        var samples = columns.map { ColumnSample($0.type) }
        for (place, position) in positions.enumerated() where columns[place].type.isVector {
            try addVectors(of: position, at: slots, to: &samples[place])
        }
        for (done, slot) in slots.enumerated() {
            if done % 256 == 0 { try progress(done) }
            guard let record = try reader.view.row(table: reader.table.id, slot: Slot(slot))
            else { continue }
            for (place, column) in columns.enumerated() where !column.type.isVector {
                guard let bytes = record.byteCount(Int(column.id)) else {
                    samples[place].addNull()
                    continue
                }
                let value =
                    ColumnSample.reads(column.type) ? try record.value(Int(column.id)) : nil
                samples[place].add(value ?? .null, bytes: bytes)
            }
        }
        return samples
    }

    private func addVectors(
        of position: Int, at slots: [UInt32], to sample: inout ColumnSample
    ) throws(DatabaseError) {
        let column = try reader.vectorColumn(position)
        let step = max(1, slots.count / Self.vectorRowsMax)
        for place in stride(from: 0, to: slots.count, by: step) {
            if try column.vector(Slot(slots[place])) == nil {
                sample.addNull()
            } else {
                sample.add(.null, bytes: column.layout.stride)
            }
        }
    }

    /// Values besides NULL of the column at `position`, where a key or postings tell.
    private func exactDistinct(
        _ position: Int, rows: Int
    ) throws(DatabaseError) -> Int? {
        if reader.table.primaryKey == [position] { return rows }
        let column = reader.table.columns[position]
        let alone = indexes.filter {
            $0.keys.count == 1 && $0.keys[0].columnID == column.id && $0.keys[0].path.isEmpty
        }
        if column.isNotNull, alone.contains(where: { $0.method == .ordered && $0.isUnique }) {
            return rows
        }
        guard let index = alone.first(where: { $0.method == .bitmap }),
            let postings = PostingReader(view: reader.view, index: index, table: reader.table),
            let count = try postings.postingCount(atMost: Self.postingsMax)
        else { return nil }
        return try postings.slotsOfNull().isEmpty ? count : count - 1
    }
}

extension DefinitionWriter {
    /// Replaces the statistics of `table`, as far as the table still has the columns.
    package func putStatistics(
        of table: TableDefinition, _ columns: [UInt16: ColumnStatistics]
    ) throws(DatabaseError) {
        for column in table.columns {
            guard let statistics = columns[column.id] else { continue }
            try writer.putStatistics(table: table.id, column: UInt32(column.id), statistics)
        }
        try touch()
    }
}

/// Holds the records of statistics against the columns that they are of.
package struct StatisticsCheck {
    private let reader: TableReader

    package init(_ reader: TableReader) { self.reader = reader }

    /// What is wrong with them, in sentences.
    package func run() throws(DatabaseError) -> [String] {
        let table = reader.table
        var findings: [String] = []
        try reader.view.forEachStatistics(of: table.id) { number, statistics in
            guard let column = table.columns.first(where: { UInt32($0.id) == number }) else {
                findings.append("there are statistics of column \(number), which does not exist")
                return
            }
            if statistics == nil {
                findings.append(
                    "the statistics of column \"\(column.name)\" are damaged: run ANALYZE")
            }
        }
        return findings
    }
}
