import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// `EXPLAIN`: what a statement would do, and with `ANALYZE` what it does.
extension Execution {
    func explain(_ explain: BoundExplain) throws(DatabaseError) -> any RowSource {
        let planning = MonotonicClock.nanoseconds()
        let query = try ExplainedQuery(explain.statement, run)
        let planned = MonotonicClock.nanoseconds() - planning + statement.bindNanoseconds
        // Before it runs, which may change what is there.
        let tree = try ExplainText.describe(
            explain.statement, parameters: statement.bound.parameters,
            estimator: explain.costs ? estimator : nil, knowledge: run.expressions.knowledge)
        var report = ExplainReport(format: explain.format, tree: tree, counters: run.counters)
        if explain.summary { report.planningNanoseconds = planned }
        if explain.analyze {
            let elapsed = try analyze(explain.statement, query)
            report.elapsedNanoseconds = elapsed
            report.tellsTime = explain.summary
            report.recall = explain.recall ? try recall(of: query?.measured) : nil
            report.account = query?.search.flatMap {
                run.counters.accounts[ObjectIdentifier($0)]
            }
        } else {
            report.lacksParameters = statement.lacksParameters(run.parameters)
        }
        if report.account == nil { report.account = try query?.forecast(run) }
        if !explain.costs { report.account = report.account?.withoutCosts }
        return ListSource(report.rows())
    }

    /// Runs the statement to its end.
    ///
    /// - Returns: what that took.
    private func analyze(
        _ kind: BoundKind, _ query: ExplainedQuery?
    ) throws(DatabaseError) -> Int64 {
        let view = try run.scope.view
        view.takeDown(run.counters.pages)
        defer { view.takeDown(nil) }
        let start = MonotonicClock.nanoseconds()
        if let query {
            let source = try query.open(run)
            while try source.next() != nil { try environment.cancellation.check() }
        } else {
            _ = try modify(kind)
        }
        rowsChanged = nil
        return MonotonicClock.nanoseconds() - start
    }

    /// Estimates by the statistics of this snapshot and the values of the parameters.
    private var estimator: RowEstimator {
        let scope = run.scope
        return RowEstimator(parameters: run.parameters) { table in
            guard let rows = try? scope.reader(table).rowCount() else { return nil }
            return RelationStatistics(
                rowCount: rows, columns: scope.catalog.statistics(of: table))
        }
    }

    /// Holds what `search` has answered against the exact answer.
    private func recall(
        of search: CompiledExactSearch?
    ) throws(DatabaseError) -> RecallReport {
        guard let search else {
            throw DatabaseError(
                .invalidParameter, "RECALL measures one search, and this statement has none",
                hint: "Explain a query that orders rows by their distance from a vector.")
        }
        let answer = run.counters.answers[ObjectIdentifier(search)] ?? []
        return try RecallReport(answer, of: search, run.separate())
    }
}

/// A query that is explained: its plan, compiled, with the one search that it may have.
private struct ExplainedQuery {
    /// Whose account is told.
    let search: CompiledExactSearch?
    /// The same, where it is run once and its answer can be held against another.
    let measured: CompiledExactSearch?
    let open: PlanOpening
    private let planned: ExactSearch?

    /// `nil` for other statements.
    init?(_ kind: BoundKind, _ run: PlanRun) throws(DatabaseError) {
        guard case .query(let query) = kind else { return nil }
        let plan = try Planner.plan(query, knowledge: run.expressions.knowledge)
        planned = plan.nestedSearch
        search = planned.map { CompiledExactSearch($0, run.expressions) }
        measured = plan.search == nil ? nil : search
        open = PlanCompiler(expressions: run.expressions, search: search).compile(plan)
    }

    /// How the search will go about it; `nil` where there is none.
    func forecast(_ run: PlanRun) throws(DatabaseError) -> SearchAccount? {
        guard let planned, let search else { return nil }
        return try SearchForecast(planned, search, run.separate()).account()
    }
}
