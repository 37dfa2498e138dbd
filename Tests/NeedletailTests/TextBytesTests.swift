import Needletail
import Testing

/// Texts that look the same and are of other bytes are other texts, to SQL and to all that is
/// remembered from statement to statement.
@Suite struct TextBytesTests {
    private static let short = "\u{E9}"
    private static let long = "e\u{301}"

    private func ids(_ result: ResultSet) -> [Value] { result.rows.map { $0[0] } }

    @Test("texts are known by their bytes, in statements and in values")
    func bytes() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute(
                "CREATE TABLE t (id INT PRIMARY KEY, name TEXT, meta JSONB, v vector(2))")
            try database.execute("CREATE INDEX ON t USING hnsw (v vector_l2_ops)")
            for (id, name) in [(1, Self.short), (2, Self.long)] {
                try database.execute(
                    "INSERT INTO t VALUES ($1, $2, $3::jsonb, '[1,1]')", id, name,
                    "{\"\(name)\": \"\(name)\"}")
            }
            let queries = [
                "SELECT id FROM t WHERE name = 'TEXT'",
                "SELECT id FROM t WHERE name IN ('TEXT', 'x')",
                "SELECT id FROM t WHERE meta ? 'TEXT'",
                "SELECT id FROM t WHERE meta @> '{\"TEXT\": \"TEXT\"}'",
                "SELECT id FROM t WHERE meta->>'TEXT' = 'TEXT'",
                "SELECT id FROM t WHERE name = 'TEXT' ORDER BY v <-> '[0,0]' LIMIT 5 "
                    + "WITH (filter = 'pre')",
            ]
            for sql in queries {
                for _ in 0..<3 {
                    for (id, name) in [(1, Self.short), (2, Self.long)] {
                        let found = try ids(database.query(sql.replacing("TEXT", with: name)))
                        #expect(found == [.int(Int64(id))], "\(sql)")
                    }
                }
            }
            let filtered =
                "SELECT id FROM t WHERE name = $1 ORDER BY v <-> '[0,0]' LIMIT 5 "
                + "WITH (filter = 'pre')"
            for _ in 0..<2 {
                #expect(try ids(database.query(filtered, Self.short)) == [.int(1)])
                #expect(try ids(database.query(filtered, Self.long)) == [.int(2)])
            }
            let both =
                "SELECT id FROM t WHERE name IN ('\(Self.short)', '\(Self.long)') ORDER BY id"
            #expect(try ids(database.query(both)) == [.int(1), .int(2)])
        }
    }
}
