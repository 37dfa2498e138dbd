import NeedletailCatalog
package import NeedletailExecutor
import NeedletailStorage

/// An open database.
///
///     let database = try Database.open("notes.needletail")
///     try database.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY, embedding vector(3))")
///     try database.execute("INSERT INTO notes VALUES ($1, $2)", 1, [0.1, 0.2, 0.3] as [Float])
///     let nearest = try database.query(
///         "SELECT id FROM notes ORDER BY embedding <=> $1 LIMIT 10", [0.1, 0.2, 0.3] as [Float])
///
/// Open a directory once in a process and share the object: it is safe to use from any thread.
/// Reads never wait; there is one writer at a time, and the others wait for it up to
/// ``DatabaseOptions/lockTimeoutMilliseconds``.
public final class Database: Sendable {
    package let engine: Engine
    package let options: DatabaseOptions
    let threads = StatementThreads()

    /// Opens the database in the directory at `path`, making it if need be.
    ///
    /// Errors: 58P01 where it is missing and not to be made, 58P02 where the files are of another
    /// version or not a database, 55006 where this process has it open already, XX001 where they
    /// are damaged.
    public static func open(
        _ path: String, options: DatabaseOptions = DatabaseOptions()
    ) throws(DatabaseError) -> Database {
        var storeOptions = StoreOptions()
        storeOptions.mapBytes = options.mapBytes
        storeOptions.isReadOnly = options.isReadOnly
        storeOptions.createIfMissing = options.createIfMissing
        storeOptions.quotaBytes = options.quotaBytes
        storeOptions.allowsNetworkFilesystem = options.allowsNetworkFilesystem
        let store = try Store.open(path: path, options: storeOptions)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return Database(Engine(store: store, name: name), options: options)
    }

    private init(_ engine: Engine, options: DatabaseOptions) {
        self.engine = engine
        self.options = options
    }

    /// The directory's name.
    public var name: String { engine.name }

    /// Refuses new transactions and closes the files once the open ones have ended.
    public func close() {
        engine.folding.stop()
        engine.segments.removeRetired()
        engine.store.close()
    }

    /// A conversation with settings and `BEGIN … COMMIT`, as the prompt and the server have it.
    public func session() -> any StatementSession { newSession() }

    /// Has `observer` told when work in the background fails, on whatever thread that is.
    package func observeBackgroundFailures(
        _ observer: @escaping @Sendable (String, DatabaseError) -> Void
    ) {
        engine.failures.observe(observer)
    }

    /// A conversation among others, which `listing` knows for `SHOW SESSIONS`.
    package func session(listing: any SessionListing) -> any StatementSession {
        Session(
            engine, lockTimeoutMilliseconds: options.lockTimeoutMilliseconds,
            statementTimeoutMilliseconds: options.statementTimeoutMilliseconds, listing: listing)
    }
}

// MARK: Transactions

extension Database {
    /// Reads one snapshot: every statement in `body` sees the database as it was at the start.
    ///
    /// Runs on the caller's thread and never waits for a writer. Keep it short: while it runs, the
    /// file cannot reuse the space of what others delete.
    public func read<T>(_ body: (Snapshot) throws -> T) throws -> T {
        let scope = try engine.readScope()
        defer { scope.close() }
        return try body(Snapshot(scope, engine: engine))
    }

    /// Writes: when `body` returns, everything it did is made durable at once; when it throws,
    /// nothing was done.
    ///
    /// Runs on the caller's thread. Errors: 55P03 where another writer stays too long, 53100 where
    /// the disk is full; nothing was changed then.
    @discardableResult
    public func write<T>(_ body: (Transaction) throws -> T) throws -> T {
        let transaction = try engine.store.beginWrite(
            timeoutMilliseconds: options.lockTimeoutMilliseconds)
        let scope = try engine.writeScope(transaction.writer)
        let result = try body(Transaction(scope, engine: engine))
        try scope.flush()
        _ = try transaction.commit()
        engine.noteCommit()
        return result
    }
}

// MARK: Single statements

extension Database {
    /// Runs one statement in a transaction of its own and returns what it did.
    @discardableResult
    public func execute(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try run(sql, .positional(parameters.map(\.databaseValue))).summary
    }

    /// Runs one statement, with parameters by name (`:name`), in a transaction of its own.
    @discardableResult
    public func execute(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> StatementSummary {
        try run(sql, .named(parameters.mapValues(\.databaseValue))).summary
    }

    /// Runs one statement in a transaction of its own and returns all its rows.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try run(sql, .positional(parameters.map(\.databaseValue)))
    }

    /// Runs one statement, with parameters by name (`:name`), and returns all its rows.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try run(sql, .named(parameters.mapValues(\.databaseValue)))
    }

    /// Runs one statement and hands out its rows one by one.
    public func cursor(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> RowCursor {
        let session = newSession()
        return RowCursor(
            try session.start(
                sql, parameters: .positional(parameters.map(\.databaseValue)), input: nil),
            session: session)
    }

    /// A statement that is parsed and planned once and run many times, from any thread.
    ///
    /// Errors: 42601 where it does not parse; names and types are checked when it runs.
    public func prepare(_ sql: String) throws(DatabaseError) -> PreparedStatement {
        PreparedStatement(try engine.prepare(sql), database: self)
    }

    func newSession() -> Session {
        Session(
            engine, lockTimeoutMilliseconds: options.lockTimeoutMilliseconds,
            statementTimeoutMilliseconds: options.statementTimeoutMilliseconds)
    }

    private func run(
        _ sql: String, _ parameters: Parameters
    ) throws(DatabaseError) -> ResultSet {
        let statement = try newSession().start(sql, parameters: parameters, input: nil)
        return try ResultSet(reading: statement)
    }
}

// MARK: Away from the caller's thread

extension Database {
    /// As ``read(_:)-(_)``, on a thread of the database's own.
    public func read<T: Sendable>(
        _ body: @escaping @Sendable (Snapshot) throws -> T
    ) async throws -> T {
        try await threads.run { try self.read(body) }
    }

    /// As ``write(_:)-(_)``, on a thread of the database's own.
    @discardableResult
    public func write<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        try await threads.run { try self.write(body) }
    }
}
