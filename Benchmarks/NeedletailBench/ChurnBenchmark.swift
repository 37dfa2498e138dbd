import Needletail

/// Recall and bytes while every row is replaced by another, a hundredth at a time, and of an index
/// built afresh at the end.
struct ChurnBenchmark {
    private let data: BenchmarkData
    private let hasLists: Bool

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        hasLists = options.text("index") == "ivf"
    }

    func run() throws {
        if hasLists { return try ListChurn(data: data).run() }
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

/// The same of an index of lists, at fixed numbers of probes, beside one that is built afresh for
/// each line: grown from an empty table, and after a build.
private struct ListChurn {
    let data: BenchmarkData

    private static let probes = [8, 32, 64]

    func run() throws {
        let half = data.base.count / 2
        try measure("grown") { table in
            try table.createIndex(using: "ivf")
            return { step in
                try table.load(data.base, half * (step - 1) / 100..<half * step / 100)
            }
        }
        try measure("churn") { table in
            try table.load(data.base, 0..<half)
            try table.createIndex(using: "ivf")
            try report("churn", 0, 0, table)
            return { step in
                let (from, to) = (half * (step - 1) / 100, half * step / 100)
                try table.database.write { transaction in
                    try transaction.execute(
                        "DELETE FROM t WHERE id >= $1 AND id < $2", from, to)
                    let insert = try table.database.prepare("INSERT INTO t VALUES ($1, $2)")
                    for row in half + from..<half + to {
                        try transaction.execute(insert, row, data.base.vector(row))
                    }
                }
            }
        }
    }

    /// A hundred steps, and a line after each ten.
    private func measure(
        _ what: String, _ begin: (IndexedTable) throws -> (Int) throws -> Void
    ) throws {
        try Measure.withFolder { folder in
            let table = try IndexedTable(
                folder + "/db", dimension: data.base.dimension, metric: data.metric)
            defer { table.database.close() }
            let step = try begin(table)
            var slowest = 0.0
            for number in 1...100 {
                let start = ContinuousClock.now
                try step(number)
                slowest = max(slowest, Measure.seconds(since: start))
                guard number % 10 == 0 else { continue }
                try report(what, number, slowest, table)
                slowest = 0
            }
        }
    }

    private func report(
        _ what: String, _ percent: Int, _ slowest: Double, _ table: IndexedTable
    ) throws {
        let (bytes, lists) = (try table.index("bytes"), try table.indexText("state"))
        let start = ContinuousClock.now
        try table.createIndex("t_f", using: "ivf")
        let build = Measure.seconds(since: start)
        let limits = try table.limits(data.queries, k: data.k, count: 400)
        func recalls(_ index: String) throws -> [Double] {
            try Self.probes.map { probes in
                try table.recall(
                    data.queries, k: data.k, "WITH (probes = \(probes), index = \(index))",
                    limits: limits)
            }
        }
        let (own, fresh) = (try recalls("t_v"), try recalls("t_f"))
        Measure.report([
            "what": what, "data": data.name, "percent": percent, "probes": Self.probes,
            "recalls": own, "recalls_fresh": fresh, "lists": lists,
            "lists_fresh": try table.indexText("state", of: "t_f"), "bytes": bytes,
            "slowest_commit_ms": slowest * 1_000, "build_seconds": build,
        ])
        try table.database.execute("DROP INDEX t_f")
    }
}
