import Needletail
import NeedletailFormats

/// Prepared SQL on an embedded database on disk: the same curve as the bare graph, with everything
/// that a statement costs.
struct SQLBenchmark {
    private let data: BenchmarkData
    private let options: Options
    private static let efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        self.options = options
    }

    func run() throws {
        let (base, queries, metric, k) = (data.base, data.queries, data.metric, data.k)
        try Measure.withDatabase(options) { path in
            let before = Measure.residentBytes()
            let (table, loaded, built) = try IndexedTable.prepared(path, base, metric: metric)
            let database = table.database
            defer { database.close() }
            let grown = Measure.residentBytes() - before
            let truth = GroundTruth(base: base, queries: queries, metric: metric, k: k)
            var points: [String] = []
            for ef in Self.efforts where ef >= k {
                let point = try measure(
                    database, table.search(k, "WITH (ef_search = \(ef))"), truth)
                points.append("[\(ef), \(point.recall), \(point.rate)]")
            }
            let contract = try measure(database, table.search(k), truth)
            print(
                "{\"lib\": \"needletail-sql\", \"data\": \"\(data.name)\", "
                    + "\"load_s\": \(Measure.rounded(loaded, 2)), "
                    + "\"build_s\": \(Measure.rounded(built, 2)), "
                    + "\"rss_mb\": \(Measure.rounded(Double(grown) / 1e6, 1)), "
                    + "\"default\": [\(contract.recall), \(contract.rate)], "
                    + "\"pts\": [\(points.joined(separator: ", "))]}")
        }
    }

    private func measure(
        _ database: Database, _ sql: String, _ truth: GroundTruth
    ) throws -> (recall: Double, rate: Double) {
        let (base, queries, metric) = (data.base, data.queries, data.metric)
        let statement = try database.prepare(sql)
        let vectors = (0..<queries.count).map(queries.vector)
        var best = Double.infinity
        var answers: [[Int]] = []
        for _ in 0..<3 {
            answers = []
            let start = ContinuousClock.now
            for vector in vectors {
                answers.append(
                    try statement.query(vector).map { row in
                        if case .int(let id) = row[0] { return Int(id) }
                        return 0
                    })
            }
            best = min(best, Measure.seconds(since: start))
        }
        var hits = 0
        for query in 0..<queries.count {
            hits += truth.hits(
                answers[query], query: query, base: base, queries: queries, metric: metric)
        }
        return (
            Measure.rounded(Double(hits) / Double(queries.count * truth.k), 5),
            Measure.rounded(Double(queries.count) / best, 1)
        )
    }
}
