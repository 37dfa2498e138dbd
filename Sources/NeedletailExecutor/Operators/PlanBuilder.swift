import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Turns a plan into running operators.
struct PlanBuilder {
    let scope: TransactionScope
    let compiler: ExpressionCompiler
    let counters: ExecutionCounters
    let cancellation: Cancellation
    /// 0 for as many as there are cores.
    let searchThreads: Int
    /// Measures every operator.
    let isAnalyzing: Bool

    init(
        scope: TransactionScope, values: [Value], environment: StatementEnvironment,
        counters: ExecutionCounters, isAnalyzing: Bool
    ) {
        self.scope = scope
        self.counters = counters
        self.isAnalyzing = isAnalyzing
        cancellation = environment.cancellation
        searchThreads = environment.settings.integer("search_threads")
        let context = EvaluationContext(
            parameters: values, environment: environment
        ) { query, limit throws(DatabaseError) in
            // A subquery sees the same transaction; its work is not counted by operator.
            let inner = PlanBuilder(
                scope: scope, values: values, environment: environment, counters: counters,
                isAnalyzing: false)
            let source = try inner.build(try Planner.plan(query))
            var rows: [[Value]] = []
            while rows.count < limit, let row = try source.next() { rows.append(row) }
            return rows
        }
        compiler = ExpressionCompiler(context: context)
    }

    func build(_ plan: Plan) throws(DatabaseError) -> any RowSource {
        try build(plan, depth: 0)
    }

    private func build(_ plan: Plan, depth: Int) throws(DatabaseError) -> any RowSource {
        let source = try operation(plan, depth: depth)
        guard isAnalyzing else { return source }
        return MeasuredSource(source, depth: depth, counters: counters)
    }

    private func operation(_ plan: Plan, depth: Int) throws(DatabaseError) -> any RowSource {
        switch plan {
        case .nothing:
            return ListSource([[]])
        case .tableScan(let scan):
            return try tableScan(scan)
        case .exactSearch(let search):
            return try exactSearch(search)
        case .values(let rows, _):
            return ListSource(try values(rows))
        case .series(let start, let stop, let step):
            return try series(start: start, stop: stop, step: step)
        case .unnest(let array):
            guard case .array(let elements) = try compiler.value(of: array) else {
                return ListSource([])
            }
            return ListSource(elements.map { [$0] })
        case .filter(let input, let condition):
            return FilterSource(
                try build(input, depth: depth + 1), accepts: compiler.predicate(condition))
        case .aggregate(let input, let grouping):
            return aggregate(try build(input, depth: depth + 1), grouping)
        case .project(let input, let projections):
            return ProjectSource(
                try build(input, depth: depth + 1),
                expressions: projections.map { compiler.compile($0.expression) })
        case .distinct(let input):
            return DistinctSource(try build(input, depth: depth + 1))
        case .sort(let input, let keys, let limit, let offset):
            return try sort(try build(input, depth: depth + 1), keys, limit, offset)
        case .limit(let input, let limit, let offset):
            return LimitSource(
                try build(input, depth: depth + 1),
                limit: try rowCount(limit, clause: "LIMIT"),
                offset: try rowCount(offset, clause: "OFFSET") ?? 0)
        case .trim(let input, let count):
            return TrimSource(try build(input, depth: depth + 1), count: count)
        }
    }

    private func aggregate(_ input: any RowSource, _ grouping: BoundGrouping) -> any RowSource {
        let arguments = grouping.aggregates.map { aggregate in
            AggregateSource.Argument(
                aggregate: aggregate,
                arguments: aggregate.arguments.map(compiler.compile),
                filter: aggregate.filter.map(compiler.predicate))
        }
        let groups = AggregateSource(
            input, keys: grouping.keys.map(compiler.compile), aggregates: arguments)
        guard let having = grouping.having else { return groups }
        return FilterSource(groups, accepts: compiler.predicate(having))
    }

    private func sort(
        _ input: any RowSource, _ keys: [BoundSort], _ limit: BoundExpression?,
        _ offset: BoundExpression?
    ) throws(DatabaseError) -> any RowSource {
        let skipped = try rowCount(offset, clause: "OFFSET") ?? 0
        let bound = try rowCount(limit, clause: "LIMIT").map { $0.addedClamped(skipped) }
        return SortSource(
            input,
            keys: keys.map {
                SortSource.Key(
                    expression: compiler.compile($0.expression), isDescending: $0.isDescending,
                    nullsFirst: $0.nullsFirst)
            }, bound: bound)
    }

    private func values(
        _ rows: [[BoundExpression]]
    ) throws(DatabaseError) -> [[Value]] {
        var lists: [[Value]] = []
        lists.reserveCapacity(rows.count)
        for row in rows { lists.append(try row.map(compiler.compile).evaluate(on: [])) }
        return lists
    }

    private func series(
        start: BoundExpression, stop: BoundExpression, step: BoundExpression?
    ) throws(DatabaseError) -> any RowSource {
        let stepValue = try step.map { step throws(DatabaseError) in try compiler.value(of: step) }
        guard case .int(let first) = try compiler.value(of: start),
            case .int(let last) = try compiler.value(of: stop),
            case .int(let by) = stepValue ?? .int(1)
        else { return ListSource([]) }
        guard by != 0 else {
            throw DatabaseError(
                .invalidParameter, "the step of generate_series must not be zero")
        }
        return SeriesSource(
            start: first, stop: last, step: by, cancellation: cancellation)
    }

    /// The value of a `LIMIT` or `OFFSET`; `nil` where it is missing or NULL.
    func rowCount(
        _ expression: BoundExpression?, clause: String
    ) throws(DatabaseError) -> Int? {
        guard let expression, case .int(let count) = try compiler.value(of: expression) else {
            return nil
        }
        guard count >= 0 else {
            throw DatabaseError(
                clause == "LIMIT" ? "2201W" : "2201X", "\(clause) must not be negative: \(count)",
                position: expression.range)
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
        counters.operators[depth] = OperatorCounters()
    }

    func next() throws(DatabaseError) -> [Value]? {
        let start = MonotonicClock.nanoseconds()
        let (visited, distances) = (counters.visited, counters.distances)
        let row = try input.next()
        counters.operators[depth]?.nanoseconds += MonotonicClock.nanoseconds() - start
        counters.operators[depth]?.visited += counters.visited - visited
        counters.operators[depth]?.distances += counters.distances - distances
        if row != nil { counters.operators[depth]?.rows += 1 }
        return row
    }
}
