import Foundation
import Needletail
import Testing

/// `EXPLAIN (ANALYZE, RECALL)`, and what a summary says of how an answer came about.
@Suite struct ExplainTests {
    /// Rows `(id, v)` on a line, in the order in which they come into the table.
    private static func line(
        _ path: String, _ rows: KeyValuePairs<Int, Float>
    ) throws -> Database {
        let database = try Database.open(path)
        try database.execute("CREATE TABLE t (id INT PRIMARY KEY, tag INT, v vector(1))")
        for (id, place) in rows {
            try database.execute("INSERT INTO t VALUES ($1, $2, $3)", id, id % 2, [place])
        }
        return database
    }

    /// Lines of a plan, with every time as `?`.
    private static func lines(_ database: Database, _ sql: String) throws -> [String] {
        try database.query(sql).map { row in
            guard case .text(let text) = row[0] else { return "" }
            return text.replacingOccurrences(
                of: #"[0-9.]+ ms"#, with: "? ms", options: .regularExpression
            ).replacingOccurrences(
                of: #"^Pages Touched: [0-9]+$"#, with: "Pages Touched: ?",
                options: .regularExpression)
        }
    }

    @Test("recall counts what was found, and names what was missed with its rank")
    func recall() throws {
        try TemporaryFolder.with { folder in
            // Distances from 0 by the order of arrival: 5, 1, 9, 2, 0, 1. After three rows the
            // answer is 2, 1, 3; the true one is 5, 2, 6.
            let database = try Self.line(
                folder + "/db", [1: 5, 2: 1, 3: 9, 4: 2, 5: 0, 6: 1])
            #expect(
                try Self.lines(
                    database,
                    "EXPLAIN (ANALYZE, RECALL) SELECT id FROM t ORDER BY v <-> '[0]' LIMIT 3 "
                        + "WITH (max_visited = 3)") == [
                        "Limit  (rows=3)  "
                            + "(rows=~3 actual rows=3 visited=3 distances=3 time=? ms)",
                        "  ->  Exact Search on t using L2 (v)  "
                            + "(rows=~3 actual rows=3 visited=3 distances=3 time=? ms)",
                        "        Order By: (v <-> '[0]')",
                        "        Strategy: exact over all rows  (cost under 1 us)",
                        "        Rejected: walk (no vector index on t (v) for <->)",
                        "Cut Short: max_visited",
                        "Recall@3: 0.333 (1 of 3; exact over 6 matching rows)",
                        "Missed: id = 5 at distance 0, rank 1",
                        "Missed: id = 6 at distance 1, rank 3",
                        "Exact Check Time: ? ms, not included below",
                        "Pages Touched: ?",
                        "Planning Time: ? ms",
                        "Execution Time: ? ms",
                    ])
            #expect(
                try Self.lines(
                    database,
                    "EXPLAIN (ANALYZE, RECALL) SELECT id FROM t WHERE tag = 0 "
                        + "ORDER BY v <-> '[0]' LIMIT 3") == [
                        "Limit  (rows=3)  "
                            + "(rows=~1 actual rows=3 visited=6 distances=6 time=? ms)",
                        "  ->  Exact Search on t using L2 (v)  "
                            + "(rows=~1 actual rows=3 visited=6 distances=6 time=? ms)",
                        "        Order By: (v <-> '[0]')",
                        "        Filter: (tag = 0)",
                        "        Search: 6 rows read for the filter, 3 candidates refused",
                        "        Strategy: exact over all rows  "
                            + "(matches about 1 of 6 estimated by statistics, cost under 1 us)",
                        "        Rejected: walk (no vector index on t (v) for <->)",
                        "Recall@3: 1.000 (3 of 3; exact over 3 matching rows)",
                        "Exact Check Time: ? ms, not included below",
                        "Pages Touched: ?",
                        "Planning Time: ? ms",
                        "Execution Time: ? ms",
                    ])
        }
    }

    @Test("a row as near as the last of the true answer is as good")
    func ties() throws {
        try TemporaryFolder.with { folder in
            // The true answer is 5 and 2, for 2 comes before 7; the search has seen 7 only.
            let database = try Self.line(folder + "/db", [7: 1, 5: 0, 2: 1])
            let lines = try Self.lines(
                database,
                "EXPLAIN (ANALYZE, RECALL) SELECT id FROM t ORDER BY v <-> '[0]' LIMIT 2 "
                    + "WITH (max_visited = 2)")
            #expect(lines.contains("Recall@2: 1.000 (2 of 2; exact over 3 matching rows)"))
            #expect(!lines.contains { $0.hasPrefix("Missed") })
        }
    }

    @Test("JSON has the recall and the rows missed as members")
    func json() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.line(folder + "/db", [1: 5, 2: 1, 3: 0])
            let rows = try database.query(
                "EXPLAIN (ANALYZE, RECALL, FORMAT json) SELECT id FROM t "
                    + "ORDER BY v <-> '[0]' LIMIT 2 WITH (max_visited = 2)")
            guard case .json(.array(let plans)) = rows[0][0], case .object(let root)? = plans.first,
                case .object(let recall)? = root["Recall"],
                case .array(let missed)? = recall["Missed"], case .object(let row)? = missed.first
            else {
                Issue.record("\(rows)")
                return
            }
            #expect(root["Cut Short"] == .string("max_visited"))
            #expect(recall["Recall"] == .double(0.5))
            #expect(recall["K"] == .int(2))
            #expect(recall["Matching Rows"] == .int(3))
            #expect(missed.count == 1)
            #expect(row["Key"] == .object(JSONObject([.init(key: "id", value: .int(3))])))
            #expect(row["Rank"] == .int(1))
        }
    }

    @Test("without a search there is no recall")
    func noSearch() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.line(folder + "/db", [1: 5])
            let error = #expect(throws: DatabaseError.self) {
                try database.query("EXPLAIN (ANALYZE, RECALL) SELECT id FROM t")
            }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test("a search through an index tells its codes, rows read, refusals and segments")
    func counters() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 2_000, &random)
            try IndexFixture.insert(2_000..<2_003, into: database, &random)
            let sql =
                "SELECT id FROM t WHERE id % 2 = 0 ORDER BY v <-> (SELECT v FROM t WHERE id = 7) "
                + "LIMIT 5 WITH (filter = post)"
            let lines = try Self.lines(database, "EXPLAIN (ANALYZE, RECALL) \(sql)")
            let text = lines.joined(separator: "\n")
            let search = lines.first { $0.contains("Search: ") } ?? ""
            for word in [
                "codes compared", "rows read for the filter", "refused", "1 segment", "3 tail rows",
            ] {
                #expect(search.contains(word), "\(text)")
            }
            #expect(text.contains("exact over 1,002 matching rows"), "\(text)")
            let summary = try database.query(sql).summary
            #expect(!summary.isExact)
            #expect(summary.distances > 0 && summary.visited > summary.distances)
            let plain = sql.replacingOccurrences(of: "filter = post", with: "exact")
            let exact = try database.query(plain).summary
            #expect(exact.isExact && exact.distances == 2_003)
            #expect(try database.query("SELECT id FROM t LIMIT 1").summary.isExact)
        }
    }

    @Test("a filtered search tells which way was taken, what it cost, and what was not taken")
    func strategies() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 2_000, &random)
            func lines(_ filter: String, _ options: String) throws -> String {
                try Self.lines(
                    database,
                    "EXPLAIN ANALYZE SELECT id FROM t WHERE \(filter) "
                        + "ORDER BY v <-> (SELECT v FROM t WHERE id = 7) LIMIT 5 \(options)"
                ).joined(separator: "\n")
            }
            let narrow = try lines("id < 100", "")
            #expect(narrow.contains("Strategy: exact over matches  (matches 100 of 2,000 exact"))
            for rejected in ["in-walk", "post-filter", "exact over all rows"] {
                #expect(narrow.contains("\(rejected) (cost "), "\(narrow)")
            }
            let walked = try lines("id < 1900", "WITH (filter = in)")
            #expect(walked.contains("Strategy: in-walk  (matches 1,900 of 2,000 exact"))
            #expect(walked.contains("Rejected: exact over matches (cost "), "\(walked)")
            #expect(try lines("id < 0", "").contains("matches 0 of 2,000 exact"))
        }
    }
}
