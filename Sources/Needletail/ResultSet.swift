/// All rows of a statement, and what is known about how they came about.
public struct ResultSet: Sendable, RandomAccessCollection {
    public let columns: [Column]
    public let rows: [Row]
    public internal(set) var summary: StatementSummary

    /// Rows that there is room for before the first: as many as most searches ask for.
    private static let rowsAtFirst = 10

    init(reading statement: any RunningStatement) throws(DatabaseError) {
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

/// The rows of a running statement, one by one.
///
/// It keeps its snapshot until it ends, is closed, or goes away, and at most
/// ``Limits/cursorAgeSecondsMax`` seconds. One thread at a time.
public final class RowCursor {
    private let statement: any RunningStatement
    private let session: (any StatementSession)?

    init(_ statement: any RunningStatement, session: (any StatementSession)?) {
        self.statement = statement
        self.session = session
    }

    deinit { statement.close() }

    public var columns: [Column] { statement.columns }

    /// The next row, or `nil` at the end.
    public func next() throws(DatabaseError) -> Row? {
        guard let values = try statement.next() else { return nil }
        return Row(columns: statement.columns, values: values)
    }

    /// Makes ``next()`` fail with 57014. May be called from any thread.
    public var cancellationHandle: CancellationHandle { CancellationHandle(session) }

    /// What was done; complete once ``next()`` returned `nil`.
    public var summary: StatementSummary { statement.summary }

    /// Gives up the snapshot.
    public func close() { statement.close() }
}

/// Stops a statement from another thread.
public struct CancellationHandle: Sendable {
    private let session: (any StatementSession)?

    init(_ session: (any StatementSession)?) { self.session = session }

    /// Makes the statement fail with 57014, soon.
    public func cancel() { session?.cancel() }
}
