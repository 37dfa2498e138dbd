import Needletail

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Nearest rows among those that satisfy a predicate, through prepared SQL on a database on disk.
///
/// One line for searches without a predicate comes first, then one for each `--where`; of several
/// `--strategy`, `--ef-search`, `--probes` and `--recall`, a line for each combination. A predicate
/// that is refused gets lines with `error`.
struct FilterBenchmark {
    private let data: BenchmarkData
    private let attributes: String
    private let predicates: [String]
    private let access: AttributeTable.Access
    private let index: AttributeTable.Index
    /// `WITH (…)` of the searches, or nothing: one for each combination.
    private let contracts: [String]
    private let threads: Int
    private let queries: Int

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        guard let path = options.text("attributes") else {
            throw DatabaseError(.invalidParameter, "it needs --attributes FILE.jsonl")
        }
        attributes = path
        predicates = options.texts("where")
        guard let index = AttributeTable.Index(rawValue: options.text("index") ?? "hnsw") else {
            throw DatabaseError(.invalidParameter, "--index is hnsw or ivf")
        }
        self.index = index
        // Lists include no attributes.
        let usual = index == .hnsw ? "included" : "indexed"
        guard let access = AttributeTable.Access(rawValue: options.text("columns") ?? usual)
        else {
            throw DatabaseError(
                .invalidParameter, "--columns is included, indexed, bitmap or none")
        }
        self.access = access
        var settings: [[String]] = [[]]
        for choices in [
            // `in` is a keyword unless it is quoted.
            options.texts("strategy").map { "filter = '\($0)'" },
            options.texts("ef-search").map { "ef_search = \($0)" },
            options.texts("probes").map { "probes = \($0)" },
            options.texts("recall").map { "recall = \($0)" },
        ] where !choices.isEmpty {
            settings = settings.flatMap { some in choices.map { some + [$0] } }
        }
        contracts = settings.map { some in
            some.isEmpty ? "" : "WITH (\(some.joined(separator: ", ")))"
        }
        threads = try options.integer("threads", 1)
        queries = min(try options.integer("queries-max", 1_000), data.queries.count)
    }

    func run() throws {
        try Measure.withFolder { folder in
            let (loading, base) = (ContinuousClock.now, data.base)
            let table = try AttributeTable(
                folder + "/db", path: attributes, count: base.count, dimension: base.dimension,
                metric: data.metric)
            defer { table.database.close() }
            try table.load(base, path: attributes)
            let loaded = Measure.seconds(since: loading)
            let building = ContinuousClock.now
            try table.createIndexes(index, access)
            let built = Measure.seconds(since: building)
            let vectors = (0..<queries).map(data.queries.vector)
            var unfiltered: [String: Double] = [:]
            for predicate in [nil] + predicates.map(Optional.some) {
                let truth = Result {
                    try FilteredTruth(table, predicate: predicate, k: data.k, vectors: vectors)
                }
                for contract in contracts {
                    var line = ReportLine()
                    line.add("predicate", predicate)
                    line.add("contract", contract)
                    do {
                        let search = FilteredSearch(try truth.get(), contract: contract)
                        let median = try report(search, unfiltered[contract], into: &line)
                        if predicate == nil {
                            unfiltered[contract] = median
                            line.add("load_s", loaded, digits: 2)
                            line.add("build_s", built, digits: 2)
                        }
                    } catch let error as DatabaseError {
                        line.add("error", error.message)
                    }
                    print(line)
                    // A long run may not reach its end.
                    fflush(nil)
                }
            }
        }
    }

    /// Adds what was measured, and returns the median microseconds of a search.
    private func report(
        _ search: FilteredSearch, _ unfiltered: Double?, into line: inout ReportLine
    ) throws -> Double {
        let answers = try search.verify()
        let times = try search.time(threads: threads)
        let distances = try search.distances()
        let cold = try search.cold()
        let median = Measure.quantile(times.each, 0.5) * 1e6
        line.add("data", data.name)
        line.add("index", index.rawValue)
        line.add("columns", access.rawValue)
        line.add("k", data.k)
        line.add("queries", queries)
        line.add("threads", threads)
        line.add("rows", data.base.count)
        line.add("selectivity", Double(answers.matches) / Double(data.base.count), digits: 7)
        line.add("matches", answers.matches)
        line.add("plan", answers.plan)
        line.add("plan_share", answers.planShare)
        line.add("recall", answers.recall, digits: 5)
        line.add("recall_p5", Measure.quantile(answers.recalls, 0.05), digits: 5)
        line.add("short", answers.short)
        line.add("wrong", answers.wrong)
        line.add("p50_us", median, digits: 1)
        line.add("p99_us", Measure.quantile(times.each, 0.99) * 1e6, digits: 1)
        line.add("mean_us", times.mean * 1e6, digits: 1)
        line.add("qps", times.rate, digits: 1)
        line.add("cold_us", cold * 1e6, digits: 1)
        line.add("distances", distances, digits: 1)
        line.add("visited", Double(answers.visited) / Double(queries), digits: 1)
        line.add("unfiltered_p50_us", unfiltered ?? median, digits: 1)
        return median
    }
}
