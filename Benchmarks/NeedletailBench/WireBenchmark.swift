import Needletail
import NeedletailClient
import NeedletailText

/// The same prepared search in this process and through a server on the same machine and data: what
/// the wire adds to one, and what a pipeline leaves of the rate.
struct WireBenchmark {
    private let data: BenchmarkData
    private let options: Options
    /// Of the embeddings for whose queries base64 is weighed.
    private static let wideDimension = 1_536
    private static let wideRows = 5_000

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        self.options = options
    }

    func run() throws {
        try Measure.withDatabase(options) { path in
            let (queries, k) = (data.queries, data.k)
            let (table, _, _) = try IndexedTable.prepared(path, data.base, metric: data.metric)
            let wide = try Self.makeWideTable(table.database)
            let sql = table.search(k)
            let sets = (0..<queries.count).map {
                Parameters.positional([.vector(queries.vector($0))])
            }
            let rounds = max(1, 4_000 / max(1, queries.count))
            let embedded = try measureEmbedded(table.database, sql, rounds)
            table.database.close()

            let server = try WireServer(path: path)
            defer { server.stop() }
            let session = try RemoteSession.connect(url: server.address)
            let remote = try Self.times(rounds, sets) { set in try Self.ask(session, sql, set) }
            let pipelined = try Self.rate(rounds, sets.count) {
                _ = try session.pipeline(sql, sets)
            }
            let small = try Self.times(2_000, [Parameters.none]) { set in
                try Self.ask(session, "SELECT 1", set)
            }
            let wideSQL = "SELECT id FROM wire_wide ORDER BY v <=> $1 LIMIT \(k)"
            let wideTimes = try Self.times(500, wide) { set in
                try Self.ask(session, wideSQL, set)
            }
            session.close()
            report(embedded, remote, pipelined, small, wideTimes, Self.base64Microseconds(wide))
        }
    }

    private func report(
        _ embedded: [Double], _ remote: [Double], _ pipelined: Double, _ small: [Double],
        _ wide: [Double], _ base64: Double
    ) {
        let rate = Double(embedded.count) / embedded.reduce(0, +)
        let here = Measure.quantile(embedded, 0.5) * 1e6
        let there = Measure.quantile(remote, 0.5) * 1e6
        let wideMedian = Measure.quantile(wide, 0.5) * 1e6
        var line = ReportLine()
        line.add("what", "wire")
        line.add("data", data.name)
        line.add("rows", data.base.count)
        line.add("k", data.k)
        line.add("embedded_p50_us", here, digits: 1)
        line.add("embedded_p99_us", Measure.quantile(embedded, 0.99) * 1e6, digits: 1)
        line.add("embedded_qps", rate, digits: 0)
        line.add("tcp_p50_us", there, digits: 1)
        line.add("tcp_p99_us", Measure.quantile(remote, 0.99) * 1e6, digits: 1)
        line.add("wire_adds_p50_us", there - here, digits: 1)
        line.add("pipelined_qps", pipelined, digits: 0)
        line.add("pipelined_share", pipelined / rate)
        line.add("select_1_p50_us", Measure.quantile(small, 0.5) * 1e6, digits: 1)
        line.add("wide_p50_us", wideMedian, digits: 1)
        line.add("base64_us", base64, digits: 2)
        line.add("base64_share", base64 / wideMedian)
        print(line)
    }

    private func measureEmbedded(
        _ database: Database, _ sql: String, _ rounds: Int
    ) throws -> [Double] {
        let statement = try database.prepare(sql)
        let vectors = (0..<data.queries.count).map(data.queries.vector)
        return try Self.times(rounds, vectors) { vector in _ = try statement.query(vector) }
    }

    /// Seconds that each call of `ask` took, after one round that does not count.
    private static func times<Question>(
        _ rounds: Int, _ questions: [Question], _ ask: (Question) throws -> Void
    ) throws -> [Double] {
        for question in questions { try ask(question) }
        var times: [Double] = []
        for _ in 0..<rounds {
            for question in questions {
                let start = ContinuousClock.now
                try ask(question)
                times.append(Measure.seconds(since: start))
            }
        }
        return times
    }

    /// Questions a second.
    private static func rate(
        _ rounds: Int, _ count: Int, _ ask: () throws -> Void
    ) throws -> Double {
        try ask()
        let start = ContinuousClock.now
        for _ in 0..<rounds { try ask() }
        return Double(rounds * count) / Measure.seconds(since: start)
    }

    private static func ask(
        _ session: RemoteSession, _ sql: String, _ parameters: Parameters
    ) throws {
        let statement = try session.start(sql, parameters: parameters, input: nil)
        while try statement.next() != nil {}
    }

    /// A table of wide vectors, made where there is none; returns questions for it.
    private static func makeWideTable(_ database: Database) throws -> [Parameters] {
        var random = SplitMix64(seed: 11)
        let count = try database.query("SHOW TABLES").count { $0["name"] == .text("wire_wide") }
        if count == 0 {
            try database.execute(
                "CREATE TABLE wire_wide (id INT PRIMARY KEY, v vector(\(wideDimension)))")
            let insert = try database.prepare("INSERT INTO wire_wide VALUES ($1, $2)")
            try database.write { transaction in
                for row in 0..<wideRows {
                    try transaction.execute(insert, row, Measure.vector(wideDimension, &random))
                }
            }
            try database.execute(
                "CREATE INDEX wire_wide_v ON wire_wide USING hnsw (v vector_cosine_ops)")
        }
        return (0..<8).map { _ in
            .positional([.vector(Measure.vector(wideDimension, &random))])
        }
    }

    /// What a wide vector costs to be written as base64 and read again.
    private static func base64Microseconds(_ sets: [Parameters]) -> Double {
        guard case .positional(let values)? = sets.first, case .vector(let vector)? = values.first
        else { return 0 }
        let bytes = vector.withUnsafeBytes { Array($0) }
        let rounds = 2_000
        var total = 0
        let start = ContinuousClock.now
        for _ in 0..<rounds {
            let text = Base64.encode(bytes)
            total += (try? Base64.decode(text))?.count ?? 0
        }
        let seconds = Measure.seconds(since: start)
        precondition(total == rounds * bytes.count, "base64 reads back what it wrote")
        return seconds / Double(rounds) * 1e6
    }
}
