import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner

/// A compiled statement running inside one transaction. Must be used on the thread that may use
/// the transaction.
final class Execution {
    let statement: CompiledStatement
    let environment: StatementEnvironment
    let run: PlanRun
    private var start = MonotonicClock.nanoseconds()
    /// What its search took, where it was run together with others: then its time, and its time
    /// limit, begin when its rows are asked for.
    private var nanosecondsBefore: Int64?
    private var source: (any RowSource)?
    private var isStarted = false
    private var rowsReturned = 0
    /// Rows a command changed; `nil` for what only returns rows.
    var rowsChanged: Int?
    private let notices: [Notice]

    init(
        _ statement: CompiledStatement, parameters: Parameters, scope: TransactionScope,
        environment: StatementEnvironment
    ) throws(DatabaseError) {
        self.statement = statement
        self.environment = environment
        notices = statement.bound.notices
        // What a statement would do can be told without them.
        let values =
            statement.isOnlyExplained && parameters.isEmpty
            ? [] : try ParameterBinding.values(parameters, for: statement.bound.parameters)
        run = PlanRun(statement, scope: scope, parameters: values, environment: environment)
    }

    func next() throws(DatabaseError) -> [Value]? {
        if !isStarted {
            isStarted = true
            beginTurn()
            source = try begin(statement.bound.kind)
        }
        guard let row = try source?.next() else {
            source = nil
            return nil
        }
        rowsReturned += 1
        if rowsReturned % 256 == 0 { try environment.cancellation.check() }
        return row
    }

    /// Takes what its search has found.
    ///
    /// - Parameters:
    ///   - found: `nil` where it has to search itself.
    ///   - nanoseconds: its part of the time that this took.
    func take(
        _ found: [TopK.Candidate]?, of search: CompiledExactSearch, nanoseconds: Int64
    ) {
        run.found[ObjectIdentifier(search)] = found
        nanosecondsBefore = nanoseconds
    }

    private func beginTurn() {
        guard let nanosecondsBefore else { return }
        start = MonotonicClock.nanoseconds() - nanosecondsBefore
        environment.cancellation.restart(
            timeoutMilliseconds: environment.settings.statementTimeoutMilliseconds)
    }

    /// Lets go of cursors; nothing more comes.
    func finish() { source = nil }

    var summary: StatementSummary {
        let kind = statement.bound.kind
        let count = rowsChanged ?? rowsReturned
        return StatementSummary(
            tag: CommandTag.tag(of: kind, count: count), rowCount: count,
            plan: run.counters.search ?? statement.planSummary, isExact: run.counters.isExact,
            truncated: run.counters.truncated?.rawValue, visited: run.counters.work.visited,
            distances: run.counters.work.distances, notices: notices + run.counters.notices,
            elapsedNanoseconds: MonotonicClock.nanoseconds() - start)
    }

    private func begin(_ kind: BoundKind) throws(DatabaseError) -> any RowSource {
        try environment.cancellation.check()
        switch kind {
        case .query:
            guard let plan = statement.plan else { return ListSource([]) }
            return try plan.open(run)
        case .insert, .update, .delete:
            return try modify(kind)
        case .truncate, .createTable, .dropTable, .createIndex, .dropIndex, .reindex:
            rowsChanged = 0
            try DefinitionExecution(
                scope: run.scope, cancellation: environment.cancellation,
                progress: environment.progress
            )
            .run(kind)
            return ListSource([])
        case .analyze(let tables):
            rowsChanged = 0
            for table in tables {
                try StatisticsRun(
                    cancellation: environment.cancellation, progress: environment.progress
                ).gather(table, in: run.scope)
            }
            return ListSource([])
        case .copyTo(let copy):
            return try export(copy)
        case .explain(let explain):
            return try self.explain(explain)
        case .recall(let recall):
            return ListSource(try RecallMeasurement(recall, run).rows())
        case .why(let why):
            return ListSource(
                try WhyReport(why, parameters: statement.bound.parameters, run).rows())
        default:
            return ListSource(
                try Inspection(
                    scope: run.scope, store: environment.store, segments: environment.segments,
                    cancellation: environment.cancellation
                ).rows(kind))
        }
    }

    func modify(_ kind: BoundKind) throws(DatabaseError) -> any RowSource {
        let result: ModificationResult
        switch kind {
        case .insert(let insert):
            result = try InsertExecution(
                statement: insert, run: run
            ).result()
        case .update(let update):
            result = try UpdateExecution(
                statement: update, run: run
            ).result()
        case .delete(let delete):
            result = try DeleteExecution(
                statement: delete, run: run
            ).result()
        default: result = ModificationResult()
        }
        rowsChanged = result.count
        return ListSource(result.rows)
    }

    private func export(_ copy: BoundCopyTo) throws(DatabaseError) -> any RowSource {
        guard let plan = statement.plan else { return ListSource([]) }
        let rows = try plan.open(run)
        if copy.options.format == .faiss, case .file(let path) = copy.destination {
            let export = try FAISSExport(
                copy, rows: rows, progress: environment.progress,
                cancellation: environment.cancellation)
            rowsChanged = try export.write(to: path)
            return ListSource([])
        }
        let export = try CopyExport(
            copy, rows: rows, progress: environment.progress,
            cancellation: environment.cancellation)
        guard case .file(let path) = copy.destination else { return export }
        rowsChanged = try export.write(to: path)
        return ListSource([])
    }
}
