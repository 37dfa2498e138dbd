import NIOCore
import NIOPosix
package import NeedletailCore
import NeedletailWire
import Synchronization

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
    private let stopRequests = Monitor(0)

    /// How long cancelled statements may take to end, and then connections to close.
    private static let cancelMilliseconds: Int64 = 5_000

    /// - Parameter openSession: called once for each connection that sends a statement, on a thread
    ///   that may block.
    package init(
        _ configuration: ServerConfiguration,
        openSession: @escaping @Sendable () throws(DatabaseError) -> any StatementSession
    ) {
        runtime = ServerRuntime(configuration: configuration, openSession: openSession)
    }

    package var statistics: ServerStatistics { runtime.statistics }

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
        configuration.log("listening at \(addresses.joined(separator: ", "))")
        return addresses
    }

    /// Asks ``run()`` to return. A second call ends its grace period.
    package func requestStop() { stopRequests.change { $0 += 1 } }

    /// Serves until SIGINT or SIGTERM arrives, or ``requestStop()`` is called, then stops in good
    /// order. Blocks the calling thread, which must be allowed to.
    package func run() throws(DatabaseError) {
        _ = try start()
        let signals = StopSignals { self.requestStop() }
        stopRequests.wait { $0 > 0 ? true : nil }
        stop()
        signals.restore()
    }

    /// Stops in good order: no new connection or request; running statements may end within the
    /// grace period, then they are cancelled with 57P01; every reply is flushed. Socket files are
    /// removed. Blocks; harmless when repeated.
    package func stop() {
        let previous = phase.withLock { phase in
            defer { phase = .stopped }
            return phase
        }
        guard case .running(let running) = previous else { return }
        let configuration = runtime.configuration
        configuration.log("stopping")
        runtime.connections.close()
        close(running.listeners, running.endpoints)
        runtime.connections.forEach { $0.shutdown() }
        if !waitForConnections(milliseconds: configuration.graceMilliseconds) {
            runtime.connections.forEach { $0.shutdownNow() }
            if !runtime.connections.waitUntilEmpty(milliseconds: Self.cancelMilliseconds) {
                runtime.connections.forEach { $0.disconnect() }
                _ = runtime.connections.waitUntilEmpty(milliseconds: Self.cancelMilliseconds)
            }
        }
        if !runtime.pool.stop(waitingMilliseconds: Self.cancelMilliseconds) {
            configuration.log("\(runtime.connections.count) statements did not end when cancelled")
        }
        do {
            try running.group.syncShutdownGracefully()
        } catch {
            configuration.log("the event loops did not stop: \(error)")
        }
        configuration.log("stopped")
    }

    /// Waits in short stretches, so that a second request to stop ends the grace period.
    private func waitForConnections(milliseconds: Int64) -> Bool {
        let stretch: Int64 = 100
        var left = milliseconds
        while stopRequests.look({ $0 }) < 2 {
            if runtime.connections.waitUntilEmpty(milliseconds: min(stretch, left)) { return true }
            left -= stretch
            if left <= 0 { return false }
        }
        return false
    }

    private func close(_ listeners: [any Channel], _ endpoints: [Endpoint]) {
        for listener in listeners {
            // A listener that is closed already is what is wanted.
            try? listener.close().wait()
        }
        for case .unix(let path) in endpoints { UnixSocketFile.remove(path) }
    }
}
