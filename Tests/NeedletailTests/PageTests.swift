import Needletail
import Testing

/// `LIMIT n OFFSET m` through an index that misses rows: pages of one snapshot fit together.
@Suite struct PageTests {
    private func ids(_ rows: ResultSet) -> [Value] { rows.map { $0[0] } }

    @Test("pages share no row and leave none out, whatever each of their searches finds")
    func pages() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 3_000, &random)
            var moved = 0
            for round in 0..<10 {
                let query = IndexFixture.vector(&random)
                let context: Comment = "seed \(Seeded.seed), round \(round)"
                // Narrow walks, so that wider ones find nearer rows.
                let sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"
                let options = "WITH (ef_search = 10)"
                try database.read { snapshot in
                    var all: [Value] = []
                    for page in 0..<12 {
                        let found = try snapshot.query(
                            "\(sql) OFFSET \(page * 10) \(options)", query)
                        #expect(found.count == 10, context)
                        #expect(found.summary.plan?.hasPrefix("hnsw(t_v)") == true, context)
                        all += ids(found)
                    }
                    #expect(Set(all).count == 120, context)
                    // The first is what is found without OFFSET, and a page is found again.
                    let first = try snapshot.query("\(sql) \(options)", query)
                    #expect(ids(first) == Array(all.prefix(10)), context)
                    let again = try snapshot.query("\(sql) OFFSET 70 \(options)", query)
                    #expect(ids(again) == Array(all[70..<80]), context)
                    // Half a page further on, half of two pages.
                    let between = try snapshot.query("\(sql) OFFSET 35 \(options)", query)
                    #expect(ids(between) == Array(all[35..<45]), context)
                    let exact = try snapshot.query(
                        "SELECT id FROM t ORDER BY v <-> $1 LIMIT 120 WITH (exact)", query)
                    moved += zip(ids(exact), all).count { $0 != $1 }
                }
            }
            // Else the test shows nothing.
            #expect(moved > 0, "seed \(Seeded.seed)")
        }
    }

    @Test("pages go to the end of the table, and exact ones are slices of the ranking")
    func ends() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 300, &random)
            let query = IndexFixture.vector(&random)
            let ranked = try database.query(
                "SELECT id FROM t ORDER BY v <-> $1 WITH (exact)", query)
            var all: [Value] = []
            for page in 0..<8 {
                let found = try database.query(
                    "SELECT id FROM t ORDER BY v <-> $1 LIMIT 40 OFFSET \(page * 40)", query)
                #expect(found.count == (page == 7 ? 20 : 40))
                all += ids(found)
                let exact = try database.query(
                    """
                    SELECT id FROM t ORDER BY v <-> $1 LIMIT 40 OFFSET \(page * 40) WITH (exact)
                    """, query)
                #expect(
                    ids(exact) == ids(ranked)[(page * 40)..<min(300, page * 40 + 40)].map(\.self))
            }
            #expect(Set(all).count == 300)
            let beyond = try database.query(
                "SELECT id FROM t ORDER BY v <-> $1 LIMIT 40 OFFSET 1000", query)
            #expect(beyond.isEmpty)
            let none = try database.query(
                "SELECT id FROM t ORDER BY v <-> $1 LIMIT 0 OFFSET 10", query)
            #expect(none.isEmpty)
        }
    }

    @Test("pages under a filter fit together as well")
    func filtered() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 3_000, &random)
            let query = IndexFixture.vector(&random)
            var all: [Value] = []
            for page in 0..<15 {
                let found = try database.query(
                    """
                    SELECT id FROM t WHERE id % 3 = 0 ORDER BY v <-> $1 LIMIT 20 \
                    OFFSET \(page * 20) WITH (ef_search = 20, filter = 'in')
                    """, query)
                #expect(found.count == 20)
                all += ids(found)
            }
            #expect(Set(all).count == 300, "seed \(Seeded.seed)")
        }
    }
}
