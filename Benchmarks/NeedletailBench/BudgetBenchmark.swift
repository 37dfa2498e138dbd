import Needletail
import NeedletailFormats

/// A table larger than the memory it may take, searched through an index of lists: recall, times
/// and bytes read, by a cold cache and a steady one, and while rows come in.
///
/// The last eleventh of the rows, at most 100,000, is what may come in. Rows are read as they are
/// needed, so that the process itself takes little memory.
struct BudgetBenchmark {
    private let base: NPYFile
    private let queries: VectorFileData
    private let metric: Metric
    private let k: Int
    private let name: String
    private let seconds: Int
    private let rate: Double
    private let batch: Int
    private let only: String?
    private let options: Options

    /// Queries whose answers are held against an exact search.
    private static let checkedQueries = 200
    private static let coldQueries = 50

    init(_ options: Options) throws {
        guard let basePath = options.text("base"), let queryPath = options.text("queries") else {
            throw DatabaseError(
                .invalidParameter, "it needs --base FILE.npy and --queries FILE.npy")
        }
        base = try NPYFile(path: basePath)
        queries = try VectorFileData(path: queryPath, rows: .max)
        guard base.dimension == queries.dimension, base.rowCount > 10, queries.count > 0 else {
            throw DatabaseError(
                .invalidParameter, "base and queries differ in dimension, or are few")
        }
        metric = try BenchmarkData.metric(options)
        name = BenchmarkData.name(basePath)
        k = try options.integer("k", 10)
        seconds = try options.integer("seconds", 20)
        rate = Double(try options.integer("rate", 1_000))
        batch = try options.integer("batch", 1_000)
        only = options.text("only")
        self.options = options
    }

    /// Rows that are there before others come in.
    private var rowsBefore: Int { base.rowCount - min(100_000, base.rowCount / 11) }

    func run() throws {
        try Measure.withDatabase(options) { path in
            if only != "measure" { try prepare(path) }
            if only != "prepare" { try measure(path) }
        }
    }

    private func prepare(_ path: String) throws {
        let table = try IndexedTable(path, dimension: base.dimension, metric: metric)
        defer { table.database.close() }
        guard try table.rowCount() == 0 else { return }
        let loading = ContinuousClock.now
        let rows = FileRows(base)
        try table.load(0..<rowsBefore) { try rows.vector($0) }
        let building = ContinuousClock.now
        try table.createIndex(using: "ivf")
        Measure.report([
            "what": "budget", "phase": "prepare", "data": name, "rows": rowsBefore,
            "dimension": base.dimension,
            "load_s": Measure.seconds(from: loading, to: building),
            "build_s": Measure.seconds(since: building),
            "disk_mb": Double(Measure.diskBytes(path)) / 1e6,
        ])
    }

    private func measure(_ path: String) throws {
        PageCache.drop(path + "/data.mdb")
        let watch = ResidentWatch()
        defer { watch.stop() }
        var opening = DatabaseOptions()
        opening.memoryBudget = try options.bytes("memory-budget")
        let table = try IndexedTable(
            path, dimension: base.dimension, metric: metric, options: opening)
        defer { table.database.close() }
        let rowCount = try table.rowCount()
        let statement = try table.database.prepare(table.search(k))

        let cold = try time(watch, statement, count: Self.coldQueries, seconds: nil)
        report("cold", cold.times, cold.taken)
        _ = try time(watch, statement, count: .max, seconds: Double(seconds) / 2)
        let steady = try time(watch, statement, count: .max, seconds: Double(seconds))
        report("steady", steady.times, steady.taken, [("recall", try recall(table))])

        let whole = try table.database.prepare(table.search(k, "WITH (exact)"))
        let scan = try time(watch, whole, count: 5, seconds: nil)
        report("full scan", scan.times, scan.taken)

        let coming = min(base.rowCount - rowCount, Int(rate) * seconds)
        guard coming > 0 else {
            return Measure.note("all rows of \(name) are in already: no ingest")
        }
        try ingest(table, watch, rowCount..<rowCount + coming)
    }

