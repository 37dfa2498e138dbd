import Needletail

/// Durable rows a second of `COPY`, and what they take on disk.
struct LoadBenchmark {
    private let jsonl: String
    private let npy: String?
    private let columns: String
    private let vector: String

    init(_ options: Options) throws {
        guard let jsonl = options.text("jsonl"), let columns = options.text("columns") else {
            throw DatabaseError(.invalidParameter, "load needs --jsonl and --columns")
        }
        self.jsonl = jsonl
        self.columns = columns
        npy = options.text("npy")
        vector = options.text("vector") ?? "embedding"
    }

    func run() throws {
        try Measure.withFolder { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (\(columns))")
            let option = npy.map { ", NPY (\(vector) = '\($0)')" } ?? ""
            let start = ContinuousClock.now
            let summary = try database.execute(
                "COPY t FROM '\(jsonl)' (FORMAT jsonl, BATCH 10000\(option))")
            let seconds = Measure.seconds(since: start)
            database.close()
            Measure.report([
                "what": "load", "rows": summary.rowCount, "seconds": seconds,
                "rows_per_s": Double(summary.rowCount) / seconds,
                "disk_mb": Double(Measure.diskBytes(folder + "/db")) / 1e6,
            ])
        }
    }
}
