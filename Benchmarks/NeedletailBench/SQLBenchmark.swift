import Needletail
import NeedletailFormats

/// Prepared SQL on an embedded database on disk: the same curve as the bare graph, with everything
/// that a statement costs.
struct SQLBenchmark {
    private let base: VectorFileData
    private let queries: VectorFileData
    private let metric: Metric
    private let k: Int
    private let name: String
    private static let efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]

    init(_ options: Options) throws {
        let data = try BenchmarkData(options)
        base = data.base
        queries = data.queries
        metric = data.metric
        k = data.k
        name = data.name
    }

    func run() throws {
        if metric == .cosine {
            base.normalize()
            queries.normalize()
        }
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
                "{\"lib\": \"needletail-sql\", \"data\": \"\(name)\", "
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

/// The files, the metric and the number of neighbours that a comparison is about.
struct BenchmarkData {
    let base: VectorFileData
    let queries: VectorFileData
    let metric: Metric
    let k: Int
    let name: String

    init(_ options: Options) throws {
        guard let basePath = options.text("base"), let queryPath = options.text("queries") else {
            throw DatabaseError(
                .invalidParameter, "it needs --base FILE.npy and --queries FILE.npy")
        }
        let metrics: [String: Metric] = ["l2": .l2, "ip": .innerProduct, "cosine": .cosine]
        guard let metric = metrics[options.text("metric") ?? "l2"] else {
            throw DatabaseError(.invalidParameter, "--metric is l2, ip or cosine")
        }
        self.metric = metric
        k = try options.integer("k", 10)
        base = try VectorFileData(path: basePath, rows: try options.integer("rows", .max))
        queries = try VectorFileData(path: queryPath, rows: .max)
        guard base.dimension == queries.dimension, base.count > 0, queries.count > 0 else {
            throw DatabaseError(
                .invalidParameter, "base and queries differ in dimension, or are empty")
        }
        name = basePath.split(separator: "/").last.map(String.init) ?? basePath
    }
}
