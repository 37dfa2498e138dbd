import Needletail

/// One row by its primary key, on the caller's thread.
struct LookupBenchmark {
    private let rows: Int

    init(_ options: Options) throws { rows = try options.integer("rows", 100_000) }

    func run() throws {
        try Measure.withFolder { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT, n BIGINT)")
            try database.execute(
                "INSERT INTO t SELECT n, 'row ' || n, n * 2 FROM generate_series(1, $1) AS n", rows)
            let prepared = try database.prepare("SELECT name, n FROM t WHERE id = $1")
            let lookups = 20_000
            var random = SplitMix64(seed: 3)
            let keys = (0..<lookups).map { _ in Int.random(in: 1...rows, using: &random) }
            let warm = try Measure.median(runs: 7) {
                for key in keys { _ = try prepared.query(key) }
            }
            Measure.report([
                "what": "prepared lookup", "rows": rows, "us": warm / Double(lookups) * 1e6,
            ])
            let repeated = try Measure.median(runs: 7) {
                for key in keys {
                    _ = try database.query("SELECT name, n FROM t WHERE id = $1", key)
                }
            }
            Measure.report(["what": "text seen before", "us": repeated / Double(lookups) * 1e6])
            let batch = 5_000
            var fresh = Array(1...rows).shuffled(using: &random)[...]
            let parsed = try Measure.median(runs: min(7, rows / batch)) {
                // Every key comes once, so that every text is new to the statement cache.
                for key in fresh.prefix(batch) {
                    let count = try database.query("SELECT name, n FROM t WHERE id = \(key)").count
                    precondition(count == 1, "every key is there")
                }
                fresh = fresh.dropFirst(batch)
            }
            Measure.report(["what": "text never seen before", "us": parsed / Double(batch) * 1e6])
        }
    }
}
