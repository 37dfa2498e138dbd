import NeedletailCore
import NeedletailWire
import Synchronization

/// What the connections of a running server share.
final class ServerRuntime: Sendable {
    let configuration: ServerConfiguration
    let openSession: @Sendable () throws(DatabaseError) -> any StatementSession
    let pool: WorkerPool
    let connections: ConnectionRegistry
    private let counted = Mutex(ServerStatistics())

    init(
        configuration: ServerConfiguration,
        openSession: @escaping @Sendable () throws(DatabaseError) -> any StatementSession
    ) {
        self.configuration = configuration
        self.openSession = openSession
        pool = WorkerPool(size: configuration.statementThreads)
        connections = ConnectionRegistry(limit: configuration.connectionsMax)
    }

    var statistics: ServerStatistics { counted.withLock { $0 } }

    func record(_ change: (inout ServerStatistics) -> Void) { counted.withLock { change(&$0) } }
}
