import Foundation
import Needletail
import Testing

/// Plain `EXPLAIN` of filtered searches: the way that will be taken, and those that will not.
@Suite struct ExplainChoiceTests {
    private static func make(_ path: String, rows: Int) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            """
            CREATE TABLE t (id INT PRIMARY KEY, kind INT, year INT, other INT,
                v vector(\(IndexFixture.dimension)))
            """)
        var random = SplitMix64(seed: Seeded.seed)
        let insert = try database.prepare("INSERT INTO t VALUES ($1, $2, $3, $4, $5)")
        try database.write { transaction in
            for id in 0..<rows {
                try transaction.execute(
                    insert, id, id % 200, id % 100, id % 2, IndexFixture.vector(&random))
            }
        }
        try database.execute("CREATE INDEX t_kind ON t USING bitmap (kind)")
        try database.execute(
            "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) INCLUDE (year) WITH (m = 8)")
        return database
    }

    private static let zeros = [Float](repeating: 0, count: IndexFixture.dimension)

    private static func lines(
        _ database: Database, _ filter: String, _ options: String = "", explain: String = "EXPLAIN"
    ) throws -> String {
        let vector = "'[\(zeros.map { "\($0)" }.joined(separator: ","))]'"
        return try database.query(
            "\(explain) SELECT id FROM t WHERE \(filter) "
                + "ORDER BY v <-> \(vector) LIMIT 5 \(options)"
        ).map { row in
            if case .text(let line) = row[0] { return line }
            return ""
        }.joined(separator: "\n")
    }

    @Test("known matches are exact, and every rejected way has a cost and a reason")
    func known() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 4_000)
            let few = try Self.lines(database, "kind = 7")
            #expect(few.contains("Strategy: exact over matches  (matches 20 of 4,000 exact, cost "))
            #expect(few.contains("Set of Slots: kept"))
            let words = ["in-walk", "post-filter", "exact over all rows"]
            for rejected in words {
                let pattern = #" \(cost [0-9,]+ us: [^()]+(\([^)]*\))?[^()]*\)"#
                #expect(
                    few.range(of: rejected + pattern, options: .regularExpression) != nil,
                    "\(few)")
            }
            let walked = try Self.lines(database, "year < 95", "WITH (filter = in)")
            #expect(walked.contains("Strategy: in-walk  (matches 3,800 of 4,000 exact"))
            #expect(walked.contains("WITH (filter = in) asks for a walk"), "\(walked)")
            let compared = try Self.lines(database, "year < 95", "WITH (filter = pre)")
            #expect(compared.contains("Strategy: exact over matches  (matches 3,800 of"))
            #expect(compared.contains("WITH (filter = pre) asks for all matches"))
            #expect(try Self.lines(database, "kind = 999").contains("no row passes"))
            let plain = try Self.lines(database, "kind = 7", explain: "EXPLAIN (COSTS off)")
            #expect(plain.contains("Strategy: exact over matches  (matches 20 of 4,000 exact)"))
            #expect(!plain.contains("cost"), "\(plain)")
        }
    }

    @Test("what nothing knows is estimated, and a subquery is not run")
    func unknown() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 20_000)
            let half = try Self.lines(database, "other = 1")
            #expect(half.contains("Strategy: post-filter  (matches about "), "\(half)")
            #expect(half.contains(" of 20,000 estimated by a sample, cost "), "\(half)")
            #expect(half.contains("would have to be read to know the matches"), "\(half)")
            let query = try Self.lines(database, "id IN (SELECT 1 / 0)")
            #expect(query.contains("estimated by statistics"), "\(query)")
            #expect(query.contains("Set of Slots: made when the subquery has run"))
            let forced = try Self.lines(database, "kind = 7", "WITH (filter = post)")
            #expect(forced.contains("Strategy: post-filter"))
            #expect(forced.contains("WITH (filter = post) tests candidates"))
        }
    }

    @Test("parameters without values are told, and those that are given are used")
    func parameters() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 2_000)
            let sql = "SELECT id FROM t WHERE kind = $1 ORDER BY v <-> $2 LIMIT $3"
            func text(_ rows: ResultSet) -> String {
                rows.map { "\($0[0])" }.joined(separator: "\n")
            }
            let open = text(try database.query("EXPLAIN " + sql))
            #expect(open.contains("estimated by statistics"), "\(open)")
            #expect(open.contains("Parameters: given no values"), "\(open)")
            let bound = text(try database.query("EXPLAIN " + sql, 3, Self.zeros, 5))
            #expect(bound.contains("matches 10 of 2,000 exact"), "\(bound)")
            #expect(!bound.contains("Parameters"))
            let scan = text(try database.query("EXPLAIN SELECT id FROM t WHERE kind = :kind"))
            #expect(scan.contains("Parameters: given no values"))
            #expect(throws: DatabaseError.self) { try database.query("EXPLAIN " + sql, 3) }
            #expect(throws: DatabaseError.self) { try database.query("EXPLAIN ANALYZE " + sql) }
        }
    }

    @Test("searches without a filter, without an index, or run more than once have an account too")
    func others() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 2_000)
            func told(_ sql: String, _ vector: [Float]? = nil) throws -> String {
                let rows = try vector.map { try database.query(sql, $0) } ?? database.query(sql)
                return rows.map { "\($0[0])" }.joined(separator: "\n")
            }
            let near = "ORDER BY v <-> $1 LIMIT 5"
            for explain in ["EXPLAIN", "EXPLAIN ANALYZE"] {
                let plain = try told("\(explain) SELECT id FROM t \(near)", Self.zeros)
                #expect(plain.contains("Strategy: walk  (cost "), "\(plain)")
                #expect(plain.contains("Rejected: exact over all rows (cost "), "\(plain)")
                #expect(!plain.contains("Chosen In"), "\(plain)")
            }
            // Whose query is known only beside a row.
            let beside = try told(
                """
                EXPLAIN ANALYZE SELECT n.id FROM t q CROSS JOIN LATERAL (
                    SELECT id FROM t WHERE year < 90 \(near.replacing("$1", with: "q.v"))) n
                WHERE q.id < 3
                """)
            #expect(beside.contains("(matches 1,800 of 2,000 exact, cost "), "\(beside)")
            #expect(beside.contains("Rejected: "), "\(beside)")
            let spread = try told(
                "EXPLAIN SELECT id FROM t ORDER BY v <-> $1 LIMIT 1 BY year LIMIT 5", Self.zeros)
            #expect(spread.contains("Strategy: "), "\(spread)")
            let reasons = [
                ("ORDER BY v <=> $1 LIMIT 5", "no vector index on t (v) for <=>"),
                (near + " WITH (exact)", "WITH (exact) compares every row"),
                ("ORDER BY v <-> $1, year LIMIT 5", "ordered by the distance alone"),
                ("ORDER BY v <-> $1", "it finds the nearest rows of a LIMIT"),
            ]
            for (order, reason) in reasons {
                let answer = try told("EXPLAIN SELECT id FROM t \(order)", Self.zeros)
                #expect(answer.contains("Strategy: exact over all rows"), "\(answer)")
                #expect(answer.contains(reason), "\(answer)")
            }
        }
    }

    @Test("JSON has the strategy, exact matches and the rejected ways as members")
    func json() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 2_000)
            let sql = "SELECT id FROM t WHERE kind = 3 ORDER BY v <-> $1 LIMIT 5"
            let told = try database.query("EXPLAIN (FORMAT json) " + sql, Self.zeros)
            guard case .json(.array(let plans)) = told[0][0], case .object(let root)? = plans.first,
                case .array(let below)? = root["Plans"], case .object(let search)? = below.first,
                case .array(let rejected)? = search["Rejected"]
            else {
                Issue.record("\(told)")
                return
            }
            #expect(search["Strategy"] == .string("exact over matches"))
            #expect(search["Matches"] == .int(10) && search["Matches Are Exact"] == .bool(true))
            #expect(rejected.count == 3)
            for one in rejected {
                guard case .object(let members) = one else { continue }
                #expect(members["Reason"] != nil && members["Cost Microseconds"] != nil)
            }
            #expect(root["Planning Time"] == nil && root["Execution Time"] == nil)
            let analyzed = try database.query(
                "EXPLAIN (ANALYZE, FORMAT json) " + sql, Self.zeros)
            guard case .json(.array(let ran)) = analyzed[0][0], case .object(let top)? = ran.first
            else { return }
            guard case .double(let planning)? = top["Planning Time"],
                case .int(let pages)? = top["Pages Touched"]
            else {
                Issue.record("\(top)")
                return
            }
            #expect(planning > 0 && pages > 0)
        }
    }

    @Test("a writer's own rows are counted, and its transaction is where they stay")
    func transactions() throws {
        try TemporaryFolder.with { folder in
            struct Undo: Error {}
            let database = try Self.make(folder + "/db", rows: 2_000)
            try? database.write { transaction in
                try transaction.execute("UPDATE t SET kind = 7 WHERE kind = 8")
                let told = try transaction.query(
                    "EXPLAIN SELECT id FROM t WHERE kind = 7 ORDER BY v <-> $1 LIMIT 5", Self.zeros)
                #expect("\(told.rows)".contains("matches 20 of 2,000 exact"))
                throw Undo()
            }
            #expect(try Self.lines(database, "kind = 7").contains("matches 10 of 2,000 exact"))
        }
    }

    @Test("pages are counted once, more are touched by more work, and (SUMMARY off) hides times")
    func pages() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 4_000)
            func pages(_ filter: String) throws -> Int {
                let text = try Self.lines(database, filter, explain: "EXPLAIN ANALYZE")
                let line = text.split(separator: "\n").first { $0.hasPrefix("Pages Touched: ") }
                return Int(line?.filter(\.isNumber) ?? "") ?? 0
            }
            let (few, many) = (try pages("kind = 7"), try pages("year < 50"))
            #expect(few > 0 && many > few, "\(few) \(many)")
            #expect(try pages("kind = 7") <= few)
            // Every record, code and vector of the table, and as much again.
            #expect(many < 4_000 * 300 / 4_096 * 2)
            let quiet = try Self.lines(
                database, "kind = 7", explain: "EXPLAIN (ANALYZE, SUMMARY off)")
            #expect(!quiet.contains("Planning Time") && !quiet.contains("Execution Time"))
            #expect(quiet.contains("Chosen In: "), "\(quiet)")
        }
    }
}
