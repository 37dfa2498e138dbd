/// The rows of a running statement, one by one.
///
/// It keeps its snapshot until it ends, is closed, or goes away, and at most
/// ``Limits/cursorAgeSecondsMax`` seconds. One thread at a time.
public final class RowCursor {
    private let statement: any RunningStatement
    private let interruption: Interruption?

    package init(_ statement: any RunningStatement, interruption: Interruption?) {
        self.statement = statement
        self.interruption = interruption
    }

    deinit { close() }

    public var columns: [Column] { statement.columns }

    /// The next row, or `nil` at the end.
    public func next() throws(DatabaseError) -> Row? {
        guard let values = try statement.next() else { return nil }
        return Row(columns: statement.columns, values: values)
    }

    /// Makes ``next()`` fail with 57014. May be called from any thread.
    public var cancellationHandle: CancellationHandle { CancellationHandle(interruption) }

    /// What was done; complete once ``next()`` returned `nil`.
    public var summary: StatementSummary { statement.summary }

    /// Gives up the snapshot.
    public func close() { statement.close() }
}

/// Stops a statement from another thread.
public struct CancellationHandle: Sendable {
    private let interruption: Interruption?

    init(_ interruption: Interruption?) { self.interruption = interruption }

    /// Makes the statement fail with 57014, soon.
    public func cancel() { interruption?.request() }
}
