import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// What a plan makes of one execution's state: an operator ready to hand out rows.
typealias PlanOpening = @Sendable (PlanRun) throws(DatabaseError) -> any RowSource

/// A query planned and compiled, to be opened any number of times, by several threads at once.
struct CompiledPlan: Sendable {
    private let opening: Result<PlanOpening, DatabaseError>

    /// - Parameter search: the only search of `plan`, where somebody else has to know it.
    init(_ plan: Plan, expressions: ExpressionCompiler, search: CompiledExactSearch? = nil) {
        opening = .success(
            PlanCompiler(expressions: expressions, search: search).compile(plan))
    }

    /// A query inside another: one that cannot be planned says so when it is opened.
    init(_ query: BoundQuery, expressions: ExpressionCompiler) {
        do throws(DatabaseError) {
            let plan = try Planner.plan(
                query, orderIsSeen: false, knowledge: expressions.knowledge)
            opening = .success(PlanCompiler(expressions: expressions).compile(plan, depth: nil))
        } catch {
            opening = .failure(error)
        }
    }

    func open(_ run: PlanRun) throws(DatabaseError) -> any RowSource {
        try opening.get()(run)
    }
}

/// Turns plans into functions that open them.
struct PlanCompiler {
    let expressions: ExpressionCompiler
    /// The only search of the plan, where somebody else has to know it; of a `LATERAL` join it is
    /// that of the rows beside.
    var search: CompiledExactSearch?

    func compile(_ plan: Plan) -> PlanOpening { compile(plan, depth: 0) }

    /// - Parameter depth: the operator's place, counted from the top; `nil` within a subquery,
    ///   whose work is not told by operator.
    func compile(_ plan: Plan, depth: Int?) -> PlanOpening {
        let open = operation(plan, inputDepth: depth.map { $0 + 1 })
        guard let depth else { return open }
        return { run throws(DatabaseError) in
            let source = try open(run)
            guard run.isAnalyzing else { return source }
            return MeasuredSource(source, depth: depth, counters: run.counters)
        }
    }

    private func operation(_ plan: Plan, inputDepth: Int?) -> PlanOpening {
        if let count = counting(plan) { return count }
        switch plan {
        case .nothing:
            return { _ in ListSource([[]]) }
        case .tableScan(let scan):
            let scan = CompiledScan(scan, expressions)
            return { run throws(DatabaseError) in try TableScanSource(scan, run) }
        case .exactSearch(let search):
            let search = self.search ?? CompiledExactSearch(search, expressions)
            return { run throws(DatabaseError) in try ExactSearchSource(search, run) }
        case .values(let rows, _):
            let rows = rows.map { $0.map(expressions.compile) }
            return { run throws(DatabaseError) in
                ListSource(
                    try rows.map { row throws(DatabaseError) in try row.evaluate(run, []) })
            }
        case .series(let start, let stop, let step):
            return series(start: start, stop: stop, step: step)
        case .unnest(let array):
            let array = expressions.compile(array)
            return { run throws(DatabaseError) in
                guard case .array(let elements) = try array(run, []) else { return ListSource([]) }
                return ListSource(elements.map { [$0] })
            }
        case .filter(let input, let condition):
            let input = compile(input, depth: inputDepth)
            let accepts = expressions.predicate(condition)
            return { run throws(DatabaseError) in
                FilterSource(try input(run), run, accepts: accepts)
            }
        case .aggregate(let input, let grouping):
            return aggregate(compile(input, depth: inputDepth), grouping)
        case .project(let input, let projections):
            let input = compile(input, depth: inputDepth)
            let outputs = projections.map { ProjectSource.Output($0.expression, expressions) }
            return { run throws(DatabaseError) in
                ProjectSource(try input(run), run, outputs: outputs)
            }
        case .distinct(let input):
            let input = compile(input, depth: inputDepth)
            return { run throws(DatabaseError) in DistinctSource(try input(run)) }
        case .sort(let input, let keys, let limit, let offset):
            return sort(compile(input, depth: inputDepth), keys, limit, offset)
        case .limit(let input, let limit, let offset):
            let input = compile(input, depth: inputDepth)
            let limit = RowCount(limit, clause: .limit, expressions)
            let offset = RowCount(offset, clause: .offset, expressions)
            return { run throws(DatabaseError) in
                LimitSource(
                    try input(run), limit: try limit.value(run), offset: try offset.value(run) ?? 0)
            }
        case .limitBy(let input, let limitBy, let wanted, let grows):
            return self.limitBy(input, limitBy, wanted, grows: grows, inputDepth)
        case .trim(let input, let count):
            let input = compile(input, depth: inputDepth)
            return { run throws(DatabaseError) in TrimSource(try input(run), count: count) }
        case .lateral(let join):
            // The search that somebody has to know is not that of these rows.
            let outer = PlanCompiler(expressions: expressions)
                .compile(join.outer, depth: inputDepth)
            return lateral(join, outer)
        }
    }

    /// Where rows are counted and none has to be read.
    private func counting(_ plan: Plan) -> PlanOpening? {
        guard case .aggregate(_, let grouping) = plan else { return nil }
        let columns = grouping.aggregates.count
        @Sendable func row(_ count: Int) -> any RowSource {
            ListSource([[Value](repeating: .int(Int64(count)), count: columns)])
        }
        if let table = plan.countedTable {
            return { run throws(DatabaseError) in row(try run.scope.reader(table).rowCount()) }
        }
        guard let scan = plan.countedScan, let slots = SlotCount(scan, expressions) else {
            return nil
        }
        return { run throws(DatabaseError) in row(try slots.count(run)) }
    }

