import Foundation
import Needletail
import NeedletailExecutor
import Testing

/// What statistics are shown, waited for and used for.
@Suite struct StatisticsUseTests {
    /// `a` has another value in every row, `b` two, and `c` is nearly always 1. So few rows that
    /// nobody gathers statistics unasked.
    private static func make(_ path: String, rows: Int) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c INT, d INT, body TEXT)")
        try database.execute(
            """
            INSERT INTO t SELECT g, g % 1000, g % 2, CASE WHEN g % 100 = 0 THEN 2 ELSE 1 END, g,
                'text ' || g FROM generate_series(1, $1::bigint) AS s(g)
            """, rows)
        for column in ["b", "a", "c", "d"] {
            try database.execute("CREATE INDEX t_\(column) ON t (\(column))")
        }
        return database
    }

    private static func plan(
        _ database: Database, _ sql: String
    ) throws -> [String] {
        try database.query("EXPLAIN (COSTS off) " + sql).map { row in
            if case .text(let line) = row[0] { return line }
            return ""
        }
    }

    @Test("without a table SHOW STATISTICS lists those of all, the table in front")
    func all() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 50)
            try database.execute("CREATE TABLE empty (id INT)")
            try database.execute("ANALYZE t")
            let shown = try database.query("SHOW STATISTICS")
            #expect(shown.columns.map(\.name).prefix(3) == ["table", "column", "nulls"])
            var parts: [[Value]] = []
            for table in ["empty", "t"] {
                parts += try database.query("SHOW STATISTICS FOR \(table)").map {
                    [.text(table), $0[0]]
                }
            }
            #expect(shown.map { [$0[0], $0[1]] } == parts)
            #expect(shown[0]["nulls"] == .null && shown[2]["nulls"] == .double(0))
            #expect(shown.columns.count == 11)
            let error = #expect(throws: DatabaseError.self) {
                try database.query("SHOW STATISTICS FOR nowhere")
            }
            #expect(error?.code == .undefinedTable)
        }
    }

    @Test("the index that finds the fewest rows is taken once statistics are there")
    func choice() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 450)
            let sql = "SELECT sum(d) FROM t WHERE b = 1 AND a = 7 AND c = 1"
            let prepared = try database.prepare(sql)
            let before = try prepared.query()
            #expect(before.summary.plan == "index(t_b)" && before.summary.visited == 225)
            try database.execute("ANALYZE t")
            let after = try prepared.query()
            #expect(after.summary.plan == "index(t_a)" && after.summary.visited == 1)
            #expect(after[0][0] == before[0][0])
            #expect(try Self.plan(database, sql)[1].contains("Index Scan using t_a on t"))
        }
    }

    @Test("an index that would find most of the table is left alone, and a rare value is looked up")
    func most() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 450)
            try database.execute("ANALYZE t")
            let common = "SELECT sum(d) FROM t WHERE c = 1"
            #expect(try Self.plan(database, common)[1].contains("Seq Scan on t"))
            let rare = "SELECT sum(d) FROM t WHERE c = 2"
            #expect(try Self.plan(database, rare)[1].contains("Index Scan using t_c"))
            #expect(try database.query(common)[0][0] == .int(100_475))
            #expect(try database.query(rare)[0][0] == .int(1_000))
            // The order of the index is wanted.
            #expect(
                try Self.plan(database, "SELECT id FROM t WHERE d > 10 ORDER BY d LIMIT 3")[1]
                    .contains("Index Scan using t_d"))
            // The first ten by their keys are soon met.
            #expect(
                try Self.plan(database, "SELECT id FROM t WHERE c = 1 LIMIT 10")[1]
                    .contains("Index Scan using t_pkey"))
            #expect(
                try Self.plan(database, "UPDATE t SET d = 0 WHERE c = 1")[1].contains("Seq Scan"))
            #expect(
                try Self.plan(database, "DELETE FROM t WHERE c = 2")[1].contains("using t_c"))
            try database.execute("DELETE FROM t WHERE c = 1")
            #expect(try database.query("SELECT count(id) FROM t")[0][0] == .int(4))
        }
    }

    @Test("whatever is known, answers are the same")
    func answers() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 450)
            var random = SplitMix64(seed: Seeded.seed)
            func conditions() -> [String] {
                (0..<40).map { _ in
                    let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        let column = ["a", "b", "c", "d"].randomElement(using: &random) ?? "a"
                        let sign = ["=", "<", ">=", "<>"].randomElement(using: &random) ?? "="
                        return "\(column) \(sign) \(Int.random(in: 0..<1_200, using: &random) % 7)"
                    }
                    return parts.joined(separator: " AND ")
                }
            }
            let all = conditions()
            func answers() throws -> [[[Value]]] {
                try all.flatMap { condition in
                    try [
                        "SELECT id FROM t WHERE \(condition) ORDER BY id",
                        "SELECT id FROM t WHERE \(condition) LIMIT 7",
                        "SELECT count(*) FROM t WHERE \(condition)",
                        "SELECT id FROM t WHERE \(condition) ORDER BY d DESC LIMIT 5",
                    ].map { try database.query($0).rows.map { [$0[0]] } }
                }
            }
            let before = try answers()
            try database.execute("ANALYZE")
            #expect(try answers() == before, "seed \(Seeded.seed)")
        }
    }

    @Test("ANALYZE tells how far it is, and ends when it is cancelled with nothing kept")
    func cancelling() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 20_000)
            let session = database.session()
            defer { session.close() }
            let done = try session.start("ANALYZE t", parameters: .none, input: nil)
            #expect(done.progress.fraction == nil)
            #expect(try done.next() == nil)
            #expect(done.progress.fraction == 1)
            try database.execute("CREATE TABLE u (id INT)")
            try database.execute("INSERT INTO u SELECT * FROM generate_series(1, 100)")
            let stopped = try session.start("ANALYZE u", parameters: .none, input: nil)
            session.cancel()
            let error = #expect(throws: DatabaseError.self) { try stopped.next() }
            #expect(error?.code == .queryCanceled)
            #expect(try database.query("SHOW STATISTICS FOR u")[0]["nulls"] == .null)
            // The session goes on.
            #expect(try session.start("ANALYZE u", parameters: .none, input: nil).next() == nil)
            #expect(try database.query("SHOW STATISTICS FOR u")[0]["nulls"] == .double(0))
        }
    }
}
