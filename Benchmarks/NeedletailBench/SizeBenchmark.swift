import Needletail

/// Bytes on disk over bytes of payload (vectors, keys and text) at the dimensions people use.
struct SizeBenchmark {
    private let rows: Int

    init(_ options: Options) throws { rows = try options.integer("rows", 20_000) }

    func run() throws {
        for dimension in [384, 512, 768, 1_024, 1_536] {
            try Measure.withFolder { folder in
                let path = folder + "/db"
                let database = try Database.open(path)
                try database.execute(
                    "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT, v vector(\(dimension)))")
                let insert = try database.prepare("INSERT INTO t VALUES ($1, $2, $3)")
                var random = SplitMix64(seed: 4)
                var payload = 0
                var next = 0
                while next < rows {
                    let end = min(next + 10_000, rows)
                    try database.write { transaction in
                        for id in next..<end {
                            let name = String(repeating: "n", count: 40 + id % 80)
                            payload += 8 + name.utf8.count + dimension * 4
                            try transaction.execute(
                                insert, id, name, Measure.vector(dimension, &random))
                        }
                    }
                    next = end
                }
                database.close()
                let disk = Measure.diskBytes(path)
                Measure.report([
                    "what": "size", "dimension": dimension, "rows": rows,
                    "payload_mb": Double(payload) / 1e6, "disk_mb": Double(disk) / 1e6,
                    "ratio": Double(disk) / Double(payload),
                ])
            }
        }
    }
}
