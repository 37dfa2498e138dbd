import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// `EXPLAIN`: what a statement would do, and with `ANALYZE` what it does.
extension Execution {
    func explain(_ explain: BoundExplain) throws(DatabaseError) -> any RowSource {
        // Before it runs, which may change what is there.
        let tree = try ExplainText.describe(
            explain.statement, parameters: statement.bound.parameters,
            estimator: explain.costs ? estimator : nil)
        guard explain.analyze else {
            return ListSource(
                ExplainReport(format: explain.format, tree: tree, counters: run.counters).rows())
        }
        let start = MonotonicClock.nanoseconds()
        var search: CompiledExactSearch?
        switch explain.statement {
        case .query(let query):
            let plan = try Planner.plan(query)
            search = plan.search.map { CompiledExactSearch($0, run.expressions) }
            let open = PlanCompiler(expressions: run.expressions, search: search).compile(plan)
            let source = try open(run)
            while try source.next() != nil { try environment.cancellation.check() }
        default: _ = try modify(explain.statement)
        }
        let elapsed = MonotonicClock.nanoseconds() - start
        rowsChanged = nil
        let recall = explain.recall ? try self.recall(of: search) : nil
        let account = search.flatMap { run.counters.accounts[ObjectIdentifier($0)] }
        return ListSource(
            ExplainReport(
                format: explain.format, tree: tree, counters: run.counters, account: account,
                elapsedNanoseconds: elapsed, recall: recall
            ).rows())
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
