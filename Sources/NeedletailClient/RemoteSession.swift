public import NeedletailCore
import NeedletailWire
import Synchronization

/// A session with a database in a server, over the line protocol, on a connection of its own.
///
/// Blocks its caller, like the embedded session it stands in for. Results stream; vectors travel
/// exactly; errors are the server's own. Once the connection is lost every call fails with 08006;
/// ``DatabaseError/hasUnknownOutcome`` tells whether what was sent may have been carried out.
/// Programs that only run statements use a ``Client``, which keeps such connections.
public final class RemoteSession: StatementSession {
    private struct State {
        var lastID: Int64 = 0
        /// The request that is not answered yet.
        var running: Int64?
        var kind = StatementKind("")
        var transaction = TransactionState.idle
        var isLost = false
        var hasChangedSettings = false
        var lines = LineFramer(lineBytesMax: replyBytesMax)
    }

    private let socket: Socket
    let statementTimeoutMilliseconds: Int?
    private let state = Mutex(State())
    /// Lines of several threads must not mix: ``cancel()`` comes from another one.
    private let sending = Mutex(())

    /// Bytes of one line of a reply: a line holds at least one row, however large.
    private static let replyBytesMax = 1 << 30
    private static let receiveBytes = 256 << 10
    /// For what a server says before it closes.
    private static let farewellMilliseconds: Int32 = 200

    /// Connects to `needletail://host[:port]`, `host:port` or `unix:PATH`.
    ///
    /// - Throws: 22023 for what is no address; 08006 where nobody answers. A server that has no
    ///   room says so, with 53300, when the first statement is sent.
    public static func connect(url: String) throws(DatabaseError) -> RemoteSession {
        try RemoteSession(try Endpoint(url), ClientOptions())
    }

    init(_ endpoint: Endpoint, _ options: ClientOptions) throws(DatabaseError) {
        socket = try Socket(endpoint, connectMilliseconds: options.connectMilliseconds)
        statementTimeoutMilliseconds = options.statementTimeoutMilliseconds
        if let timeout = statementTimeoutMilliseconds {
            socket.limitReceiving(milliseconds: timeout + Limits.answerGraceMilliseconds)
        }
    }

    public var transactionState: TransactionState { state.withLock { $0.transaction } }

    /// Whether it is of no use any more.
    var isLost: Bool { state.withLock { $0.isLost } }

    /// Whether it can be handed on: nothing runs, nothing is open, nothing was set, and the server
    /// has not closed it meanwhile.
    var isFresh: Bool {
        let isIdle = state.withLock { state in
            !state.isLost && state.running == nil && state.transaction == .idle
                && !state.hasChangedSettings
        }
        // Nothing is ever sent unasked: what can be read is the end of the connection.
        return isIdle && !hasInput
    }

