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
            // Every key comes once in each, so that every text is new to the statement cache.
            func measure(_ what: String, _ text: (Int) -> String) throws {
                let median = try Measure.median(runs: min(7, rows / batch)) {
                    for key in fresh.prefix(batch) {
                        let count = try database.query(text(key)).count
                        precondition(count == 1, "every key is there")
                    }
                    fresh = fresh.dropFirst(batch)
                }
                Measure.report(["what": what, "us": median / Double(batch) * 1e6])
            }
            try measure("text never seen before") { "SELECT name, n FROM t WHERE id = \($0)" }
            fresh = Array(1...rows).shuffled(using: &random)[...]
            try measure("shape never seen before") {
                "SELECT name, n AS n\($0) FROM t WHERE id = \($0)"
            }
        }
    }
}
