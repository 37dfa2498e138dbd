import Needletail

/// Exact 10-nearest through prepared SQL on disk, against a plain read of as many bytes.
struct ExactBenchmark {
    private let rows: Int
    private let dimension: Int
    private let queries: Int

    init(_ options: Options) throws {
        rows = try options.integer("rows", 63_666)
        dimension = try options.integer("dimension", 384)
        queries = try options.integer("queries", 20)
    }

    func run() throws {
        for type in ["vector", "halfvec"] {
            try Measure.withFolder { folder in
                let path = folder + "/db"
                let database = try Database.open(path)
                defer { database.close() }
                try fill(database, type: type)
                for threads in [1, 2] {
                    try search(database, type: type, threads: threads)
                }
            }
        }
    }

    private func fill(_ database: Database, type: String) throws {
        try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v \(type)(\(dimension)))")
        var random = SplitMix64(seed: 1)
        var next = 0
        while next < rows {
            let end = min(next + 10_000, rows)
            try database.write { transaction in
                let insert = try database.prepare("INSERT INTO t VALUES ($1, $2)")
                for id in next..<end {
                    try transaction.execute(insert, id, Measure.vector(dimension, &random))
                }
            }
            next = end
        }
    }

    private func search(_ database: Database, type: String, threads: Int) throws {
        let session = database.session()
        _ = try session.start(
            "SET search_threads = \(threads)", parameters: .none, input: nil
        ).next()
        var random = SplitMix64(seed: 2)
        let vectors = (0..<queries).map { _ in Measure.vector(dimension, &random) }
        for metric in ["<->", "<=>", "<#>", "<+>"] {
            let sql = "SELECT id FROM t ORDER BY v \(metric) $1 LIMIT 10"
            let seconds = try Measure.median(runs: 5) {
                for vector in vectors {
                    let statement = try session.start(
                        sql, parameters: .positional([.vector(vector)]), input: nil)
                    while try statement.next() != nil {}
                }
            }
            // Beside each search, since what a virtual machine can read moves with its host.
            let bandwidth = readBandwidth(bytes: rows * dimension * 4)
            let perQuery = seconds / Double(queries)
            let bytes = Double(rows * dimension * (type == "vector" ? 4 : 2))
            Measure.report([
                "what": "exact 10-nearest", "type": type, "operator": metric, "threads": threads,
                "rows": rows, "dimension": dimension, "ms": perQuery * 1e3,
                "gb_per_s": bytes / perQuery / 1e9,
                "bandwidth_gb_per_s": bandwidth / 1e9,
                "of_bandwidth": bytes / perQuery / bandwidth,
            ])
        }
        session.close()
    }

    /// Bytes a second when all are read in order and added up, with nothing else done.
    private func readBandwidth(bytes: Int) -> Double {
        let words = bytes / 64
        let memory = UnsafeMutablePointer<SIMD8<UInt64>>.allocate(capacity: words)
        defer { memory.deallocate() }
        memory.initialize(repeating: SIMD8(repeating: 3), count: words)
        var sink = SIMD8<UInt64>(repeating: 0)
        let seconds = Measure.median(runs: 15) {
            // SAFETY: all places lie below `words`; four sums keep additions from waiting.
            var (a, b, c, d) = (sink, sink, sink, sink)
            var place = 0
            while place + 4 <= words {
                a &+= memory[place]
                b &+= memory[place + 1]
                c &+= memory[place + 2]
                d &+= memory[place + 3]
                place += 4
            }
            sink = a &+ b &+ c &+ d
        }
        // The sum is used, so that it is computed.
        if sink.wrappedSum() == 1 { print("") }
        return Double(words * 64) / seconds
    }
}
