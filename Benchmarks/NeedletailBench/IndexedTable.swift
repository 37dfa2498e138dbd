import Needletail

/// A table of vectors with a vector index, in a database on disk.
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

    func createIndex(using method: String = "hnsw") throws {
        try database.execute("CREATE INDEX t_v ON t USING \(method) (v \(operators))")
    }

    /// What `SHOW INDEXES` says of the index in the column `name`.
    func index(_ name: String) throws -> Int {
        for row in try database.query("SHOW INDEXES") where row["name"] == .text("t_v") {
            if case .int(let value) = row[name] { return Int(value) }
        }
        return 0
    }

    /// A search by the default contract, or by `options`.
    func search(_ k: Int, _ options: String = "") -> String {
        "SELECT id FROM t ORDER BY v \(sign) $1 LIMIT \(k) \(options)"
    }

    /// Mean share of right answers at `k`, counted by distance, against searches of every row, over
    /// the first 200 queries.
    func recall(_ queries: VectorFileData, k: Int, _ options: String = "") throws -> Double {
        let distance = "SELECT id, v \(sign) $1 AS d FROM t ORDER BY v \(sign) $1 LIMIT \(k) "
        let found = try database.prepare(distance + options)
        let exact = try database.prepare(distance + "WITH (exact)")
        var (hits, count) = (0, 0)
        for query in 0..<min(200, queries.count) {
            let vector = queries.vector(query)
            let right = try exact.query(vector)
            guard let last = right.last, case .double(let limit) = last[1] else { continue }
            count += right.count
            hits += try found.query(vector).count { row in
                if case .double(let found) = row[1] { return found <= limit }
                return false
            }
        }
        return Measure.rounded(Double(hits) / Double(max(1, count)), 4)
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
