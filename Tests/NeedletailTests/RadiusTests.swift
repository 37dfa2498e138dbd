import Needletail
import Testing

/// `WHERE v <-> q < r`, through an index and without, against rows ranked by hand.
@Suite struct RadiusTests {
    private static let rows = 3_000

    /// All rows with their distances, nearest first.
    private func ranking(
        _ database: Database, _ query: [Float], where condition: String = "true"
    ) throws -> [(id: Value, distance: Double)] {
        try database.query(
            "SELECT id, v <-> $1 AS d FROM t WHERE \(condition) ORDER BY d WITH (exact)", query
        ).map { row in
            guard case .double(let distance) = row[1] else { return (row[0], .infinity) }
            return (row[0], distance)
        }
    }

    private func withTable(_ body: (Database, inout SplitMix64) throws -> Void) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: Self.rows, &random)
            try body(database, &random)
        }
    }

    @Test("exactly the rows within a distance are found", arguments: [1, 7, 150, 1_500, 3_000])
    func model(count: Int) throws {
        try withTable { database, random in
            var (hits, wanted) = (0, 0)
            for round in 0..<20 {
                let query = IndexFixture.vector(&random)
                let context: Comment = "seed \(Seeded.seed), round \(round)"
                let ranked = try ranking(database, query)
                let radius = ranked[count - 1].distance
                let right = ranked.filter { $0.distance <= radius }.map(\.id)
                let sql = "SELECT id FROM t WHERE v <-> $1 <= $2"
                let exact = try database.query(sql + " WITH (exact)", query, radius)
                #expect(Set(exact.map { $0[0] }) == Set(right), context)
                #expect(exact.count == right.count && exact.summary.isExact, context)
                let found = try database.query(sql, query, radius)
                #expect(Set(found.map { $0[0] }).isSubset(of: right), context)
                #expect(Set(found.map { $0[0] }).count == found.count, context)
                hits += found.count
                wanted += right.count
                // Of a small share, a walk; of a large one, all rows are compared.
                if count < 8 {
                    #expect(found.summary.plan?.hasPrefix("hnsw(t_v)") == true, context)
                    #expect(!found.summary.isExact, context)
                    #expect(found.summary.visited < Self.rows, context)
                } else if count == 3_000 {
                    #expect(found.summary.isExact, context)
                    #expect(found.count == right.count, context)
                }
                // The farther row is not among them.
                let below = try database.query(
                    "SELECT id FROM t WHERE v <-> $1 < $2 WITH (exact)", query, radius)
                #expect(below.count == ranked.count { $0.distance < radius }, context)
            }
            #expect(Double(hits) >= 0.9 * Double(wanted), "seed \(Seeded.seed)")
        }
    }

    @Test("what is counted is exact, whatever the index")
    func counted() throws {
        try withTable { database, random in
            let query = IndexFixture.vector(&random)
            let ranked = try ranking(database, query, where: "id % 3 = 0")
            let radius = ranked[40].distance
            let counted = try database.query(
                """
                SELECT count(*), max(v <-> $1), min(id) FROM t \
                WHERE v <-> $1 <= $2 AND id % 3 = 0
                """, query, radius)
            #expect(counted[0][0] == .int(41))
            #expect(counted[0][1] == .double(radius))
            #expect(counted.summary.isExact)
            let grouped = try database.query(
                """
                SELECT id % 2 AS half, count(*) AS n FROM t WHERE v <-> $1 <= $2 AND id % 3 = 0 \
                GROUP BY half HAVING count(*) > 0 ORDER BY half
                """, query, radius)
            let total = grouped.reduce(Int64(0)) { sum, row in
                if case .int(let count) = row[1] { return sum + count }
                return sum
            }
            #expect(total == 41)
        }
    }

    @Test("order, limit and offset are those of the statement")
    func order() throws {
        try withTable { database, random in
            let query = IndexFixture.vector(&random)
            let ranked = try ranking(database, query)
            let near = Array(ranked.prefix(30))
            let radius = near[29].distance
            func ids(_ rest: String) throws -> [Value] {
                try database.query(
                    "SELECT id FROM t WHERE v <-> $1 <= $2 \(rest) WITH (ef_search = 200)", query,
                    radius
                ).map { $0[0] }
            }
            #expect(try ids("ORDER BY v <-> $1") == near.map(\.id))
            #expect(try ids("ORDER BY v <-> $1 DESC") == near.map(\.id).reversed())
            #expect(try ids("ORDER BY v <-> $1 LIMIT 5 OFFSET 3") == near[3..<8].map(\.id))
            #expect(try ids("ORDER BY v <-> $1 LIMIT 100") == near.map(\.id))
            #expect(Set(try ids("ORDER BY id")) == Set(near.map(\.id)))
            // A bare LIMIT keeps the first by their keys, as it does without an index.
            let first = try ids("ORDER BY id LIMIT 4")
            #expect(try ids("LIMIT 4") == first)
            #expect(try ids("ORDER BY id DESC LIMIT 30").reversed() == ids("ORDER BY id"))
        }
    }

    @Test("no row is within nothing, and bad radii are refused or empty")
    func edges() throws {
        try withTable { database, random in
            let query = IndexFixture.vector(&random)
            let near = try database.prepare("SELECT id FROM t WHERE v <-> $1 < $2")
            let none: [any ValueConvertible] = [Value.null, -1.0, 0.0]
            for radius in none {
                let found = try near.query(query, radius)
                #expect(found.isEmpty)
            }
            let all = try near.query(query, Double.infinity)
            #expect(all.count == Self.rows)
            let unasked = try near.query(Value.null, 1.0)
            #expect(unasked.isEmpty)
            #expect(throws: DatabaseError.self) { try near.query([1.0, 2.0] as [Float], 1.0) }
            let one = try database.query(
                "SELECT id FROM t WHERE v <-> $1 < 9 AND id = 7", query)
            #expect(one.count == 1)
        }
    }

    @Test("rows of the tail, deleted rows and a writer's own rows count as they stand")
    func changes() throws {
        try withTable { database, random in
            let query = IndexFixture.vector(&random)
            let nearest = try ranking(database, query)[0].id
            try database.execute("DELETE FROM t WHERE id = $1", nearest)
            try database.write { transaction in
                try transaction.execute("INSERT INTO t VALUES (9000, $1)", query)
                let own = try transaction.query(
                    "SELECT id FROM t WHERE v <-> $1 < 0.001", query)
                #expect(own.map { $0[0] } == [.int(9_000)])
            }
            let found = try database.query("SELECT id FROM t WHERE v <-> $1 < 0.001", query)
            #expect(found.map { $0[0] } == [.int(9_000)])
            let ranked = try ranking(database, query)
            #expect(!ranked.contains { $0.id == nearest })
        }
    }

    @Test("every row of another table has its own neighbourhood")
    func lateral() throws {
        try withTable { database, random in
            try database.execute("CREATE TABLE q (n INT PRIMARY KEY, v vector(12), r DOUBLE)")
            var expected: [Value] = []
            for n in 0..<5 {
                let query = IndexFixture.vector(&random)
                let radius = try ranking(database, query)[n].distance
                try database.execute("INSERT INTO q VALUES ($1, $2, $3)", n, query, radius)
                expected.append(.int(Int64(n + 1)))
            }
            let counts = try database.query(
                """
                SELECT q.n, count(*) FROM q CROSS JOIN LATERAL \
                (SELECT id FROM t WHERE t.v <-> q.v <= q.r) AS near GROUP BY q.n ORDER BY q.n
                """)
            #expect(counts.map { $0[1] } == expected)
        }
    }
}
