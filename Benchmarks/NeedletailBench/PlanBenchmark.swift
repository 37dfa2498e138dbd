import Needletail
import NeedletailCatalog
import NeedletailExecutor

/// What it takes to plan filtered searches: of texts that were never seen, and of prepared
/// statements, whose plan is kept and whose way is chosen when they run.
struct PlanBenchmark {
    /// A condition for the row-dependent number `n`, and the same with a parameter.
    private struct Predicate: Sendable {
        let name: String
        let text: @Sendable (Int) -> String
        let prepared: String
        let value: @Sendable (Int) -> any ValueConvertible
    }

    private let rows: Int
    private let dimension: Int
    private static let statements = 2_000

    init(_ options: Options) throws {
        rows = try options.integer("rows", 20_000)
        dimension = try options.integer("dimension", 64)
    }

    private static let predicates = [
        Predicate(
            name: "equality, included", text: { "lang = 'l\($0 % 50)'" }, prepared: "lang = $2",
            value: { "l\($0 % 50)" }),
        Predicate(
            name: "range, included", text: { "year >= \($0 % 100)" }, prepared: "year >= $2",
            value: { $0 % 100 }),
        Predicate(
            name: "range, ordered index", text: { "n < \($0 + 100)" }, prepared: "n < $2",
            value: { $0 % 64 + 100 }),
        Predicate(
            name: "equality, bitmap index", text: { "kind = \($0 % 20)" }, prepared: "kind = $2",
            value: { $0 % 20 }),
        Predicate(
            name: "IN of five", text: { "kind IN (\($0 % 7), 3, 5, 9, 11)" },
            prepared: "kind IN ($2, 3, 5, 9, 11)", value: { $0 % 7 }),
        Predicate(
            name: "array contains", text: { "tags @> ARRAY['t\($0 % 30)']" },
            prepared: "tags @> ARRAY[$2::text]", value: { "t\($0 % 30)" }),
        Predicate(
            name: "AND of four",
            text: { "lang <> 'l1' AND year >= 3 AND kind = \($0 % 20) AND n < 15000" },
            prepared: "lang <> 'l1' AND year >= 3 AND kind = $2 AND n < 15000",
            value: { $0 % 20 }),
    ]

    func run() throws {
        try Measure.withFolder { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try fill(database)
            for predicate in Self.predicates {
                let fresh = try fresh(predicate, database)
                let kept = try kept(predicate, database)
                Measure.report([
                    "what": predicate.name, "new_us": fresh.mean, "new_p99_us": fresh.p99,
                    "kept_us": kept.looking + kept.choosing, "looking_us": kept.looking,
                    "choosing_us": kept.choosing, "sampling_us": kept.sampling,
                    "nothing_passes_us": kept.empty,
                ])
            }
        }
    }

    private func fill(_ database: Database) throws {
        try database.execute(
            """
            CREATE TABLE t (id INT PRIMARY KEY, lang TEXT, year INT, n INT, kind INT, tags TEXT[],
                v vector(\(dimension)))
            """)
        var random = SplitMix64(seed: 7)
        let insert = try database.prepare(
            "INSERT INTO t VALUES ($1, 'l' || $1 % 50, $1 % 100, $1, $1 % 20, "
                + "ARRAY['t' || ($1 % 30)], $2)")
        try database.write { transaction in
            for row in 0..<rows {
                try transaction.execute(insert, row, Measure.vector(dimension, &random))
            }
        }
        try database.execute("CREATE INDEX t_n ON t (n)")
        try database.execute("CREATE INDEX t_kind ON t USING bitmap (kind)")
        try database.execute("CREATE INDEX t_tags ON t USING gin (tags)")
        try database.execute(
            "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) INCLUDE (lang, year)")
    }

    /// Reading, binding, planning and compiling texts that differ in a number.
    private func fresh(
        _ predicate: Predicate, _ database: Database
    ) throws -> (mean: Double, p99: Double) {
        let scope = try database.engine.readScope()
        defer { scope.close() }
        var seconds: [Double] = []
        for number in 0..<Self.statements {
            let text =
                "SELECT id FROM t WHERE \(predicate.text(number)) "
                + "ORDER BY v <-> $1 LIMIT \(10 + number)"
            let start = ContinuousClock.now
            _ = try database.engine.prepare(text).compiled(for: scope.catalog)
            seconds.append(Measure.seconds(since: start))
        }
        return (Measure.quantile(seconds, 0.5) * 1e6, Measure.quantile(seconds, 0.99) * 1e6)
    }

    /// Microseconds to find the plan of a prepared statement, to choose its way while it runs, and
    /// what the sample within that took; and a whole statement whose filter lets no row pass.
    private func kept(
        _ predicate: Predicate, _ database: Database
    ) throws -> (looking: Double, choosing: Double, sampling: Double, empty: Double) {
        let search = " ORDER BY v <-> $1 LIMIT 10"
        let sql = "SELECT id FROM t WHERE \(predicate.prepared)" + search
        var random = SplitMix64(seed: 11)
        let vectors = (0..<64).map { _ in Measure.vector(dimension, &random) }
        let text = try database.engine.prepare(sql)
        let scope = try database.engine.readScope()
        _ = try text.compiled(for: scope.catalog)
        let looking = try Measure.median(runs: 7) {
            for _ in 0..<Self.statements { _ = try text.compiled(for: scope.catalog) }
        }
        scope.close()
        // The sets of slots are made, and the ways between matches found, in the first rounds.
        var (choosing, sampling): ([Double], [Double]) = ([], [])
        let explained = try database.prepare("EXPLAIN (ANALYZE, FORMAT json) " + sql)
        for round in 0..<4 {
            for (number, vector) in vectors.enumerated() {
                let told = try explained.query(vector, predicate.value(number))
                guard round > 0, let plan = told.first?[0] else { continue }
                choosing.append(
                    Self.sum("Finding Time", in: plan) + Self.sum("Choosing Time", in: plan))
                sampling.append(Self.sum("Sampling Time", in: plan))
            }
        }
        let none = try database.prepare(
            "SELECT id FROM t WHERE \(predicate.prepared) AND year < 0" + search)
        let empty = try Measure.median(runs: 7) {
            for number in 0..<Self.statements {
                _ = try none.query(vectors[number % 64], predicate.value(number % 64))
            }
        }
        let each = 1e6 / Double(Self.statements)
        return (
            looking * each, Measure.quantile(choosing, 0.5) * 1e3,
            Measure.quantile(sampling, 0.5) * 1e3, empty * each
        )
    }

    /// The sum of the numbers called `name` in a plan.
    private static func sum(_ name: String, in value: Value) -> Double {
        guard case .json(let json) = value else { return 0 }
        return sum(name, json)
    }

    private static func sum(_ name: String, _ json: JSON) -> Double {
        switch json {
        case .array(let elements): elements.reduce(0) { $0 + sum(name, $1) }
        case .object(let object):
            object.members.reduce(0) { total, member in
                if member.key == name, case .double(let number) = member.value {
                    return total + number
                }
                return total + sum(name, member.value)
            }
        default: 0
        }
    }
}
