import Needletail

/// How long a database takes to open and to answer for the first time, and what it takes on disk
/// and in memory.
struct OpenBenchmark {
    private let base: VectorFileData
    private let name: String
    private let options: Options

    init(_ options: Options) throws {
        (base, name) = try BenchmarkData.base(options)
        self.options = options
    }

    func run() throws {
        try Measure.withDatabase(options) { path in
            var table: IndexedTable? = try IndexedTable.prepared(path, base, metric: .l2).table
            let search = table?.search(10) ?? ""
            table?.database.close()
            table = nil
            var (opens, firsts, steadies): ([Double], [Double], [Double]) = ([], [], [])
            var resident = 0
            for turn in 0..<5 {
                let before = Measure.privateBytes()
                let opening = ContinuousClock.now
                let database = try Database.open(path)
                opens.append(Measure.seconds(since: opening))
                let first = ContinuousClock.now
                _ = try database.query(search, base.vector(turn))
                firsts.append(Measure.seconds(since: first))
                let statement = try database.prepare(search)
                // What is loaded in the background is loaded by then.
                for row in 0..<200 { _ = try statement.query(base.vector(row % base.count)) }
                Measure.sleep(milliseconds: 500)
                var times: [Double] = []
                for row in 0..<500 {
                    let vector = base.vector((row * 131) % base.count)
                    let start = ContinuousClock.now
                    _ = try statement.query(vector)
                    times.append(Measure.seconds(since: start))
                }
                steadies.append(Measure.quantile(times, 0.5))
                resident = Measure.privateBytes() - before
                database.close()
            }
            Measure.report([
                "what": "open", "data": name, "rows": base.count, "dimension": base.dimension,
                "open_ms": Measure.quantile(opens, 0.5) * 1e3,
                "first_query_ms": Measure.quantile(firsts, 0.5) * 1e3,
                "steady_query_us": Measure.quantile(steadies, 0.5) * 1e6,
                "disk_mb": Double(Measure.diskBytes(path)) / 1e6,
                "segments_mb": Double(Measure.folderBytes(path + "/segments")) / 1e6,
                "private_mb": Double(resident) / 1e6,
            ])
        }
    }
}
