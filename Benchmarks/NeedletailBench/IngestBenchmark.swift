import Needletail

/// Durable rows a second into a table with an index, and how searches fare meanwhile.
///
/// The last eleventh of the rows, at most 100,000, is what comes in, and as many for each further
/// rate; the others are there before.
struct IngestBenchmark {
    private let base: VectorFileData
    private let name: String
    private let batch: Int
    /// Rows a second, one rate after the other; `nil` for as many as there can be.
    private let rates: [Double?]
    private let options: Options

    init(_ options: Options) throws {
        (base, name) = try BenchmarkData.base(options)
        batch = try options.integer("batch", 1_000)
        let rates = try options.integers("rate").map { Double($0) as Double? }
        self.rates = rates.isEmpty ? [nil] : rates
        self.options = options
    }

    func run() throws {
        let share = base.count / (10 + rates.count)
        let coming = min(100_000, max(min(batch, base.count / rates.count), share))
        let there = base.count - coming * rates.count
        try Measure.withDatabase(options) { path in
            let table = try IndexedTable.prepared(path, base, metric: .l2, count: there).table
            defer { table.database.close() }
            for (place, rate) in rates.enumerated() {
                let first = there + place * coming
                try measure(table, first..<first + coming, rate)
            }
        }
    }

    private func measure(_ table: IndexedTable, _ rows: Range<Int>, _ rate: Double?) throws {
        let base = base
        let known = max(1, rows.lowerBound)
        let searches = PacedSearches(table.database, table.search(10)) { turn in
            // Near a row, and no row itself.
            var vector = base.vector((turn &* 7_919) % known)
            let other = base.vector((turn &* 104_729 + 1) % known)
            for place in vector.indices { vector[place] += other[place] / 8 }
            return vector
        }
        let idle = try searches.run { Measure.sleep(milliseconds: 3_000) }
        var (seconds, lag) = (0.0, 0)
        let busy = try searches.run {
            let start = ContinuousClock.now
            try table.ingest(rows, rate: rate, batch: batch, since: start, base.vector)
            seconds = Measure.seconds(since: start)
            lag = try table.index("tail")
        }
        let settling = ContinuousClock.now
        try table.settle(seconds: 600)
        Measure.report([
            "what": "ingest", "data": name, "onto": rows.lowerBound, "rows": rows.count,
            "batch": batch, "rate": rate ?? 0, "rows_per_s": Double(rows.count) / seconds,
            "lag_rows": lag, "lag_s": Measure.seconds(since: settling),
            "idle_p50_us": Measure.quantile(idle, 0.5) * 1e6,
            "idle_p99_us": Measure.quantile(idle, 0.99) * 1e6,
            "busy_p50_us": Measure.quantile(busy, 0.5) * 1e6,
            "busy_p99_us": Measure.quantile(busy, 0.99) * 1e6, "searches": busy.count,
            "segments": try table.index("segments"),
        ])
    }
}
