import NeedletailCatalog
import NeedletailCore
import NeedletailExecutor

/// Runs statements inside one transaction of this process.
final class ScopedRunner: StatementRunner {
    private let scope: TransactionScope
    private let engine: Engine
    private let started = WallClock.now
    private let cancellation: Cancellation

    init(_ scope: TransactionScope, engine: Engine, cancellation: Cancellation) {
        self.scope = scope
        self.engine = engine
        self.cancellation = cancellation
    }

    func start(
        _ source: StatementSource, _ parameters: Parameters
    ) throws(DatabaseError) -> any RunningStatement {
        let prepared =
            switch source {
            case .text(let sql): try engine.prepare(sql)
            case .prepared(let statement): try engine.prepared(statement)
            }
        return try ScopedStatement(
            prepared, parameters: parameters, scope: scope, engine: engine, started: started,
            cancellation: cancellation)
    }
}
