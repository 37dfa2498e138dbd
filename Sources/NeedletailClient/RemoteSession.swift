public import NeedletailCore
import NeedletailWire
import Synchronization

/// A session with a database in a server, over the line protocol.
///
/// Blocks its caller, like the embedded session it stands in for. Results stream; vectors travel
/// exactly; errors are the server's own. Once the connection is lost every call fails with 08006.
public final class RemoteSession: StatementSession {
    private struct State {
        var lastID: Int64 = 0
        /// The request that is not answered yet.
        var running: Int64?
        var transaction = TransactionState.idle
        var isLost = false
        var lines = LineFramer(lineBytesMax: replyBytesMax)
    }

    private let socket: Socket
    private let state = Mutex(State())
    /// Lines of several threads must not mix: ``cancel()`` comes from another one.
    private let sending = Mutex(())

    /// Bytes of one line of a reply: a line holds at least one row, however large.
    private static let replyBytesMax = 1 << 30
    private static let receiveBytes = 256 << 10

    /// Connects to `needletail://host[:port]`, `host:port` or `unix:PATH`.
    ///
    /// - Throws: 22023 for what is no address; 08006 where nobody answers. A server that has no
    ///   room says so, with 53300, when the first statement is sent.
    public static func connect(url: String) throws(DatabaseError) -> RemoteSession {
        RemoteSession(try Socket(try Endpoint(url)))
    }

    private init(_ socket: Socket) { self.socket = socket }

    public var transactionState: TransactionState { state.withLock { $0.transaction } }

    /// Sends the statement and waits for the first line of its reply; with `input`, the data is
    /// sent by the statement's `next()`.
    public func start(
        _ sql: String, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement {
        let id = try begin()
        try send(RequestLine.statement(sql, parameters, id: id))
        let statement = RemoteStatement(id: id, session: self, input: input)
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
        let id = try begin()
        try send(RequestLine.batch(sql, sets, id: id))
        let statement = RemoteStatement(id: id, session: self, input: nil)
        try statement.receiveFirst()
        return statement
    }

    /// The number of a new request.
    private func begin() throws(DatabaseError) -> Int64 {
        try state.withLock { state throws(DatabaseError) in
            guard !state.isLost else { throw Socket.lost("it is closed") }
            guard state.running == nil else {
                throw DatabaseError(
                    .objectInUse, "the session is still at its previous statement",
                    hint: "Read it to its end, or close it.")
            }
            state.lastID += 1
            state.running = state.lastID
            return state.lastID
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

    func send(_ line: [UInt8]) throws(DatabaseError) {
        do throws(DatabaseError) {
            try sending.withLock { _ throws(DatabaseError) in try socket.send(line) }
        } catch {
            try fail(error)
        }
    }

    /// Whether ``receive(for:columns:)`` would find something.
    var hasInput: Bool { socket.isReadable }

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

    /// Nothing can be read or sent any more after an error of the connection.
    private func fail(_ error: DatabaseError) throws(DatabaseError) -> Never {
        state.withLock { state in
            state.isLost = true
            state.running = nil
            state.transaction = .idle
        }
        socket.shutdown()
        throw error
    }
}
