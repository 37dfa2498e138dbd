import Needletail
import NeedletailCore
import Synchronization

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
        let searches = PacedSearches(table, base, rows: max(1, rows.lowerBound))
        let idle = try searches.run { Measure.sleep(milliseconds: 3_000) }
        var (seconds, lag) = (0.0, 0)
        let busy = try searches.run {
            let start = ContinuousClock.now
            try ingest(table, rows, rate, since: start)
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

    private func ingest(
        _ table: IndexedTable, _ rows: Range<Int>, _ rate: Double?,
        since start: ContinuousClock.Instant
    ) throws {
        var first = rows.lowerBound
        while first < rows.upperBound {
            let end = min(first + batch, rows.upperBound)
            try table.load(base, first..<end, batch: batch)
            if let rate {
                let due = Double(end - rows.lowerBound) / rate
                let early = due - Measure.seconds(since: start)
                if early > 0 { Measure.sleep(milliseconds: Int(early * 1e3)) }
            }
            first = end
        }
    }
}

/// Searches on a thread of their own, one every few milliseconds, each timed.
private struct PacedSearches {
    private let table: IndexedTable
    private let base: VectorFileData
    private let rows: Int

    init(_ table: IndexedTable, _ base: VectorFileData, rows: Int) {
        self.table = table
        self.base = base
        self.rows = rows
    }

    private final class Shared: Sendable {
        let isOver = Atomic<Bool>(false)
        let result = Mutex<Result<[Double], DatabaseError>?>(nil)
    }

    /// The seconds of each search made while `body` ran.
    func run(_ body: () throws -> Void) throws -> [Double] {
        let shared = Shared()
        let (database, base, rows) = (table.database, base, rows)
        let sql = table.search(10)
        let started = DetachedThread.start {
            var times: [Double] = []
            do throws(DatabaseError) {
                let statement = try database.prepare(sql)
                var turn = 0
                while !shared.isOver.load(ordering: .acquiring) {
                    // Near a row, and no row itself.
                    var vector = base.vector((turn &* 7_919) % rows)
                    let other = base.vector((turn &* 104_729 + 1) % rows)
                    for place in vector.indices { vector[place] += other[place] / 8 }
                    let start = ContinuousClock.now
                    _ = try statement.query(vector)
                    times.append(Measure.seconds(since: start))
                    turn += 1
                    Measure.sleep(milliseconds: 2)
                }
                let all = times
                shared.result.withLock { $0 = .success(all) }
            } catch {
                shared.result.withLock { $0 = .failure(error) }
            }
        }
        guard started == 0 else {
            throw DatabaseError(.internalError, "no thread for searches")
        }
        do {
            try body()
        } catch {
            shared.isOver.store(true, ordering: .releasing)
            throw error
        }
        shared.isOver.store(true, ordering: .releasing)
        while true {
            if let result = shared.result.withLock({ $0 }) { return try result.get() }
            Measure.sleep(milliseconds: 1)
        }
    }
}
