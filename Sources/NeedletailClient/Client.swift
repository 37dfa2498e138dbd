public import NeedletailCore
import NeedletailWire

/// A database in a server.
///
///     let database = try await Client.connect("needletail://localhost:7117")
///     let nearest = try await database.query(
///         "SELECT id FROM notes ORDER BY embedding <=> $1 LIMIT 10", [0.1, 0.2, 0.3] as [Float])
///
/// What can be done with it, and the rows and errors that come of it, are those of a database that
/// is open in the same process. It keeps up to ``ClientOptions/connectionsMax`` connections, made
/// when they are wanted, and may be used from any number of threads and tasks.
///
/// After a lost connection a single statement is repeated on another one where it cannot be done
/// twice so: a read before its first row is handed out, and what was not sent whole. A write whose
/// answer was lost is never repeated: its error is 08006 with
/// ``DatabaseError/hasUnknownOutcome``. The closures of `read` and `write` are called once.
public final class Client: DatabaseAccess {
    private let backend: ClientBackend
    private let endpoint: Endpoint

    /// Connects to `needletail://host[:port]`, `host:port` or `unix:PATH`, and waits for the
    /// server's first answer.
    ///
    /// Errors: 22023 for what is no address, 08006 where nobody answers, 53300 where the server is
    /// full, 08P01 where it is none.
    public static func connect(
        _ url: String, options: ClientOptions = ClientOptions()
    ) throws(DatabaseError) -> Client {
        let client = try Client(url, options)
        try client.greet()
        return client
    }

    /// As the form that blocks, on a thread apart.
    public static func connect(
        _ url: String, options: ClientOptions = ClientOptions()
    ) async throws(DatabaseError) -> Client {
        let client = try Client(url, options)
        let greeted = await client.backend.threads.run { () throws(DatabaseError) in
            try client.greet()
        }
        try greeted.get()
        return client
    }

    private init(_ url: String, _ options: ClientOptions) throws(DatabaseError) {
        guard options.connectionsMax > 0 else {
            throw DatabaseError(
                .invalidParameter, "connectionsMax is \(options.connectionsMax)",
                hint: "A client has at least one connection.")
        }
        endpoint = try Endpoint(url)
        backend = ClientBackend(ConnectionPool(endpoint, options))
    }

    deinit { close() }

    public var route: DatabaseRoute { DatabaseRoute(backend) }

    /// Connections that exist now.
    public var connectionCount: Int { backend.pool.count }

    /// Closes all connections: those in use once their statement has ended.
    public func close() { backend.pool.close() }

    /// A conversation with settings and `BEGIN … COMMIT`, on a connection of its own.
    ///
    /// Errors: 08006 where nobody answers.
    public func session() throws(DatabaseError) -> RemoteSession {
        try RemoteSession(endpoint, backend.pool.options)
    }

    private func greet() throws(DatabaseError) {
        let session = try backend.pool.take(nil)
        defer { backend.pool.giveBack(session) }
        try session.ping()
    }
}
