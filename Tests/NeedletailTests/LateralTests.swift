import Foundation
import Needletail
import Testing

/// Many queries in one statement, against one statement for each query.
@Suite struct LateralTests {
    private static let rows = 6_000

    /// The index fixture, with groups, a tail and rows without vectors, and a table of queries.
    private static func make(
        _ folder: String, queries: Int, _ random: inout SplitMix64
    ) throws -> (Database, [[Float]]) {
        let database = try IndexFixture.make(folder + "/db", rows: rows, &random)
        try database.execute("UPDATE t SET v = NULL WHERE id % 97 = 3")
        try database.execute("CREATE TABLE q (id INT PRIMARY KEY, most INT, v vector(12))")
        let vectors = (0..<queries).map { _ in IndexFixture.vector(&random) }
        try database.write { transaction in
            for (id, vector) in vectors.enumerated() {
                try transaction.execute(
                    "INSERT INTO q VALUES ($1, $2, $3)", id, (id + 1) * rows / queries, vector)
            }
        }
        return (database, vectors)
    }

    @Test(
        "one statement gives what one for each query gives",
        arguments: ["WITH (exact)", "WITH (ef_search = 40)", ""],
        ["", "WHERE id % 3 = 0", "WHERE id < q.most AND id % 2 = 0"])
    func agreement(options: String, filter: String) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 51)
            let (database, vectors) = try Self.make(folder, queries: 150, &random)
            defer { database.close() }
            let together = try database.query(
                """
                SELECT q.id, n.id, n.d FROM q CROSS JOIN LATERAL (SELECT id, v <-> q.v AS d
                FROM t \(filter) ORDER BY v <-> q.v LIMIT 7 \(options)) n
                """)
            let isExact = options == "WITH (exact)"
            if isExact || filter.isEmpty {
                let plan = isExact ? "exact(t.v)" : "hnsw(t_v)"
                #expect(together.summary.plan?.hasPrefix(plan) == true)
            }
            var alone: [[Value]] = []
            for (id, vector) in vectors.enumerated() {
                let most = String((id + 1) * Self.rows / vectors.count)
                let own = filter.replacingOccurrences(of: "q.most", with: most)
                let rows = try database.query(
                    """
                    SELECT id, v <-> $1 FROM t \(own)
                    ORDER BY v <-> $1 LIMIT 7 \(options)
                    """, vector)
                alone += rows.rows.map { [.int(Int64(id))] + $0.values }
            }
            #expect(together.rows.map(\.values) == alone)
        }
    }

    @Test("a query of another dimension and cancellation end the statement")
    func failures() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 53)
            let (database, _) = try Self.make(folder, queries: 3, &random)
            defer { database.close() }
            try database.execute("CREATE TABLE other (id INT PRIMARY KEY, v vector(5))")
            try database.execute("INSERT INTO other VALUES (1, '[1,2,3,4,5]')")
            #expect(throws: DatabaseError.self) {
                try database.query(
                    """
                    SELECT n.id FROM other q CROSS JOIN LATERAL
                    (SELECT id FROM t ORDER BY v <-> q.v LIMIT 10) n
                    """)
            }
            let session = database.session()
            defer { session.close() }
            let statement = try session.start(
                """
                SELECT n.id FROM q CROSS JOIN LATERAL
                (SELECT id FROM t ORDER BY v <-> q.v LIMIT 10) n
                """, parameters: .none, input: nil)
            #expect(try statement.next() != nil)
            session.cancel()
            #expect(throws: DatabaseError.self) { while try statement.next() != nil {} }
        }
    }
}
