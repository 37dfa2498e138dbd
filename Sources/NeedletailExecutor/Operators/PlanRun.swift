import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner

/// One execution of a plan inside one transaction: what its operators share.
final class PlanRun: EvaluationContext {
    private let statement: CompiledStatement
    private let environment: StatementEnvironment
    let scope: TransactionScope
    let cancellation: Cancellation
    let counters: ExecutionCounters
    /// 0 for as many as there are cores.
    let searchThreads: Int
    /// Width of a walk, where the session sets it.
    let efSearch: Int?
    /// Lists of a search, where the session sets them.
    let probes: Int?
    let segments: SegmentLibrary
    let masks: FilterMaskCache
    let scans: ScanCounter
    /// Measures every operator.
    let isAnalyzing: Bool
    /// What searches have found already for the row that they stand beside.
    var found: [ObjectIdentifier: [TopK.Candidate]] = [:]
    /// How many rows searches are to give, where that is not what the plan says.
    var searchCounts: [ObjectIdentifier: Int] = [:]
    /// Of searches with a limit, what they may still spend.
    var budgets: [ObjectIdentifier: SearchBudget] = [:]
    /// Of the vector index that was searched last, in this snapshot.
    var indexState: VectorIndexState?
    /// For what was not compiled with the statement.
    let expressions: ExpressionCompiler

    init(
        _ statement: CompiledStatement, scope: TransactionScope, parameters: [Value],
        environment: StatementEnvironment
    ) {
        self.statement = statement
        self.environment = environment
        self.scope = scope
        expressions = ExpressionCompiler(
            placesTaken: statement.placesTaken, knowledge: scope.catalog.knowledge)
        isAnalyzing = statement.isAnalyzing
        counters = ExecutionCounters(pages: statement.isAnalyzing ? PageTally() : nil)
        cancellation = environment.cancellation
        searchThreads = environment.settings.searchThreads
        efSearch = environment.settings.efSearch
        probes = environment.settings.probes
        segments = environment.segments
        masks = environment.masks
        scans = environment.scans
        super.init(parameters: parameters, environment: environment)
    }

    /// Another execution of the statement in the same snapshot, with counters of its own.
    func separate() -> PlanRun {
        PlanRun(statement, scope: scope, parameters: parameters, environment: environment)
    }

    /// Tells shares of the rows of `table` by its statistics and the statement's parameters.
    func estimator(of table: TableDefinition) -> SelectivityEstimator {
        SelectivityEstimator(columns: scope.catalog.statistics(of: table), parameters: parameters)
    }

    /// A subquery sees the same transaction.
    override func rows(
        of query: CompiledPlan, limit: Int
    ) throws(DatabaseError) -> [[Value]] {
        let source = try query.open(self)
        var rows: [[Value]] = []
        while rows.count < limit, let row = try source.next() { rows.append(row) }
        return rows
    }

    /// All rows of `plan`, read as they are asked for.
    func open(_ plan: Plan) throws(DatabaseError) -> any RowSource {
        try CompiledPlan(plan, expressions: expressions).open(self)
    }
}
