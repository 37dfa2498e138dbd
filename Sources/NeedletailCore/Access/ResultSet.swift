/// All rows of a statement, and what is known about how they came about.
public struct ResultSet: Sendable, RandomAccessCollection {
    public let columns: [Column]
    public let rows: [Row]
    public package(set) var summary: StatementSummary

    /// Rows that there is room for before the first: as many as most searches ask for.
    private static let rowsAtFirst = 10

    package init(reading statement: any RunningStatement) throws(DatabaseError) {
        let columns = statement.columns
        var rows: [Row] = []
        rows.reserveCapacity(Self.rowsAtFirst)
        while let values = try statement.next() {
            rows.append(Row(columns: columns, values: values))
        }
        self.columns = columns
        self.rows = rows
        summary = statement.summary
    }

    package init(columns: [Column], rows: [Row], summary: StatementSummary) {
        self.columns = columns
        self.rows = rows
        self.summary = summary
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { rows.count }
    public subscript(position: Int) -> Row { rows[position] }

    /// Every row as a `T`, whose properties are named like the columns.
    ///
    /// Errors: 42703 where a column is missing, 42804 where a value does not fit.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws(DatabaseError) -> [T] {
        var decoded: [T] = []
        decoded.reserveCapacity(rows.count)
        for row in rows { decoded.append(try row.decode(type)) }
        return decoded
    }
}
