import Logging
import NIOCore
import NIOPosix
package import NeedletailCore
import NeedletailWire
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Serves sessions over the line protocol.
///
/// Event loops read and write; statements run on threads of their own; one state machine per
/// connection decides. The server knows no database: it is given a way to open sessions.
package final class Server: Sendable {
    private struct Running: Sendable {
        let group: MultiThreadedEventLoopGroup
        let listeners: [any Channel]
        let endpoints: [Endpoint]
    }

    private enum Phase: Sendable {
        case idle
        case running(Running)
        case stopped
    }

    private let runtime: ServerRuntime
    private let phase = Mutex(Phase.idle)
    private let stopRequests = Monitor(StopRequests())
    private let outcome = Mutex(StopOutcome.clean)

    private struct StopRequests: Sendable {
        var isRequested = false
        var isGraceOver = false
    }

    /// How long cancelled statements may take to end, and then connections to close.
    private static let cancelMilliseconds: Int64 = 5_000

    /// - Parameter openSession: called once for each connection that sends a statement, on a thread
    ///   that may block.
    package init(
        _ configuration: ServerConfiguration,
        openSession: @escaping @Sendable () throws(DatabaseError) -> any StatementSession
    ) {
        runtime = ServerRuntime(configuration: configuration) { _ throws(DatabaseError) in
            try openSession()
        }
    }

    /// As ``init(_:openSession:)``; the sessions are given what `SHOW SESSIONS` lists.
    package init(
        _ configuration: ServerConfiguration,
        openListedSession:
            @escaping @Sendable (any SessionListing) throws(DatabaseError)
            -> any StatementSession
    ) {
        runtime = ServerRuntime(configuration: configuration, openSession: openListedSession)
    }

    package var statistics: ServerStatistics { runtime.statistics }

    /// Who is connected, as `SHOW SESSIONS` lists it.
    package var sessions: [SessionDescription] { runtime.connections.sessions() }

    /// Starts to listen; connections are served once it returns. Blocks; not for an event loop.
    ///
    /// - Returns: the addresses in use, as a client takes them, with the ports that the system
    ///   chose where 0 was asked for.
    /// - Throws: 55006 for an address in use; 58030 where the system refuses; 22023 for a path that
    ///   is no socket. Nothing is left listening.
    package func start() throws(DatabaseError) -> [String] {
        let configuration = runtime.configuration
        guard phase.withLock({ if case .idle = $0 { true } else { false } }) else {
            throw DatabaseError(
                .objectInUse, "the server has been started before", hint: "Make another one.")
        }
        if let text = FileLimit.raise(forConnections: configuration.connectionsMax) {
            configuration.log.warning(text)
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoopThreads)
        let listener = Listener(runtime: runtime, group: group)
        var bound: [(Endpoint, any Channel)] = []
        do throws(DatabaseError) {
            for endpoint in configuration.listen { bound += try listener.bind(endpoint) }
        } catch {
            close(bound.map(\.1), bound.map(\.0))
            try? group.syncShutdownGracefully()
            throw error
        }
        let endpoints = bound.map(\.0)
        let running = Running(group: group, listeners: bound.map(\.1), endpoints: endpoints)
        phase.withLock { $0 = .running(running) }
        let addresses = endpoints.map(\.description)
        configuration.log.listening(at: addresses)
        return addresses
    }

    /// Asks ``run()`` to return.
    package func requestStop() { stopRequests.change { $0.isRequested = true } }

    /// Ends the grace time of a stop that is under way, or of the next.
    package func endGrace() { stopRequests.change { $0.isGraceOver = true } }

    func waitForStopRequest() { stopRequests.wait { $0.isRequested ? true : nil } }

    /// Serves until SIGTERM or SIGINT arrives, or ``requestStop()`` is called, then stops in good
    /// order; a further signal ends the grace time. Blocks the calling thread, which must be
    /// allowed to.
    ///
    /// - Returns: how it stopped.
    /// - Throws: what ``start()`` throws.
    package func run() throws(DatabaseError) -> StopOutcome {
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: ServerService(server: self),
                        successTerminationBehavior: .gracefullyShutdownGroup,
                        serviceName: "server")
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: runtime.configuration.log.quietLogger))
        do {
            try OwnThread.wait { try await group.run() }
        } catch let error as DatabaseError {
            throw error
        } catch {
            throw DatabaseError(
                .internalError, "the server ended unexpectedly: \(error)",
                hint: "Start it again, and report this.")
        }
        return outcome.withLock { $0 }
    }

    /// Stops in good order: no new connection; requests that have not started are answered 57P03;
    /// running statements may end within the grace time, then they are cancelled with 57P01; every
    /// reply is flushed. Socket files are removed. Blocks; harmless when repeated.
    package func stop() {
        let previous = phase.withLock { phase in
            defer { phase = .stopped }
            return phase
        }
        guard case .running(let running) = previous else { return }
        let configuration = runtime.configuration
        let log = configuration.log
        log.stopping(
            graceMilliseconds: configuration.graceMilliseconds,
            connections: runtime.connections.count)
        var outcome = StopOutcome.clean
        runtime.connections.close()
        close(running.listeners, running.endpoints)
        runtime.connections.forEach { $0.shutdown() }
        if !waitForConnections(milliseconds: configuration.graceMilliseconds) {
            log.cancelling(connections: runtime.connections.count)
            outcome = .cancelled
            runtime.connections.forEach { $0.shutdownNow() }
            if !runtime.connections.waitUntilEmpty(milliseconds: Self.cancelMilliseconds) {
                runtime.connections.forEach { $0.disconnect() }
                _ = runtime.connections.waitUntilEmpty(milliseconds: Self.cancelMilliseconds)
            }
        }
        if !runtime.pool.stop(waitingMilliseconds: Self.cancelMilliseconds) {
            outcome = .abandoned
        }
        do {
            try running.group.syncShutdownGracefully()
        } catch {
            log.warning("the event loops did not stop: \(error)")
        }
        self.outcome.withLock { $0 = outcome }
        log.stopped(runtime.statistics, outcome: outcome)
    }

    /// Waits in short stretches, so that ``endGrace()`` is heard.
    private func waitForConnections(milliseconds: Int64) -> Bool {
        let stretch: Int64 = 100
        var left = milliseconds
        while !stopRequests.look({ $0.isGraceOver }) {
            if runtime.connections.waitUntilEmpty(milliseconds: min(stretch, left)) { return true }
            left -= stretch
            if left <= 0 { return false }
        }
        return false
    }

    private func close(_ listeners: [any Channel], _ endpoints: [Endpoint]) {
        // First, while the file is known to be this server's: another may take the path as soon as
        // nobody answers there.
        for case .unix(let path) in endpoints { UnixSocketFile.remove(path) }
        for listener in listeners {
            // A listener that is closed already is what is wanted.
            try? listener.close().wait()
        }
    }
}

/// How a server stopped.
package enum StopOutcome: String, Sendable, Hashable {
    /// Everything that ran has ended by itself.
    case clean
    /// The grace time ended first, and what still ran was cancelled and rolled back.
    case cancelled
    /// Something did not end when it was cancelled, and was left to itself.
    case abandoned
}
