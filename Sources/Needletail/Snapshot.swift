import NeedletailCatalog
import NeedletailExecutor

/// The database at one moment. Given to the closure of ``Database/read(_:)-(_)``, and of no use
/// after it.
public final class Snapshot {
    private let runner: ScopedRunner

    init(_ scope: TransactionScope, engine: Engine) {
        runner = ScopedRunner(scope, engine: engine)
    }

    /// All rows of one statement. Errors: 25006 where it would write.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try runner.run(sql, .positional(parameters.map(\.databaseValue)))
    }

    /// All rows of one statement with parameters by name.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try runner.run(sql, .named(parameters.mapValues(\.databaseValue)))
    }

    /// All rows of a prepared statement.
    public func query(
        _ statement: PreparedStatement, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try runner.run(statement.prepared, .positional(parameters.map(\.databaseValue)))
    }

    /// The rows one by one. The cursor must not leave the closure.
    public func cursor(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> RowCursor {
        RowCursor(
            try runner.start(sql, .positional(parameters.map(\.databaseValue))), session: nil)
    }
}

/// A transaction that may write. Given to the closure of ``Database/write(_:)-(_)``, and of no use
/// after it.
///
/// Its statements see what it has written so far, searches included.
public final class Transaction {
    private let runner: ScopedRunner

    init(_ scope: TransactionScope, engine: Engine) {
        runner = ScopedRunner(scope, engine: engine)
    }

    /// Runs one statement.
    @discardableResult
    public func execute(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try runner.run(sql, .positional(parameters.map(\.databaseValue))).summary
    }

    /// Runs one statement with parameters by name.
    @discardableResult
    public func execute(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> StatementSummary {
        try runner.run(sql, .named(parameters.mapValues(\.databaseValue))).summary
    }

    /// Runs a prepared statement.
    @discardableResult
    public func execute(
        _ statement: PreparedStatement, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try runner.run(
            statement.prepared, .positional(parameters.map(\.databaseValue))
        ).summary
    }

    /// All rows of one statement.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try runner.run(sql, .positional(parameters.map(\.databaseValue)))
    }

    /// All rows of one statement with parameters by name.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try runner.run(sql, .named(parameters.mapValues(\.databaseValue)))
    }
}

/// Runs statements inside one transaction.
struct ScopedRunner {
    private let scope: TransactionScope
    private let engine: Engine
    private let started = WallClock.now
    private let cancellation = Cancellation()

    init(_ scope: TransactionScope, engine: Engine) {
        self.scope = scope
        self.engine = engine
    }

    func start(_ sql: String, _ parameters: Parameters) throws(DatabaseError) -> ScopedStatement {
        try start(try engine.prepare(sql), parameters)
    }

    func start(
        _ prepared: PreparedText, _ parameters: Parameters
    ) throws(DatabaseError) -> ScopedStatement {
        try ScopedStatement(
            prepared, parameters: parameters, scope: scope, engine: engine, started: started,
            cancellation: cancellation)
    }

    func run(_ sql: String, _ parameters: Parameters) throws(DatabaseError) -> ResultSet {
        try ResultSet(reading: try start(sql, parameters))
    }

    func run(
        _ prepared: PreparedText, _ parameters: Parameters
    ) throws(DatabaseError) -> ResultSet {
        try ResultSet(reading: try start(prepared, parameters))
    }
}
