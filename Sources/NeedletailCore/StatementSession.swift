/// Values bound to the parameters of one statement, after it was parsed.
public enum Parameters: Sendable, Hashable {
    case none
    /// `$1` is the first.
    case positional([Value])
    /// `:name` and `$name`.
    case named([String: Value])

    package var isEmpty: Bool {
        switch self {
        case .none: true
        case .positional(let values): values.isEmpty
        case .named(let values): values.isEmpty
        }
    }
}

/// Something worth telling that is not an error.
public struct Notice: Sendable, Hashable {
    public let code: DatabaseError.Code
    public let message: String
    public let hint: String?

    public init(_ code: DatabaseError.Code, _ message: String, hint: String? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
    }
}

/// What is known about a statement once it has ended.
public struct StatementSummary: Sendable, Hashable {
    /// PostgreSQL's command tag: `SELECT 2`, `INSERT 0 1`, `CREATE TABLE`.
    public var tag: String
    /// Rows returned, or changed where none are returned.
    public var rowCount: Int
    /// The access path in a few words, such as `exact(docs.embedding)`; `nil` for commands.
    public var plan: String?
    /// Whether the answer is exact by the way it was found: every row that could be in it was
    /// compared or read. An answer through an approximate index may be complete all the same.
    public var isExact: Bool
    /// The limit that cut the answer short, if one did: `timeout` or `max_visited`.
    public var truncated: String?
    /// Rows whose distance, or whose record, was looked at.
    public var visited: Int
    /// Distances computed from stored vectors.
    public var distances: Int
    public var notices: [Notice]
    /// From start to the last row.
    public var elapsedNanoseconds: Int64
    /// The commit sequence that made the changes durable; `nil` for reads and open transactions.
    public var commitSequence: UInt64?

    public init(
        tag: String, rowCount: Int = 0, plan: String? = nil, isExact: Bool = true,
        truncated: String? = nil, visited: Int = 0, distances: Int = 0,
        notices: [Notice] = [], elapsedNanoseconds: Int64 = 0,
        commitSequence: UInt64? = nil
    ) {
        self.tag = tag
        self.rowCount = rowCount
        self.plan = plan
        self.isExact = isExact
        self.truncated = truncated
        self.visited = visited
        self.distances = distances
        self.notices = notices
        self.elapsedNanoseconds = elapsedNanoseconds
        self.commitSequence = commitSequence
    }
}

/// Bytes on their way into `COPY … FROM STDIN`.
public protocol CopyInput: AnyObject {
    /// The next bytes, at least one, or `nil` at the end. May block.
    func read() throws(DatabaseError) -> [UInt8]?
}

/// A statement that has started and hands out its rows one by one.
public protocol RunningStatement: AnyObject {
    /// Empty for a statement without rows.
    var columns: [Column] { get }
    /// True for `COPY … TO STDOUT`: every row is one text value, to be written out as it is
    /// (it brings its own line ends).
    var isCopyOut: Bool { get }
    /// The next row, or `nil` when the statement has ended. A command does its work here.
    func next() throws(DatabaseError) -> [Value]?
    /// Complete once ``next()`` returned `nil`.
    var summary: StatementSummary { get }
    /// Rows done and, where it is known, rows to do; for progress bars. May be read while
    /// another thread is in ``next()``.
    var progress: StatementProgress { get }
    /// Ends it early, releasing its snapshot. Harmless afterwards.
    func close()
}

/// How far a long statement has come.
public struct StatementProgress: Sendable, Hashable {
    public var rowsDone: Int
    public var rowsTotal: Int?
    /// Share of the input read, 0 to 1, where the input's size is known.
    public var fraction: Double?

    public init(rowsDone: Int, rowsTotal: Int? = nil, fraction: Double? = nil) {
        self.rowsDone = rowsDone
        self.rowsTotal = rowsTotal
        self.fraction = fraction
    }
}

/// The state a session's transaction is in.
public enum TransactionState: Sendable, Hashable {
    case idle
    case open
    /// A statement failed; only `ROLLBACK` (or `COMMIT`, which rolls back) is accepted.
    case aborted
}

