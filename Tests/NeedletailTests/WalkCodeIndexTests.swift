import Needletail
import Testing

/// Indexes of every operator class and on every kind of codes, against comparing every row.
@Suite struct WalkCodeIndexTests {
    /// A column and an index on it.
    struct Form: CustomTestStringConvertible {
        let type: String
        let operators: String
        let sign: String
        let codes: String

        var testDescription: String { "\(operators), codes = '\(codes)'" }

        static let all: [Form] =
            ["vector", "halfvec"].flatMap { type in
                [("l2", "<->"), ("ip", "<#>"), ("cosine", "<=>"), ("l1", "<+>")].flatMap {
                    name, sign in
                    (name == "l1" ? ["auto", "f32", "f16"] : ["f32", "f16", "int4", "bit"]).map {
                        Form(type: type, operators: "\(type)_\(name)_ops", sign: sign, codes: $0)
                    }
                }
            } + [
                Form(type: "bit", operators: "bit_hamming_ops", sign: "<~>", codes: "auto"),
                Form(type: "bit", operators: "bit_jaccard_ops", sign: "<%>", codes: "bit"),
            ]
    }

    private static let dimension = 48
    private static let queries = 100

    /// Vectors around a few centres, as text: the form that every type of column reads.
    private struct Source {
        private var random: SplitMix64
        private let centers: [[Float]]
        private let isBits: Bool

        init(_ form: Form, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            centers = (0..<20).map { _ in
                (0..<WalkCodeIndexTests.dimension).map { _ in
                    Float.random(in: -1...1, using: &random)
                }
            }
            self.random = random
            isBits = form.type == "bit"
        }

        mutating func next() -> String {
            let center = centers[Int.random(in: 0..<centers.count, using: &random)]
            let vector = center.map { $0 + Float.random(in: -0.4...0.4, using: &random) }
            if isBits { return vector.map { $0 > 0 ? "1" : "0" }.joined() }
            return "\(vector)"
        }
    }

    @Test("the default contract holds after build, changes and rebuild", arguments: Form.all)
    func recall(form: Form) throws {
        try TemporaryFolder.with { folder in
            var source = Source(form, seed: 21)
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            let cast = "\(form.type)(\(Self.dimension))"
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v \(cast))")
            func insert(_ ids: Range<Int>) throws {
                try database.write { transaction in
                    for id in ids {
                        try transaction.execute(
                            "INSERT INTO t VALUES ($1, $2::text::\(cast))", id, source.next())
                    }
                }
            }
            try insert(0..<2_000)
            try database.execute(
                "CREATE INDEX t_v ON t USING hnsw (v \(form.operators)) "
                    + "WITH (m = 8, codes = '\(form.codes)')")
            func check(_ event: String) throws {
                let share = try Self.recall(database, form, cast, &source)
                print("recall after \(event), \(form.testDescription): \(share)")
                #expect(share >= 0.95, "after \(event)")
            }
            try check("build")
            try database.execute("DELETE FROM t WHERE id % 4 = 0")
            try insert(2_000..<2_200)
            try check("changes")
            try database.execute("REINDEX INDEX t_v")
            try check("rebuild")
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    private static func recall(
        _ database: Database, _ form: Form, _ cast: String, _ source: inout Source
    ) throws -> Double {
        var (hits, walks) = (0, 0)
        for _ in 0..<queries {
            let distance = "v \(form.sign) $1::text::\(cast)"
            let sql = "SELECT id, \(distance) AS d FROM t ORDER BY \(distance) LIMIT 10"
            let vector = source.next()
            let found = try database.query(sql, vector)
            if found.summary.plan?.hasPrefix("hnsw(t_v) ef=") == true { walks += 1 }
            let exact = try database.query(sql + " WITH (exact)", vector)
            guard case .double(let limit) = exact[9][1] else { continue }
            hits += found.count { row in
                if case .double(let found) = row[1] { return found <= limit }
                return false
            }
            let all = try database.query(sql + " WITH (ef_search = 1000)", vector)
            #expect(all.summary.plan?.hasPrefix("hnsw(t_v) ef=") == true)
            #expect(all.count == 10)
        }
        #expect(walks == queries, "the index serves the statement")
        return Double(hits) / Double(10 * queries)
    }
}
