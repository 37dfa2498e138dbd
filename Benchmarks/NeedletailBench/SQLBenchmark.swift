import Needletail
import NeedletailFormats

/// Prepared SQL on an embedded database on disk: the same curve as the bare graph, with everything
/// that a statement costs.
struct SQLBenchmark {
    private let data: BenchmarkData
    private static let efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
    }

    func run() throws {
        let (base, queries, metric, k) = (data.base, data.queries, data.metric, data.k)
        try Measure.withFolder { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            let (sign, operators) = Self.spelling(metric)
            try database.execute(
                "CREATE TABLE t (id INT PRIMARY KEY, v vector(\(base.dimension)))")
            let loading = ContinuousClock.now
            for first in stride(from: 0, to: base.count, by: 10_000) {
                try database.write { transaction in
                    for row in first..<min(first + 10_000, base.count) {
                        try transaction.execute(
                            "INSERT INTO t VALUES ($1, $2)", row, vector(base, row))
                    }
                }
            }
            let loaded = Measure.seconds(since: loading)
            let building = ContinuousClock.now
            try database.execute("CREATE INDEX t_v ON t USING hnsw (v \(operators))")
            let built = Measure.seconds(since: building)
            let truth = GroundTruth(base: base, queries: queries, metric: metric, k: k)
            var points: [String] = []
            for ef in Self.efforts where ef >= k {
                let point = try measure(
                    database,
                    "SELECT id FROM t ORDER BY v \(sign) $1 LIMIT \(k) "
                        + "WITH (ef_search = \(ef))",
                    truth)
                points.append("[\(ef), \(point.recall), \(point.rate)]")
            }
            let plan = try database.query(
                "SELECT id FROM t ORDER BY v \(sign) $1 LIMIT \(k)", vector(queries, 0)
            ).summary.plan
            let contract = try measure(
                database, "SELECT id FROM t ORDER BY v \(sign) $1 LIMIT \(k)", truth)
            print(
                "{\"lib\": \"needletail-sql\", \"data\": \"\(data.name)\", "
                    + "\"load_s\": \(Measure.rounded(loaded, 2)), "
                    + "\"build_s\": \(Measure.rounded(built, 2)), "
                    + "\"default_plan\": \"\(plan ?? "")\", "
                    + "\"default\": [\(contract.recall), \(contract.rate)], "
                    + "\"pts\": [\(points.joined(separator: ", "))]}")
        }
    }

    private func vector(_ data: VectorFileData, _ row: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: data[row], count: data.dimension))
    }

    private static func spelling(_ metric: Metric) -> (sign: String, operators: String) {
        switch metric {
        case .l2: ("<->", "vector_l2_ops")
        case .innerProduct: ("<#>", "vector_ip_ops")
        default: ("<=>", "vector_cosine_ops")
        }
    }

    private func measure(
        _ database: Database, _ sql: String, _ truth: GroundTruth
    ) throws -> (recall: Double, rate: Double) {
        let (base, queries, metric) = (data.base, data.queries, data.metric)
        let statement = try database.prepare(sql)
        let vectors = (0..<queries.count).map { vector(queries, $0) }
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
