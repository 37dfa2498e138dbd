import NeedletailCore
import NeedletailStorage

/// The answer to a write that a key names, as it is given now and stored to be given again.
struct KeyedAnswer {
    var columns: [Column]
    var rows: [[Value]]
    var summary: StatementSummary

    /// Columns and rows as they are kept: counts of both, each column's name and type, then all
    /// values. Empty where no columns are returned.
    ///
    /// Errors: 54000 where they take more than ``Limits/idempotencyAnswerBytesMax``.
    func stored() throws(DatabaseError) -> [UInt8] {
        guard !columns.isEmpty else { return [] }
        var bytes: [UInt8] = []
        try ValueSequence.append(.int(Int64(columns.count)), to: &bytes)
        try ValueSequence.append(.int(Int64(rows.count)), to: &bytes)
        for column in columns {
            try ValueSequence.append(.text(column.name), to: &bytes)
            try ValueSequence.append(.text(column.type.sqlName), to: &bytes)
        }
        for row in rows {
            for value in row { try ValueSequence.append(value, to: &bytes) }
            try Self.check(bytes.count)
        }
        try Self.check(bytes.count)
        return bytes
    }

    private static func check(_ size: Int) throws(DatabaseError) {
        guard size > Limits.idempotencyAnswerBytesMax else { return }
        throw DatabaseError(
            .programLimit,
            "the rows that the statement returns take more than the "
                + "\(Limits.idempotencyAnswerBytesMax) bytes that are kept with an idempotency key",
            hint: "Nothing was changed. Return fewer columns or rows, or leave RETURNING out.")
    }

    init(columns: [Column], rows: [[Value]], summary: StatementSummary) {
        self.columns = columns
        self.rows = rows
        self.summary = summary
    }

    /// The answer that was given when `commit` was made.
    ///
    /// Errors: XX001 where it is damaged.
    init(_ commit: KeyedCommit) throws(DatabaseError) {
        summary = StatementSummary(
            tag: commit.tag, rowCount: commit.rowCount,
            notices: [
                Notice(
                    DatabaseError.Code(rawValue: "00000"),
                    "the key is known: commit \(commit.sequence) has done this, and nothing was "
                        + "changed now")
            ], commitSequence: commit.sequence)
        columns = []
        rows = []
        guard !commit.answer.isEmpty else { return }
        guard let values = ValueSequence.values(of: commit.answer), values.count >= 2,
            case .int(let width) = values[0], case .int(let count) = values[1],
            1...Int64(Limits.columnsMax) ~= width, 0...Int64(Limits.slotsMax) ~= count,
            values.count == 2 + Int(width) * (2 + Int(count))
        else { throw Self.damaged }
        var place = 2
        for _ in 0..<width {
            guard case .text(let name) = values[place], case .text(let type) = values[place + 1]
            else { throw Self.damaged }
            columns.append(Column(name: name, type: ValueType(sqlName: type) ?? .unknown))
            place += 2
        }
        while place < values.count {
            rows.append(Array(values[place..<place + Int(width)]))
            place += Int(width)
        }
    }

    private static let damaged = DatabaseError(
        .dataCorrupted, "the answer kept with an idempotency key is damaged",
        hint: "Run CHECK; look whether the write is there before you repeat it with another key.")
}
