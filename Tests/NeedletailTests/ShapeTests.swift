import Needletail
import Testing

/// Texts that differ in their literals share a plan where that changes nothing.
@Suite struct ShapeTests {
    /// What a text gave.
    private enum Outcome: Equatable {
        case rows([Column], [[Value]])
        case error(DatabaseError)

        init(_ text: String, _ database: Database) {
            do throws(DatabaseError) {
                let result = try database.query(text)
                self = .rows(result.columns, result.rows.map(\.values))
            } catch {
                self = .error(error)
            }
        }
    }

    private static let keys = [
        "10", "11", "12", "99", "32768", "70000", "3000000000", "'10'", "'11'", "'ab'", "'zz'",
        "'1e1'", "'2024-02-03'", "'2024-02-30'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12'", "'{\"a\": 10}'", "'true'",
    ]

    private static let texts: [@Sendable (Int, String) -> String] = [
        { table, key in "SELECT * FROM t\(table) WHERE k = \(key)" },
        { table, key in "SELECT k = \(key), n FROM t\(table) WHERE k = \(key)" },
        { table, key in "SELECT n FROM t\(table) WHERE k = \(key) AND n > \(key)" },
        { table, key in "SELECT n FROM t\(table) WHERE k = \(key) OR n = \(key)" },
        { table, key in "SELECT 100 / (n - 10) AS q FROM t\(table) WHERE k = \(key)" },
        { table, key in "SELECT count(*), max(n) FROM t\(table) WHERE k = \(key)" },
        { table, key in "SELECT n AS \"k = 10\" FROM t\(table) WHERE k = \(key)::text" },
        { table, key in "SELECT n FROM t\(table) WHERE k = \(key) + 1" },
        { table, key in "SELECT n FROM t\(table) WHERE k = \(key) ORDER BY missing" },
        { table, key in "SELECT m FROM t\(table) WHERE m->>'a' = \(key)" },
    ]

    @Test("a text answers as it would if its shape were never seen")
    func agreement() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            let types = [
                "SMALLINT", "INT", "BIGINT", "TEXT", "UUID", "DATE", "TIMESTAMPTZ",
                "DOUBLE PRECISION",
                "BOOLEAN",
            ]
            for (table, type) in types.enumerated() {
                try database.execute(
                    "CREATE TABLE t\(table) (k \(type) PRIMARY KEY, n INT, m JSONB)")
                for key in Self.keys {
                    _ = try? database.execute(
                        "INSERT INTO t\(table) VALUES (\(key), 10, '{\"a\": \"ab\"}')")
                }
            }
            for round in 0..<3 {
                for table in types.indices {
                    for text in Self.texts {
                        for key in Self.keys {
                            let written = text(table, key)
                            // A comment keeps a text from being taken by its shape.
                            #expect(
                                Outcome(written, database) == Outcome(written + " --", database),
                                "\(written) on \(types[table]), round \(round)")
                        }
                    }
                }
            }
        }
    }

    @Test("a shape follows the definitions of its table")
    func definitions() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            func look(_ key: String) throws -> [[Value]] {
                try (0..<3).map { _ in
                    try database.query("SELECT * FROM t WHERE k = \(key)").rows.map(\.values)
                }.last ?? []
            }
            try database.execute("CREATE TABLE t (k INT PRIMARY KEY, n INT)")
            try database.execute("INSERT INTO t VALUES (10, 1)")
            #expect(try look("10") == [[.int(10), .int(1)]])
            #expect(try look("11") == [])
            try database.execute("DROP TABLE t")
            #expect(throws: DatabaseError.self) { try look("10") }
            try database.execute("CREATE TABLE t (n INT, k TEXT PRIMARY KEY)")
            try database.execute("INSERT INTO t VALUES (2, '10')")
            #expect(try look("'10'") == [[.int(2), .text("10")]])
            #expect(throws: DatabaseError.self) { try look("10") }
        }
    }

    @Test("inside a transaction a text sees what the transaction wrote")
    func transactions() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE t (k INT PRIMARY KEY, n INT)")
            for key in 10..<20 {
                #expect(try database.query("SELECT n FROM t WHERE k = \(key)").isEmpty)
            }
            try database.write { transaction in
                try transaction.execute("INSERT INTO t VALUES (10, 1)")
                #expect(try transaction.query("SELECT n FROM t WHERE k = 10").count == 1)
            }
            #expect(try database.query("SELECT n FROM t WHERE k = 10").count == 1)
        }
    }
}