    private func lateral(_ join: LateralJoin, _ outer: @escaping PlanOpening) -> PlanOpening {
        let search = join.search.map { self.search ?? CompiledExactSearch($0, expressions) }
        let inner = PlanCompiler(expressions: expressions, search: search ?? self.search)
            .compile(join.inner, depth: nil)
        return { run throws(DatabaseError) in
            LateralSource(try outer(run), run, inner: inner, search: search, join)
        }
    }

    private func limitBy(
        _ input: Plan, _ limitBy: BoundLimitBy, _ wanted: BoundExpression?, grows: Bool,
        _ inputDepth: Int?
    ) -> PlanOpening {
        let search =
            grows ? input.search.map { self.search ?? CompiledExactSearch($0, expressions) } : nil
        let layout = LimitBySource.Layout(
            count: RowCount(limitBy.count, clause: .limit, expressions),
            keys: limitBy.keys.map(expressions.compile),
            wanted: wanted.map { RowCount($0, clause: .limit, expressions) },
            input: PlanCompiler(expressions: expressions, search: search ?? self.search)
                .compile(input, depth: inputDepth), search: search)
        return { run throws(DatabaseError) in try LimitBySource(layout, run) }
    }

    private func aggregate(
        _ input: @escaping PlanOpening, _ grouping: BoundGrouping
    ) -> PlanOpening {
        let aggregates = grouping.aggregates.map { aggregate in
            AggregateSource.Argument(
                aggregate: aggregate,
                arguments: aggregate.arguments.map(expressions.compile),
                filter: aggregate.filter.map(expressions.predicate))
        }
        let keys = grouping.keys.map(expressions.compile)
        let having = grouping.having.map(expressions.predicate)
        return { run throws(DatabaseError) in
            let groups = AggregateSource(try input(run), run, keys: keys, aggregates: aggregates)
            guard let having else { return groups }
            return FilterSource(groups, run, accepts: having)
        }
    }

    private func sort(
        _ input: @escaping PlanOpening, _ keys: [BoundSort], _ limit: BoundExpression?,
        _ offset: BoundExpression?
    ) -> PlanOpening {
        let limit = RowCount(limit, clause: .limit, expressions)
        let offset = RowCount(offset, clause: .offset, expressions)
        let keys = keys.map {
            SortSource.Key(
                expression: expressions.compile($0.expression), isDescending: $0.isDescending,
                nullsFirst: $0.nullsFirst)
        }
        return { run throws(DatabaseError) in
            let skipped = try offset.value(run) ?? 0
            let bound = try limit.value(run).map { $0.addedClamped(skipped) }
            return SortSource(try input(run), run, keys: keys, bound: bound)
        }
    }

    private func series(
        start: BoundExpression, stop: BoundExpression, step: BoundExpression?
    ) -> PlanOpening {
        let (start, stop) = (expressions.compile(start), expressions.compile(stop))
        let step = step.map(expressions.compile)
        return { run throws(DatabaseError) in
            guard case .int(let first) = try start(run, []),
                case .int(let last) = try stop(run, []),
                case .int(let by) = try step?(run, []) ?? .int(1)
            else { return ListSource([]) }
            guard by != 0 else {
                throw DatabaseError(
                    .invalidParameter, "the step of generate_series must not be zero")
            }
            return SeriesSource(
                start: first, stop: last, step: by, cancellation: run.cancellation)
        }
    }
}

/// The value of a `LIMIT` or an `OFFSET`.
struct RowCount: Sendable {
    enum Clause: String, Sendable {
        case limit = "LIMIT"
        case offset = "OFFSET"
    }

    private let expression: CompiledExpression?
    private let clause: Clause
    private let position: SourceRange?

    init(_ expression: BoundExpression?, clause: Clause, _ compiler: ExpressionCompiler) {
        self.expression = expression.map(compiler.compile)
        self.clause = clause
        position = expression?.range
    }

    /// `nil` where it is missing or NULL. Errors: 2201W and 2201X where it is negative.
    func value(_ context: EvaluationContext) throws(DatabaseError) -> Int? {
        guard let expression, case .int(let count) = try expression(context, []) else {
            return nil
        }
        guard count >= 0 else {
            throw DatabaseError(
                clause == .limit ? "2201W" : "2201X",
                "\(clause.rawValue) must not be negative: \(count)", position: position)
        }
        return Int(count)
    }
}

/// Counts the rows of an operator and the time below it.
final class MeasuredSource: RowSource {
    private let input: any RowSource
    private let depth: Int
    private let counters: ExecutionCounters

    init(_ input: any RowSource, depth: Int, counters: ExecutionCounters) {
        self.input = input
        self.depth = depth
        self.counters = counters
        // One that is opened again goes on counting.
        if counters.operators[depth] == nil { counters.operators[depth] = OperatorCounters() }
    }

    func next() throws(DatabaseError) -> [Value]? {
        let start = MonotonicClock.nanoseconds()
        let work = counters.workSoFar
        let row = try input.next()
        counters.operators[depth]?.nanoseconds += MonotonicClock.nanoseconds() - start
        counters.operators[depth]?.work.add(from: work, to: counters.workSoFar)
        if row != nil { counters.operators[depth]?.rows += 1 }
        return row
    }
}