    /// Sends the statement and waits for the first line of its reply; with `input`, the data is
    /// sent by the statement's `next()`.
    public func start(
        _ sql: String, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement {
        try begin(sql, parameters, input: input, interruption: nil)
    }

    /// The same; `interruption` cancels it from when it was sent.
    func begin(
        _ sql: String, _ parameters: Parameters, input: (any CopyInput)? = nil,
        interruption: Interruption?
    ) throws(DatabaseError) -> RemoteStatement {
        let kind = StatementKind(sql)
        guard input != nil || !kind.readsInput else {
            throw DatabaseError(
                .invalidParameter, "COPY … FROM STDIN has nothing to read here",
                hint: "name a file, or send the data after the statement")
        }
        let statement = try begin(kind, input, interruption) { id in
            RequestLine.statement(
                sql, parameters, id: id, timeoutMilliseconds: statementTimeoutMilliseconds)
        }
        if input == nil { try statement.receiveFirst() }
        return statement
    }

    /// Sends one request that runs the statement once for each of `sets`, all in one transaction
    /// (the open one, where there is one), and waits for the first line of its reply.
    ///
    /// The rows of all sets follow one another in the order of the sets; a statement that selects
    /// one of its parameters says whose they are. The summary is that of all together. Searches
    /// for nearest neighbours share their work, as in the server's own process. An error names
    /// the set that met it; nothing was changed then.
    public func start(
        _ sql: String, batch sets: [Parameters]
    ) throws(DatabaseError) -> any RunningStatement {
        try begin(sql, batch: sets, interruption: nil)
    }

    func begin(
        _ sql: String, batch sets: [Parameters], interruption: Interruption?
    ) throws(DatabaseError) -> RemoteStatement {
        let statement = try begin(StatementKind(sql), nil, interruption) { id in
            RequestLine.batch(
                sql, sets, id: id, timeoutMilliseconds: statementTimeoutMilliseconds)
        }
        try statement.receiveFirst()
        return statement
    }

    private func begin(
        _ kind: StatementKind, _ input: (any CopyInput)?, _ interruption: Interruption?,
        line: (Int64) -> [UInt8]
    ) throws(DatabaseError) -> RemoteStatement {
        let id = try reserve(1, kind)
        try sendRequest(line(id))
        let statement = RemoteStatement(id: id, session: self, input: input)
        do throws(DatabaseError) {
            try interruption?.arm { [weak self] in self?.cancel() }
        } catch {
            statement.close()
            throw error
        }
        return statement
    }

    /// Returns once the server has answered. Only while nothing is open.
    func ping() throws(DatabaseError) {
        let id = try reserve(1, StatementKind("SHOW"))
        try sendRequest(RequestLine.ping(id))
        while try receive(for: id, columns: []).summary == nil {}
    }

    /// The first of the numbers of `count` new requests.
    func reserve(_ count: Int64, _ kind: StatementKind) throws(DatabaseError) -> Int64 {
        try state.withLock { state throws(DatabaseError) in
            guard !state.isLost else { throw Socket.lost("it is closed") }
            guard state.running == nil else {
                throw DatabaseError(
                    .objectInUse, "the session is still at its previous statement",
                    hint: "Read it to its end, or close it.")
            }
            let first = state.lastID + 1
            state.lastID += count
            state.running = first
            state.kind = kind
            if kind.changesSettings { state.hasChangedSettings = true }
            return first
        }
    }

    /// Asks the server to end the running statement with 57014.
    public func cancel() {
        guard let id = state.withLock({ $0.running }) else { return }
        // Where the connection is lost, so is the statement.
        try? send(RequestLine.cancel(id))
    }

    /// Disconnects, upon which the server rolls back.
    public func close() {
        state.withLock { $0.isLost = true }
        socket.shutdown()
    }

    // MARK: For its statements

    /// Sends the line of a request, or refuses it where the server would.
    func sendRequest(_ line: [UInt8]) throws(DatabaseError) {
        guard line.count <= Limits.lineBytesMax else {
            state.withLock { $0.running = nil }
            throw DatabaseError(
                .programLimit,
                "the request has \(line.count) bytes, more than \(Limits.lineBytesMax)",
                hint: "Send fewer sets of parameters at once.")
        }
        do throws(DatabaseError) {
            try sending.withLock { _ throws(DatabaseError) in try socket.send(line) }
        } catch {
            try fail(farewell() ?? error, isUnsent: true)
        }
    }

    /// Sends another line of a request that is under way.
    func send(_ line: [UInt8]) throws(DatabaseError) {
        do throws(DatabaseError) {
            try sending.withLock { _ throws(DatabaseError) in try socket.send(line) }
        } catch {
            try fail(error)
        }
    }

    /// Whether ``receive(for:columns:)`` would find something.
    var hasInput: Bool { socket.isReadable(withinMilliseconds: 0) }

    /// The request called `id` is the one that is waited for.
    func expect(_ id: Int64) { state.withLock { $0.running = id } }

    /// The next line of the reply to request `id`.
    func receive(for id: Int64, columns: [Column]) throws(DatabaseError) -> ReplyLine {
        do throws(DatabaseError) {
            while true {
                let line = try ReplyLine(try receiveLine(), columns: columns)
                if line.id == nil, let error = line.error { throw error }
                // What is left of a request given up earlier.
                guard line.id == id else { continue }
                guard line.summary != nil || line.error != nil else { return line }
                state.withLock { state in
                    state.running = nil
                    state.transaction = line.transaction
                }
                return line
            }
        } catch {
            try fail(error)
        }
    }

    private func receiveLine() throws(DatabaseError) -> [UInt8] {
        while true {
            switch state.withLock({ $0.lines.next() }) {
            case .line(let line): return line
            case .tooLong:
                throw DatabaseError(
                    .protocolViolation,
                    "a line of the reply is longer than \(Self.replyBytesMax) bytes")
            case nil: break
            }
            guard let bytes = try socket.receive(atMost: Self.receiveBytes) else {
                throw Socket.lost("the server closed it")
            }
            state.withLock { $0.lines.append(bytes) }
        }
    }

    /// Why the server has closed, if it said so.
    private func farewell() -> DatabaseError? {
        guard socket.isReadable(withinMilliseconds: Self.farewellMilliseconds),
            let bytes = try? receiveLine(), let line = try? ReplyLine(bytes, columns: []),
            line.id == nil
        else { return nil }
        return line.error
    }

    /// Nothing can be read or sent any more after an error of the connection.
    private func fail(
        _ error: DatabaseError, isUnsent: Bool = false
    ) throws(DatabaseError) -> Never {
        let (kind, isInTransaction) = state.withLock { state in
            let known = (state.kind, state.transaction != .idle)
            state.isLost = true
            state.running = nil
            state.transaction = .idle
            return known
        }
        socket.shutdown()
        guard error.code == .connectionFailure else { throw error }
        throw Outcome.lost(error, kind, isInTransaction: isInTransaction, isUnsent: isUnsent)
    }
}
