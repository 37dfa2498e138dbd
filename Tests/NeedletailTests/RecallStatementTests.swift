import Needletail
import Testing

/// `RECALL n FOR query`.
@Suite struct RecallStatementTests {
    private struct Row: Decodable {
        let setting: String
        let recall: Double
        let worst: Double
        let half: Double
        let slow: Double
        let compared: Double
        let note: String?

        enum CodingKeys: String, CodingKey {
            case setting, recall, worst, compared, note
            case half = "p50_ms"
            case slow = "p99_ms"
        }
    }

    @Test("without an index there is one setting, and it is exact")
    func exact() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(1))")
            try database.execute("INSERT INTO t VALUES (1, '[1]'), (2, '[2]'), (3, NULL)")
            let result = try database.query(
                "RECALL 10 FOR SELECT id FROM t ORDER BY v <-> '[0]' LIMIT 2")
            let rows = try result.decode(Row.self)
            #expect(rows.map(\.setting) == ["exact"])
            #expect(rows[0].recall == 1 && rows[0].worst == 1 && rows[0].compared == 2)
            #expect(rows[0].note == "current, suggested")
            let notice = try #require(result.summary.notices.first)
            #expect(
                notice.message
                    == "sampled 2 stored vectors with seed 1, each without its own row")
        }
    }

    @Test("recall is that of hand-counted answers, the row itself left out")
    func counted() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(1))")
            try database.execute(
                "INSERT INTO t VALUES (1, '[0]'), (2, '[1]'), (3, '[3]'), (4, '[7]')")
            // The two nearest besides itself: of 1, rows 2 and 3; of 2, 1 and 3; of 3, 2 and 1; of
            // 4, 3 and 2. The search looks at rows 1 and 2 only.
            let rows = try database.query(
                "RECALL 4 FOR SELECT id FROM t ORDER BY v <-> '[0]' LIMIT 3 "
                    + "WITH (exact, max_visited = 2)"
            ).decode(Row.self)
            #expect(rows.map(\.setting) == ["exact"])
            #expect(rows[0].recall == (0.5 + 0.5 + 1 + 0.5) / 4)
            #expect(rows[0].worst == 0.5)
            #expect(rows[0].compared == 2)
        }
    }

    @Test("wider searches find more, exact ones all, and the cheapest good one is suggested")
    func settings() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 4_000, &random)
            let sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"
            let query = IndexFixture.vector(&random)
            let result = try database.query("RECALL 40 FOR \(sql) WITH (recall = 0.9)", query)
            let rows = try result.decode(Row.self)
            let context: Comment = "seed \(Seeded.seed), \(rows)"
            #expect(rows[0].setting == "recall = 0.9", context)
            #expect(rows[0].note?.hasPrefix("current") == true, context)
            #expect(
                rows.dropFirst().map(\.setting) == ["recall = 0.95", "recall = 0.99"]
                    + [16, 32, 64, 128, 256, 512, 1_000].map { "ef_search = \($0)" } + ["exact"],
                context)
            #expect(rows.last?.recall == 1 && rows.last?.worst == 1, context)
            let widths = rows.filter { $0.setting.hasPrefix("ef_search") }
            #expect(widths.first.map(\.compared) ?? 0 < widths.last.map(\.compared) ?? 0, context)
            #expect((widths.last?.recall ?? 0) > 0.98, context)
            #expect(rows.allSatisfy { $0.half > 0 && $0.half <= $0.slow }, context)
            let suggested = rows.filter { $0.note?.hasSuffix("suggested") == true }
            #expect(suggested.count == 1 && suggested[0].recall >= 0.9, context)
            #expect(
                rows.allSatisfy { $0.recall < 0.9 || $0.compared >= suggested[0].compared }, context
            )
            // The same samples, so the same counts.
            let again = try database.query("RECALL 40 FOR \(sql) WITH (recall = 0.9)", query)
                .decode(Row.self)
            #expect(again.map(\.recall) == rows.map(\.recall), context)
        }
    }
}
