import Needletail
import Testing

/// `LIMIT n BY`, through an index and without, against groups formed by hand.
@Suite struct LimitByTests {
    @Test("rows are the first of their groups, and as many as were asked for", arguments: [1, 3])
    func model(most: Int) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 3_000, &random)
            for round in 0..<20 {
                let query = IndexFixture.vector(&random)
                // Few groups, so that the limit is never full, or as many as fill it late.
                let groups = [4, 40, 1_000][round % 3]
                let ranked = try database.query(
                    "SELECT id FROM t ORDER BY v <-> $1 WITH (exact)", query)
                var counts: [Int64: Int] = [:]
                var expected: [Int64] = []
                for row in ranked {
                    guard case .int(let id) = row[0], expected.count < 60 else { break }
                    counts[id % Int64(groups), default: 0] += 1
                    if counts[id % Int64(groups), default: 0] <= most { expected.append(id) }
                }
                let sql =
                    "SELECT id FROM t ORDER BY v <-> $1 LIMIT \(most) BY id % \(groups) LIMIT 60"
                let exact = try database.query(sql + " WITH (exact)", query)
                let context: Comment = "seed \(Seeded.seed), round \(round)"
                #expect(exact.map { $0[0] } == expected.map { .int($0) }, context)
                #expect(exact.summary.isExact, context)
                let found = try database.query(sql + " WITH (ef_search = 100)", query)
                #expect(found.count == expected.count, context)
                let right = Set(found.map { $0[0] }).intersection(exact.map { $0[0] }).count
                #expect(Double(right) >= 0.8 * Double(expected.count), context)
                if groups == 1_000 {
                    #expect(found.summary.plan?.hasPrefix("hnsw(t_v)") == true, context)
                    #expect(!found.summary.isExact, context)
                }
            }
        }
    }
}
