import NeedletailCore
import NeedletailText

/// Rows on their way to a model: few enough, and short enough, to be read.
struct MCPRows {
    /// Rows that one call gives or takes at most.
    static let rowsMax = 1_000
    /// Bytes of JSON after which no further row is taken.
    private static let bytesMax = 256 << 10

    private let rowsWanted: Int
    private let includesVectors: Bool
    private var columns: [Column] = []
    private var rows: [JSON] = []
    private var bytes = 0
    private var cut: String?
    private var summary = StatementSummary(tag: "")

    init(rowsMax: Int, includesVectors: Bool) {
        rowsWanted = rowsMax
        self.includesVectors = includesVectors
    }

    /// Takes the rows of `cursor` up to the limits, then ends it.
    mutating func take(_ cursor: RowCursor) throws(DatabaseError) {
        defer { cursor.close() }
        columns = cursor.columns
        while let row = try cursor.next() {
            guard rows.count < rowsWanted else {
                cut =
                    "only the first \(rowsWanted) rows are given; raise max_rows (at most "
                    + "\(Self.rowsMax)), or narrow the statement"
                return
            }
            var values: [JSON] = []
            for (column, value) in zip(columns, row.values) {
                values.append(try json(of: value, as: column.type))
            }
            guard bytes <= Self.bytesMax else {
                cut =
                    "the result is longer than \(Self.bytesMax) bytes; select fewer columns or "
                    + "rows"
                return
            }
            rows.append(.array(values))
        }
        summary = cursor.summary
    }

    /// A vector is told by its type unless vectors are wanted: it fills the model's memory and
    /// tells it nothing.
    private mutating func json(of value: Value, as type: ValueType) throws(DatabaseError) -> JSON {
        switch value {
        case .vector, .halfvec, .bits:
            if !includesVectors {
                let name = value.naturalType.sqlName
                bytes += name.utf8.count
                return .string(name)
            }
        default: break
        }
        var text: [UInt8] = []
        ValueJSON.appendJSON(of: value, as: type, into: &text, vectors: .json)
        bytes += text.count
        return try JSONParser.parse(text, in: text.indices)
    }

    func json(statement: String? = nil) -> JSON {
        var result = JSONObject()
            .with(
                "columns",
                .array(
                    columns.map {
                        .members(["name": .string($0.name), "type": .string($0.type.sqlName)])
                    })
            )
            .with("rows", .array(rows)).with("row_count", .int(Int64(rows.count)))
            .with("truncated", .bool(cut != nil || summary.truncated != nil))
        if let why = cut ?? summary.truncated { result["truncated_because"] = .string(why) }
        if let statement { result["statement"] = .string(statement) }
        guard cut == nil else { return .object(result) }
        if let plan = summary.plan {
            result["plan"] = .string(plan)
            result["exact"] = .bool(summary.isExact)
        }
        let notices = summary.notices.map { JSON.string($0.message) }
        if !notices.isEmpty { result["notices"] = .array(notices) }
        return .object(result)
    }
}

extension Value {
    /// The text of a text.
    var plainText: String? {
        if case .text(let text) = self { text } else { nil }
    }
}
