import NeedletailCore
import NeedletailPlanner

/// `ANALYZE` outside of a transaction: reads in a snapshot, so that writers go on, and writes what
/// it found by a small transaction for each table. All of it happens at the first ``next()``.
final class AnalyzeStatement: RunningStatement {
    let columns: [Column] = []
    let isCopyOut = false
    private let tables: [TableDefinition]
    private let engine: Engine
    private let environment: StatementEnvironment
    private var isDone = false
    private(set) var summary = StatementSummary(tag: "")

    init(_ tables: [TableDefinition], engine: Engine, environment: StatementEnvironment) {
        self.tables = tables
        self.engine = engine
        self.environment = environment
    }

    var progress: StatementProgress { environment.progress.progress }

    func next() throws(DatabaseError) -> [Value]? {
        guard !isDone else { return nil }
        isDone = true
        let start = MonotonicClock.nanoseconds()
        let share = 1 / Double(max(1, tables.count))
        for (place, table) in tables.enumerated() {
            try environment.cancellation.check()
            try StatisticsRun(
                cancellation: environment.cancellation, progress: environment.progress,
                share: (Double(place) * share, share)
            ).gather(
                table, in: engine,
                lockTimeoutMilliseconds: environment.settings.integer("lock_timeout"))
        }
        summary = StatementSummary(
            tag: CommandTag.tag(of: .analyze(tables), count: 0),
            elapsedNanoseconds: MonotonicClock.nanoseconds() - start)
        return nil
    }

    func close() { isDone = true }
}
