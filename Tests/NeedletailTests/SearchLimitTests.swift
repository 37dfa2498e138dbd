import Needletail
import Testing

/// `WITH (max_visited = …, timeout = …)`: what a search that has to end early hands up.
@Suite struct SearchLimitTests {
    private static func distances(_ rows: ResultSet) -> [Double] {
        rows.map { row in if case .double(let distance) = row[1] { distance } else { .nan } }
    }

    @Test(
        "a walk that may visit few nodes gives what it has, and says so", arguments: [1, 20, 200])
    func walk(most: Int) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 3_000, &random)
            let query = IndexFixture.vector(&random)
            let sql = "SELECT id, v <-> $1 AS d FROM t ORDER BY d LIMIT 10 WITH (ef_search = 400"
            let full = try database.query(sql + ")", query)
            #expect(full.summary.truncated == nil && full.count == 10)
            let cut = try database.query(sql + ", max_visited = $2)", query, most)
            let context: Comment = "seed \(Seeded.seed), \(cut.summary)"
            #expect(cut.summary.truncated == "max_visited", context)
            #expect(!cut.summary.isExact, context)
            #expect(cut.count <= 10 && !cut.isEmpty, context)
            #expect(cut.summary.visited < full.summary.visited, context)
            // A list of links and the candidates' vectors come on top.
            #expect(cut.summary.visited - cut.summary.distances <= most + 200, context)
            #expect(Self.distances(cut) == Self.distances(cut).sorted(), context)
            let wide = try database.query(sql + ", max_visited = 1000000)", query)
            #expect(wide.rows.map(\.values) == full.rows.map(\.values), context)
            #expect(wide.summary.truncated == nil, context)
        }
    }

    @Test("a pass over the rows ends with the rows it may look at")
    func pass() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 500, &random)
            let sql = "SELECT id, v <-> $1 AS d FROM t ORDER BY d LIMIT 10 WITH (exact"
            let query = IndexFixture.vector(&random)
            let cut = try database.query(sql + ", max_visited = 300)", query)
            #expect(cut.summary.truncated == "max_visited")
            #expect(cut.summary.distances == 300)
            let seen = try database.query(
                "SELECT id, v <-> $1 AS d FROM t WHERE id < 300 ORDER BY d LIMIT 10 WITH (exact)",
                query)
            #expect(cut.rows.map(\.values) == seen.rows.map(\.values))
            let whole = try database.query(sql + ", max_visited = 500)", query)
            #expect(whole.summary.truncated == nil && whole.summary.isExact)
            let few = try database.query(sql + ", max_visited = 4)", query)
            #expect(few.count == 4)
        }
    }

    @Test("a search whose time is over gives what it has, and says so")
    func timeout() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(1))")
            try database.execute(
                "INSERT INTO t SELECT n, '[1]' FROM generate_series(1, 40000) AS s(n)")
            // Every row is tested, and refused.
            let sql =
                "SELECT id FROM t WHERE length(repeat(id::text, 40)) < 0 ORDER BY v <-> '[0]' "
                + "LIMIT 5 WITH (exact, timeout = "
            let cut = try database.query(sql + "'1ms')")
            #expect(cut.isEmpty)
            #expect(cut.summary.truncated == "timeout")
            #expect(!cut.summary.isExact)
            let whole = try database.query(sql + "'1min')")
            #expect(whole.summary.truncated == nil && whole.summary.isExact)
        }
    }

    @Test("rows beside a lateral search share its limit")
    func lateral() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 300, &random)
            let rows = try database.query(
                "SELECT q.id, n.id FROM t q CROSS JOIN LATERAL (SELECT id FROM t "
                    + "ORDER BY v <-> q.v LIMIT 2 WITH (exact, max_visited = 50)) n")
            #expect(rows.summary.truncated == "max_visited")
            #expect(rows.summary.distances <= 300 * 50)
        }
    }
}
