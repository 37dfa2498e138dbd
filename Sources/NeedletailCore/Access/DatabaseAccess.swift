/// A database, in this process or behind a server: what a program can do with either.
///
/// `Database` opens a directory, the `Client` of `NeedletailClient` connects to a server; whatever
/// follows is the same, with the same rows and errors:
///
///     let database: any DatabaseAccess = try Database.open("notes.needletail")
///     let database: any DatabaseAccess = try Client.connect("needletail://localhost:7117")
///
/// Every call has two forms. In synchronous code it blocks the thread that calls. In asynchronous
/// code the form with `await` is meant: it works on a thread apart and never blocks Swift's own;
/// when its task is cancelled, the statement ends with 57014.
///
/// Nothing outside of this package conforms to it.
public protocol DatabaseAccess: AnyObject, Sendable {
    /// How its statements are run; nothing for programs.
    var route: DatabaseRoute { get }
    /// Ends it. What still runs may fail.
    func close()
}

/// How the statements of a ``DatabaseAccess`` are run.
public struct DatabaseRoute: Sendable {
    package let backend: any DatabaseBackend

    package init(_ backend: any DatabaseBackend) { self.backend = backend }
}

// MARK: Transactions

extension DatabaseAccess {
    /// Reads one snapshot: every statement in `body` sees the database as it was at the start.
    ///
    /// Runs on the caller's thread and never waits for a writer. Keep it short: while it runs, the
    /// file cannot reuse the space of what others delete.
    public func read<T>(_ body: (Snapshot) throws -> T) throws -> T {
        try route.backend.read(nil, body)
    }

    /// Writes: when `body` returns, everything it did is made durable at once; when it throws, or
    /// a statement in it failed, nothing was done.
    ///
    /// Runs on the caller's thread. Errors: 55P03 where another writer stays too long, 53100 where
    /// the disk is full, 25P02 where `body` returned although a statement had failed; nothing was
    /// changed then.
    @discardableResult
    public func write<T>(_ body: (Transaction) throws -> T) throws -> T {
        try route.backend.write(nil, body)
    }

    /// As the form that blocks, on a thread apart.
    public func read<T: Sendable>(
        _ body: @escaping @Sendable (Snapshot) throws -> T
    ) async throws -> T {
        let backend = route.backend
        return try await backend.apart { try backend.read($0, body) }
    }

    /// As the form that blocks, on a thread apart.
    @discardableResult
    public func write<T: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> T
    ) async throws -> T {
        let backend = route.backend
        return try await backend.apart { try backend.write($0, body) }
    }
}

// MARK: Single statements

extension DatabaseAccess {
    /// Runs one statement in a transaction of its own and returns what it did.
    @discardableResult
    public func execute(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try route.backend.run(.text(sql), Parameters(parameters), nil).summary
    }

    /// Runs one statement, with parameters by name (`:name`), in a transaction of its own.
    @discardableResult
    public func execute(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> StatementSummary {
        try route.backend.run(.text(sql), Parameters(named: parameters), nil).summary
    }

    /// Runs one statement in a transaction of its own and returns all its rows.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> ResultSet {
        try route.backend.run(.text(sql), Parameters(parameters), nil)
    }

    /// Runs one statement, with parameters by name (`:name`), and returns all its rows.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try route.backend.run(.text(sql), Parameters(named: parameters), nil)
    }

    /// Runs one statement and hands out its rows one by one. Asynchronous code uses
    /// ``stream(_:_:)`` instead.
    public func cursor(
        _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> RowCursor {
        try route.backend.open(.text(sql), Parameters(parameters), Interruption())
    }

    /// A statement that is parsed and planned once and run many times, from any thread.
    ///
    /// Errors: 42601 where it does not parse, which a server tells only when it runs; names and
    /// types are checked when it runs.
    public func prepare(_ sql: String) throws(DatabaseError) -> PreparedStatement {
        try route.backend.prepare(sql)
    }
}

// MARK: Single statements, away from the caller's thread

extension DatabaseAccess {
    /// As the form that blocks, on a thread apart.
    @discardableResult
    public func execute(
        _ sql: String, _ parameters: any ValueConvertible...
    ) async throws(DatabaseError) -> StatementSummary {
        try await run(sql, Parameters(parameters)).summary
    }

    /// As the form that blocks, on a thread apart.
    @discardableResult
    public func execute(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) async throws(DatabaseError) -> StatementSummary {
        try await run(sql, Parameters(named: parameters)).summary
    }

    /// As the form that blocks, on a thread apart.
    public func query(
        _ sql: String, _ parameters: any ValueConvertible...
    ) async throws(DatabaseError) -> ResultSet {
        try await run(sql, Parameters(parameters))
    }

    /// As the form that blocks, on a thread apart.
    public func query(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) async throws(DatabaseError) -> ResultSet {
        try await run(sql, Parameters(named: parameters))
    }

    /// The rows of one statement as they are asked for, in bounded memory.
    ///
    /// The statement starts with the first row asked for, and each time the sequence is iterated.
    public func stream(_ sql: String, _ parameters: any ValueConvertible...) -> RowStream {
        RowStream(.text(sql), Parameters(parameters), backend: route.backend)
    }

    /// The same with parameters by name (`:name`).
    public func stream(
        _ sql: String, named parameters: [String: any ValueConvertible]
    ) -> RowStream {
        RowStream(.text(sql), Parameters(named: parameters), backend: route.backend)
    }

    private func run(
        _ sql: String, _ parameters: Parameters
    ) async throws(DatabaseError) -> ResultSet {
        let backend = route.backend
        return try await backend.apart { interruption throws(DatabaseError) in
            try backend.run(.text(sql), parameters, interruption)
        }
    }
}

extension Parameters {
    /// `$1` is the first.
    package init(_ values: [any ValueConvertible]) {
        self = .positional(values.map(\.databaseValue))
    }

    /// `:name` and `$name`.
    package init(named values: [String: any ValueConvertible]) {
        self = .named(values.mapValues(\.databaseValue))
    }
}
