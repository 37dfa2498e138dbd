/// The database at one moment. Given to the closure of `read`, and of no use after it.
public final class Snapshot {
    private let scope: StatementScope

    package init(_ runner: any StatementRunner) { scope = StatementScope(runner) }

    /// All rows of one statement. Errors: 25006 where it would write.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try scope.run(.text(sql), Parameters(parameters))
    }

    /// All rows of one statement with parameters by name.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try scope.run(.text(sql), Parameters(named: parameters))
    }

    /// All rows of a prepared statement.
    public func query(
        _ statement: PreparedStatement, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try scope.run(.prepared(statement), Parameters(parameters))
    }

    /// The rows one by one. The cursor must not leave the closure.
    public func cursor(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> RowCursor {
        try cursor(sql, bound: Parameters(parameters))
    }

    /// The rows one by one, with parameters that are bound already.
    package func cursor(
        _ sql: String, bound parameters: Parameters
    ) throws(DatabaseError) -> RowCursor {
        RowCursor(try scope.start(.text(sql), parameters), interruption: nil)
    }
}

/// A transaction that may write. Given to the closure of `write`, and of no use after it.
///
/// Its statements see what it has written so far, searches included. After one that failed the
/// others fail with 25P02, and nothing is committed.
public final class Transaction {
    private let scope: StatementScope

    package init(_ runner: any StatementRunner) { scope = StatementScope(runner) }

    /// Errors with 25P02 where a statement has failed, so that nothing may be committed.
    package func checkIntact() throws(DatabaseError) { try scope.checkIntact() }

    /// Runs one statement.
    @discardableResult
    public func execute(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try execute(sql, bound: Parameters(parameters))
    }

    /// Runs one statement with parameters that are bound already.
    package func execute(
        _ sql: String, bound parameters: Parameters
    ) throws(DatabaseError) -> StatementSummary {
        try scope.run(.text(sql), parameters).summary
    }

    /// Runs one statement with parameters by name.
    @discardableResult
    public func execute(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> StatementSummary {
        try scope.run(.text(sql), Parameters(named: parameters)).summary
    }

    /// Runs a prepared statement.
    @discardableResult
    public func execute(
        _ statement: PreparedStatement, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try scope.run(.prepared(statement), Parameters(parameters)).summary
    }

    /// All rows of one statement.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try scope.run(.text(sql), Parameters(parameters))
    }

    /// All rows of one statement with parameters by name.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try scope.run(.text(sql), Parameters(named: parameters))
    }

    /// All rows of a prepared statement.
    public func query(
        _ statement: PreparedStatement, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try scope.run(.prepared(statement), Parameters(parameters))
    }
}

/// The statements of one closure: after the first that fails, no other runs.
private final class StatementScope {
    private let runner: any StatementRunner
    private var hasFailed = false

    init(_ runner: any StatementRunner) { self.runner = runner }

    func start(
        _ source: StatementSource, _ parameters: Parameters
    ) throws(DatabaseError) -> any RunningStatement {
        try checkIntact()
        do throws(DatabaseError) {
            return try runner.start(source, parameters)
        } catch {
            hasFailed = true
            throw error
        }
    }

    func run(
        _ source: StatementSource, _ parameters: Parameters
    ) throws(DatabaseError) -> ResultSet {
        let statement = try start(source, parameters)
        do throws(DatabaseError) {
            return try ResultSet(reading: statement)
        } catch {
            hasFailed = true
            throw error
        }
    }

    func checkIntact() throws(DatabaseError) {
        guard hasFailed else { return }
        throw DatabaseError(
            .abortedTransaction, "an earlier statement of this closure failed",
            hint: "Let its error leave the closure, and run the closure again.")
    }
}
