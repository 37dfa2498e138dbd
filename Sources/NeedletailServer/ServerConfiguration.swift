package import Needletail
package import NeedletailCore
package import NeedletailWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a ``Server`` needs to know.
package struct ServerConfiguration: Sendable {
    /// Where to listen: `127.0.0.1`, `::1`, `localhost` and `unix:` only.
    package private(set) var listen: [Endpoint] = []
    /// Connections at once, over all addresses.
    package var connectionsMax = Limits.connectionsMax
    /// What one connection may use.
    package var session = SessionLimits()
    /// Milliseconds after which a connection without a request closes; `nil` for never.
    package var idleMilliseconds: Int64? {
        get { session.idleMilliseconds }
        set { session.idleMilliseconds = newValue }
    }
    /// How the database is opened by whoever serves one.
    package var database = DatabaseOptions()
    /// Bytes that all connections together may hold; see ``MemoryBudget``.
    package var memoryBytesMax = Limits.serverMemoryBytesMax
    /// Threads that run statements outside transactions.
    package var statementThreads: Int
    /// Statements that may wait for one of them; more are refused with 53000.
    package var statementsWaitingMax = Limits.statementsWaitingMax
    package var eventLoopThreads: Int
    /// How long a stopping server lets running statements go on before it cancels them.
    package var graceMilliseconds: Int64 = 10_000
    /// The one place where a request is let in or refused, before any of it takes effect.
    package var authorise: Authorisation = { _ in nil }
    /// Statements that take at least as many milliseconds are logged; `nil` for none.
    package var slowStatementMilliseconds: Int64? = 1_000
    package var logLevel = ServerLog.Level.info
    package var logFormat = ServerLog.Format.text
    /// Told what an operator should know; never a value.
    package var log = ServerLog()

    /// The port where none is named.
    package static let portDefault = Endpoint.portDefault

    /// Lets a request in by returning nothing, or says why not.
    package typealias Authorisation = @Sendable (StatementRequest) -> DatabaseError?

    /// - Parameter addresses: such as `127.0.0.1:7117`, `[::1]:7117` or `unix:PATH`.
    /// - Throws: 22023 for what is no address; 28000 for one beyond this machine.
    package init(addresses: [String]) throws(DatabaseError) {
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        statementThreads = max(4, 2 * cores)
        // They run brief statements, too.
        eventLoopThreads = cores
        try listen(at: addresses)
    }

    /// - Throws: 22023 for what is no address; 28000 for one beyond this machine.
    mutating func listen(at addresses: [String]) throws(DatabaseError) {
        var endpoints: [Endpoint] = []
        for address in addresses {
            let endpoint = try Endpoint(address)
            try Listener.checkIsLocal(endpoint)
            endpoints.append(endpoint)
        }
        listen = endpoints
    }
}

/// What a server has done since it started.
package struct ServerStatistics: Sendable, Hashable {
    package var connections = 0
    package var connectionsRefused = 0
    package var requests = 0
    package var requestsFailed = 0
    package var bytesIn = 0
    package var bytesOut = 0
    /// Requests, and connections, that were turned away without running.
    package var refused = 0
    /// Bytes of requests, `COPY` data and replies held now, and the most there ever were.
    package var bytesHeld = 0
    package var bytesHeldPeak = 0

    package init() {}

    /// The one place where a request is counted.
    mutating func count(_ outcome: StatementOutcome) {
        requests += 1
        if outcome.error != nil { requestsFailed += 1 }
    }
}
