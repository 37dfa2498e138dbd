import Needletail

/// Recall and bytes while every row is replaced by another, a hundredth at a time, and of an index
/// built afresh at the end.
struct ChurnBenchmark {
    private let data: BenchmarkData

    init(_ options: Options) throws { data = try BenchmarkData(options) }

    func run() throws {
        let (base, k) = (data.base, data.k)
        let half = base.count / 2
        let queries = data.queries
        try Measure.withFolder { folder in
            let path = folder + "/db"
            let table = try IndexedTable(path, dimension: base.dimension, metric: data.metric)
            defer { table.database.close() }
            try table.load(base, 0..<half)
            try table.createIndex()
            func report(_ turnover: Int, _ what: String) throws {
                Measure.report([
                    "what": what, "data": data.name, "rows": half, "turnover_percent": turnover,
                    "recall": try table.recall(queries, k: k),
                    "recall_ef_64": try table.recall(queries, k: k, "WITH (ef_search = 64)"),
                    "segments": try table.index("segments"), "tail": try table.index("tail"),
                    "index_mb": Double(Measure.folderBytes(path + "/segments")) / 1e6,
                    "disk_mb": Double(Measure.diskBytes(path)) / 1e6,
                ])
            }
            try report(0, "churn")
            for step in 1...100 {
                let (from, to) = (half * (step - 1) / 100, half * step / 100)
                try table.database.execute(
                    "DELETE FROM t WHERE id >= $1 AND id < $2", from, to)
                try table.load(base, half + from..<half + to)
                if step % 10 == 0 {
                    try table.settle(seconds: 60)
                    try report(step, "churn")
                }
            }
            try table.database.execute("REINDEX INDEX t_v")
            try report(100, "fresh build")
        }
    }
}
