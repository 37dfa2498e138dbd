import NeedletailCore
import NeedletailWire
import Synchronization

/// What the connections of a running server share.
final class ServerRuntime: Sendable {
    let configuration: ServerConfiguration
    let openSession: @Sendable (any SessionListing) throws(DatabaseError) -> any StatementSession
    let pool: WorkerPool
    let budget: MemoryBudget
    let connections: ConnectionRegistry
    private let counted = Mutex(ServerStatistics())

    init(
        configuration: ServerConfiguration,
        openSession:
            @escaping @Sendable (any SessionListing) throws(DatabaseError)
            -> any StatementSession
    ) {
        self.configuration = configuration
        self.openSession = openSession
        pool = WorkerPool(
            size: configuration.statementThreads, waitingMax: configuration.statementsWaitingMax)
        budget = MemoryBudget(ceilingBytes: configuration.memoryBytesMax)
        connections = ConnectionRegistry(limit: configuration.connectionsMax)
    }

    var statistics: ServerStatistics {
        var statistics = counted.withLock { $0 }
        statistics.bytesHeld = budget.heldBytes
        statistics.bytesHeldPeak = budget.peakBytes
        return statistics
    }

    func record(_ change: (inout ServerStatistics) -> Void) { counted.withLock { change(&$0) } }
}
