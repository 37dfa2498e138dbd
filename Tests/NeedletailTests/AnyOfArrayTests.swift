import Needletail
import Testing

/// `= ANY (array)` with an array that is known when the statement runs: the keys of an index.
@Suite struct AnyOfArrayTests {
    private static func make(_ path: String) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, kind INT, name TEXT, v vector(2))")
        try database.execute(
            """
            INSERT INTO t SELECT n, n % 7, 'n' || (n % 100), ARRAY[n, n % 13]::vector(2)
            FROM generate_series(1, 3000) AS s(n)
            """)
        try database.execute("CREATE INDEX t_kind ON t USING bitmap (kind)")
        try database.execute("CREATE INDEX t_name ON t (name)")
        try database.execute("CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) WITH (m = 8)")
        return database
    }

    private static func ids(_ rows: ResultSet) -> [String] { rows.map { "\($0[0])" } }

    @Test("the elements are looked up, whatever is among them")
    func lookups() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db")
            let sql = "SELECT id FROM t WHERE id = ANY ($1::int[]) ORDER BY id"
            let cases = [
                ("{9,5,5,7000,1}", "1, 5, 9"), ("{}", "NULL"), ("{NULL,3}", "3"), ("{12}", "12"),
            ]
            for (array, list) in cases {
                let found = try database.query(sql, array)
                let listed = try database.query(
                    "SELECT id FROM t WHERE id IN (\(list)) ORDER BY id")
                #expect(Self.ids(found) == Self.ids(listed), "\(array)")
                #expect(found.summary.visited <= 3, "\(array): \(found.summary.visited)")
            }
            let none: String? = nil
            #expect(try database.query(sql, none).isEmpty)
            let plan = try database.query("EXPLAIN " + sql, "{1}").map { "\($0[0])" }
            #expect(plan.contains { $0.contains("Index Cond: (id = ANY (") }, "\(plan)")
        }
    }

    @Test("postings, ordered indexes and searches know them, too", arguments: ["kind", "name"])
    func structures(column: String) throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db")
            let (type, array, list) =
                column == "kind" ? ("int", "{2,5}", "2, 5") : ("text", "{n3,n98}", "'n3', 'n98'")
            let conditions = (
                "\(column) = ANY ('\(array)'::text::\(type)[])", "\(column) IN (\(list))"
            )
            for tail in ["ORDER BY id", "ORDER BY v <-> '[500, 3]' LIMIT 20"] {
                let found = try database.query("SELECT id FROM t WHERE \(conditions.0) \(tail)")
                let listed = try database.query("SELECT id FROM t WHERE \(conditions.1) \(tail)")
                #expect(Self.ids(found) == Self.ids(listed) && !found.isEmpty, "\(tail)")
            }
        }
    }
}