/// One conversation with a database: settings, and at most one open transaction.
///
/// Implemented by the embedded session and by the client of a server, so that whoever runs
/// statements (the prompt, the server) need not know which it is. A session runs one statement at a
/// time; ``cancel()`` alone may be called from another thread.
public protocol StatementSession: AnyObject, Sendable {
    /// Starts the one statement in `sql`.
    ///
    /// - Parameter input: where `COPY … FROM STDIN` reads from.
    func start(
        _ sql: String, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement
    /// Starts the one statement in `sql` on a thread that others wait for, such as an event loop: a
    /// query in a transaction of its own that was met before and took less than
    /// ``Limits/briefMicroseconds`` lately. It changes nothing and waits for nobody.
    ///
    /// Where it takes longer than ``Limits/briefPatienceMilliseconds`` all the same, it fails and
    /// ``isOverdue`` is true: start it again where nobody waits.
    ///
    /// - Returns: `nil` where it is to be started elsewhere.
    func startBriefly(
        _ sql: String, parameters: Parameters
    ) throws(DatabaseError) -> (any RunningStatement)?
    /// Whether what was started briefly has used up its time.
    var isOverdue: Bool { get }
    /// Lets what was started briefly take as long as any other statement.
    func takeTime()
    /// Starts the one statement in `sql` once for each of the first of `sets`, as many as gain by
    /// running together: their searches share one pass over the vectors.
    ///
    /// What comes back is in the order of the sets and has the rows, summary and error that
    /// ``start(_:parameters:input:)`` would have; a time limit is for each of them. Read them one
    /// after another, each to its end, before anything else is started.
    ///
    /// - Returns: `nil` where nothing is shared, and always where no transaction is open: start
    ///   the statement for each set then.
    /// - Throws: 57014 where it was cancelled.
    func startBatch(
        _ sql: String, sets: ArraySlice<Parameters>
    ) throws(DatabaseError) -> [any RunningStatement]?
    /// Runs `body`, which starts and reads statements of an open transaction, on the thread that
    /// the transaction keeps for itself, if it does; else where it is called. Many small
    /// statements then change threads once and not once each.
    func runTogether(_ body: () throws(DatabaseError) -> Void) throws(DatabaseError)
    /// Starts the one statement in `sql`, which changes something, in a transaction of its own that
    /// `key` names: once that has committed, starting it again with the same key answers what it
    /// answered and changes nothing, in any session, also after a crash.
    ///
    /// A key on `COMMIT` names the open transaction: where it has committed before, this one is
    /// rolled back. Without an open transaction, `COMMIT` with a key asks whether it has.
    ///
    /// Keys are forgotten after ``Limits/idempotencyKeySecondsMax`` or
    /// ``Limits/idempotencyKeysMax`` newer ones.
    ///
    /// - Parameters:
    ///   - key: of 1 to ``Limits/idempotencyKeyBytesMax`` bytes, chosen by the caller.
    ///   - batch: in place of `parameters`, sets with each of which the statement runs.
    /// - Throws: 22023 where the key was used with another statement or other parameters, or the
    ///   statement changes nothing; 25001 inside a transaction; 25P01 for a `COMMIT` of which
    ///   nothing is known; 0A000 for `COPY`, `ANALYZE`, and a session that has no keys; 54000 where
    ///   the rows to be kept are too large. Nothing was changed then.
    func startOnce(
        _ key: String, _ sql: String, parameters: Parameters, batch: [Parameters]?
    ) throws(DatabaseError) -> any RunningStatement
    /// Makes sure that what is started next sees commit `sequence`; waits for it where another
    /// process may be making it.
    ///
    /// - Throws: 55P03 where it is not there in time; 40001 where the open transaction's snapshot
    ///   is older; 57014 where it was cancelled; 0A000 where the session cannot tell.
    func requireCommit(_ sequence: UInt64) throws(DatabaseError)
    var transactionState: TransactionState { get }
    /// Whether the running statement waits for the one writer. May be asked from any thread.
    var isWaitingForWriter: Bool { get }
    /// Ends the running statement with 57014.
    func cancel()
    /// Rolls back what is open. The session is of no use afterwards.
    func close()
}

extension StatementSession {
    public var isWaitingForWriter: Bool { false }

    public func startBriefly(
        _ sql: String, parameters: Parameters
    ) throws(DatabaseError) -> (any RunningStatement)? { nil }

    public var isOverdue: Bool { false }

    public func takeTime() {}

    public func startBatch(
        _ sql: String, sets: ArraySlice<Parameters>
    ) throws(DatabaseError) -> [any RunningStatement]? { nil }

    public func runTogether(_ body: () throws(DatabaseError) -> Void) throws(DatabaseError) {
        try body()
    }

    public func startOnce(
        _ key: String, _ sql: String, parameters: Parameters, batch: [Parameters]?
    ) throws(DatabaseError) -> any RunningStatement {
        throw DatabaseError(
            .notSupported, "this session has no idempotency keys",
            hint: "Leave the key out, or use a session of the database or a request with \"key\".")
    }

    public func requireCommit(_ sequence: UInt64) throws(DatabaseError) {
        throw DatabaseError(
            .notSupported, "this session cannot wait for a commit",
            hint: "Use a session of the database, or a request with \"after\".")
    }
}