    private func ingest(_ table: IndexedTable, _ watch: ResidentWatch, _ rows: Range<Int>) throws {
        let source = FileRows(base)
        let queries = queries
        let searches = PacedSearches(table.database, table.search(k)) { turn in
            queries.vector(turn % queries.count)
        }
        var (times, elapsed) = ([Double](), 0.0)
        let taken = try watch.during {
            times = try searches.run {
                let start = ContinuousClock.now
                try table.ingest(rows, rate: rate, batch: batch, since: start) {
                    try source.vector($0)
                }
                elapsed = Measure.seconds(since: start)
            }
        }
        report(
            "ingest", times, taken,
            [
                ("rows_per_s", Double(rows.count) / elapsed), ("recall", try recall(table)),
            ])
    }

    // MARK: Measuring

    private func time(
        _ watch: ResidentWatch, _ statement: PreparedStatement, count: Int, seconds: Double?
    ) throws -> (times: [Double], taken: ResidentWatch.Taken) {
        var times: [Double] = []
        let began = ContinuousClock.now
        let taken = try watch.during {
            while times.count < count {
                if let seconds, Measure.seconds(since: began) > seconds { return }
                let vector = queries.vector(times.count % queries.count)
                let start = ContinuousClock.now
                _ = try statement.query(vector)
                times.append(Measure.seconds(since: start))
            }
        }
        return (times, taken)
    }

    /// The mean share of right answers, by distance, against exact searches that share passes.
    private func recall(_ table: IndexedTable) throws -> Double {
        let distance = "SELECT id, v \(table.sign) $1 AS d FROM t ORDER BY v \(table.sign) $1 "
        let exact = try table.database.prepare(distance + "LIMIT \(k) WITH (exact)")
        let found = try table.database.prepare(distance + "LIMIT \(k)")
        let vectors = (0..<min(Self.checkedQueries, queries.count)).map(queries.vector)
        let right = try exact.query(batch: vectors.map { [$0] })
        var (hits, count) = (0, 0)
        for (vector, right) in zip(vectors, right) {
            guard let last = right.last, case .double(let limit) = last[1] else { continue }
            count += right.count
            hits += try found.query(vector).count { row in
                if case .double(let found) = row[1] { return found <= limit }
                return false
            }
        }
        return Double(hits) / Double(max(1, count))
    }

    private func report(
        _ phase: String, _ times: [Double], _ taken: ResidentWatch.Taken,
        _ more: [(name: String, value: Double)] = []
    ) {
        let count = Double(max(1, times.count))
        var line = ReportLine()
        line.add("what", "budget")
        line.add("phase", phase)
        line.add("data", name)
        line.add("budget", options.text("memory-budget") ?? "none")
        line.add("queries", times.count)
        line.add("p50_ms", Measure.quantile(times, 0.5) * 1e3)
        line.add("p99_ms", Measure.quantile(times, 0.99) * 1e3)
        line.add("read_kb_per_query", Double(taken.readBytes) / 1_024 / count, digits: 1)
        line.add("faults_per_query", Double(taken.faults) / count, digits: 1)
        line.add("resident_mb", Double(taken.residentBytes) / 1_048_576, digits: 1)
        line.add("mapped_mb", Double(taken.mappedBytes) / 1_048_576, digits: 1)
        for (name, value) in more { line.add(name, value, digits: 4) }
        print(line)
    }
}

/// Rows of a file by their numbers, of which a piece at a time is in memory.
private final class FileRows {
    private let file: NPYFile
    private var piece: [Float] = []
    private var first = 0
    private static let pieceRows = 1_024

    init(_ file: NPYFile) { self.file = file }

    func vector(_ row: Int) throws -> [Float] {
        let dimension = file.dimension
        if !(first..<first + piece.count / dimension).contains(row) {
            first = row
            piece.removeAll(keepingCapacity: true)
            try file.read(row..<min(row + Self.pieceRows, file.rowCount), into: &piece)
        }
        let start = (row - first) * dimension
        return Array(piece[start..<start + dimension])
    }
}
