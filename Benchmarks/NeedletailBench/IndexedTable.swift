import Needletail

/// A table of vectors with an index, HNSW where nothing else is said, in a database on disk.
struct IndexedTable {
    let database: Database
    let dimension: Int
    /// `<->`, `<#>` or `<=>`.
    let sign: String
    private let operators: String

    init(
        _ path: String, dimension: Int, metric: Metric, options: DatabaseOptions = DatabaseOptions()
    ) throws {
        self.dimension = dimension
        switch metric {
        case .l2: (sign, operators) = ("<->", "vector_l2_ops")
        case .innerProduct: (sign, operators) = ("<#>", "vector_ip_ops")
        default: (sign, operators) = ("<=>", "vector_cosine_ops")
        }
        database = try Database.open(path, options: options)
        try database.execute(
            "CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v vector(\(dimension)))")
    }

    /// The table of the first rows of `data`, as an earlier run left it at `path`, or made there.
    ///
    /// - Parameter count: how many; all where there is none.
    /// - Returns: also the seconds that loading and building took.
    static func prepared(
        _ path: String, _ data: VectorFileData, metric: Metric, count: Int? = nil
    ) throws -> (table: IndexedTable, loadSeconds: Double, buildSeconds: Double) {
        let table = try IndexedTable(path, dimension: data.dimension, metric: metric)
        let (known, wanted) = (try table.rowCount(), count ?? data.count)
        let loading = ContinuousClock.now
        if known == 0 { try table.load(data, 0..<wanted) }
        let building = ContinuousClock.now
        if known == 0 { try table.createIndex() }
        let end = ContinuousClock.now
        let found = try table.database.query(table.search(1), data.vector(0))
        guard try table.rowCount() == wanted, found.summary.plan?.contains("t_v") == true
        else {
            throw DatabaseError(
                .invalidParameter, "\(path) holds other rows, or an index of another metric",
                hint: "Give --database a folder of its own for each data set and metric.")
        }
        return (
            table, Measure.seconds(from: loading, to: building),
            Measure.seconds(from: building, to: end)
        )
    }

    func rowCount() throws -> Int {
        guard case .int(let count)? = try database.query("SELECT count(*) FROM t").first?[0]
        else { return 0 }
        return Int(count)
    }

    /// Inserts rows of `data` under their numbers, in one durable transaction each `batch`.
    func load(_ data: VectorFileData, _ rows: Range<Int>, batch: Int = 10_000) throws {
        try load(rows, batch: batch, data.vector)
    }

    /// Inserts rows under their numbers, in one durable transaction each `batch`.
    func load(_ rows: Range<Int>, batch: Int = 10_000, _ vector: (Int) throws -> [Float]) throws {
        let insert = try database.prepare("INSERT INTO t VALUES ($1, $2)")
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: batch) {
            try database.write { transaction in
                for row in first..<min(first + batch, rows.upperBound) {
                    try transaction.execute(insert, row, try vector(row))
                }
            }
        }
    }

    /// The same, at most `rate` rows a second.
    func ingest(
        _ rows: Range<Int>, rate: Double?, batch: Int, since start: ContinuousClock.Instant,
        _ vector: (Int) throws -> [Float]
    ) throws {
        var first = rows.lowerBound
        while first < rows.upperBound {
            let end = min(first + batch, rows.upperBound)
            try load(first..<end, batch: batch, vector)
            if let rate {
                let due = Double(end - rows.lowerBound) / rate
                let early = due - Measure.seconds(since: start)
                if early > 0 { Measure.sleep(milliseconds: Int(early * 1e3)) }
            }
            first = end
        }
    }

    func createIndex(_ name: String = "t_v", using method: String = "hnsw") throws {
        try database.execute("CREATE INDEX \(name) ON t USING \(method) (v \(operators))")
    }

    /// What `SHOW INDEXES` says of the index in the column `name`.
    func index(_ name: String) throws -> Int {
        if case .int(let value)? = try value(name, of: "t_v") { return Int(value) }
        return 0
    }

    /// As ``index(_:)``, of a column of text.
    func indexText(_ name: String, of index: String = "t_v") throws -> String {
        if case .text(let value)? = try value(name, of: index) { return value }
        return ""
    }

    private func value(_ name: String, of index: String) throws -> Value? {
        try database.query("SHOW INDEXES").first { $0["name"] == .text(index) }?[name]
    }

    /// A search by the default contract, or by `options`.
    func search(_ k: Int, _ options: String = "") -> String {
        "SELECT id FROM t ORDER BY v \(sign) $1 LIMIT \(k) \(options)"
    }

    /// Mean share of right answers at `k`, counted by distance, against searches of every row, over
    /// the first 200 queries.
    func recall(_ queries: VectorFileData, k: Int, _ options: String = "") throws -> Double {
        try recall(queries, k: k, options, limits: try limits(queries, k: k, count: 200))
    }

    /// Of each of the first `count` queries, how far the last of the right answers is.
    func limits(_ queries: VectorFileData, k: Int, count: Int) throws -> [Double] {
        let exact = try database.prepare(distances(k, "WITH (exact)"))
        return try (0..<min(count, queries.count)).map { query in
            guard let last = try exact.query(queries.vector(query)).last,
                case .double(let limit) = last[1]
            else { return -.infinity }
            return limit
        }
    }

    /// Mean share of right answers at `k` over the first queries, each with one of `limits`.
    func recall(
        _ queries: VectorFileData, k: Int, _ options: String, limits: [Double]
    ) throws -> Double {
        let found = try database.prepare(distances(k, options))
        var hits = 0
        for (query, limit) in limits.enumerated() {
            hits += try found.query(queries.vector(query)).count { row in
                if case .double(let found) = row[1] { return found <= limit }
                return false
            }
        }
        return Measure.rounded(Double(hits) / Double(max(1, k * limits.count)), 4)
    }

    private func distances(_ k: Int, _ options: String) -> String {
        "SELECT id, v \(sign) $1 AS d FROM t ORDER BY v \(sign) $1 LIMIT \(k) \(options)"
    }

    /// Waits until the background has taken the tail in, for as long as `seconds`.
    func settle(seconds: Double) throws {
        let start = ContinuousClock.now
        while try index("tail") > 0, Measure.seconds(since: start) < seconds {
            Measure.sleep(milliseconds: 20)
            if try index("tail") < 2_048 { return }
        }
    }
}
