import Foundation
import Needletail
import Testing

/// `count(*)` under a `WHERE` that indexes or included columns know.
@Suite struct CountingTests {
    private struct Undo: Error {}

    private static func make(_ path: String, rows: Int) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            """
            CREATE TABLE t (id INT PRIMARY KEY, kind INT, year INT, name TEXT, tags TEXT[],
                other INT, v vector(4))
            """)
        try add(0..<rows, to: database)
        try database.execute("CREATE INDEX t_kind ON t USING bitmap (kind)")
        try database.execute("CREATE INDEX t_year ON t (year)")
        try database.execute("CREATE INDEX t_tags ON t USING gin (tags)")
        try database.execute(
            "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) INCLUDE (name) WITH (m = 8)")
        return database
    }

    private static func add(_ ids: Range<Int>, to database: Database) throws {
        try database.execute(
            """
            INSERT INTO t SELECT g, g % 7, g % 50,
                CASE WHEN g % 9 = 0 THEN NULL ELSE 'n' || g % 5 END, ARRAY['a' || g % 3], g % 11,
                ARRAY[g % 13, g % 17, 1, 2]::vector(4)
            FROM generate_series($1::bigint, $2::bigint) AS s(g)
            """, ids.lowerBound, ids.upperBound - 1)
    }

    private static func count(
        _ condition: String, _ ask: (String) throws -> ResultSet
    ) throws -> (count: Value, visited: Int) {
        let found = try ask("SELECT count(*) FROM t WHERE \(condition)")
        return (found[0][0], found.summary.visited)
    }

    private static let known = [
        "kind = 3", "kind IN (1, 2)", "year < 10", "year BETWEEN 5 AND 8 AND kind = 2",
        "tags @> ARRAY['a1']", "name = 'n2'", "name IS NULL", "NOT (name = 'n2')",
        "kind = 1 AND name <> 'n3' AND year >= 20", "id < 100", "year = 3 OR year = 4",
        "kind = NULL", "id IN (SELECT 5)", "name LIKE 'n%'",
    ]

    @Test("no row is read where the structures know the filter", arguments: known)
    func structures(condition: String) throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 1_500)
            let counted = try Self.count(condition) { try database.query($0) }
            let right = try database.query("SELECT count(id) FROM t WHERE \(condition)")[0][0]
            #expect(counted.count == right)
            #expect(counted.visited == 0)
            let again = try Self.count(condition) { try database.query($0) }
            #expect(again.count == right && again.visited == counted.visited)
        }
    }

    @Test("other filters are asked of the rows", arguments: ["other = 3", "year + 1 = 5"])
    func rows(condition: String) throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 500)
            let counted = try Self.count(condition) { try database.query($0) }
            #expect(counted.visited == 500)
            #expect(
                try counted.count
                    == database.query("SELECT count(id) FROM t WHERE \(condition)")[0][0])
        }
    }

    @Test("a snapshot counts its own rows, a writer its own changes, and rollback takes them back")
    func transactions() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 1_400)
            let sql = "SELECT count(*) FROM t WHERE kind = 3"
            func count() throws -> Value { try database.query(sql)[0][0] }
            #expect(try count() == .int(200))
            try database.read { snapshot in
                #expect(try snapshot.query(sql)[0][0] == .int(200))
                try? database.write { transaction in
                    try transaction.execute("DELETE FROM t WHERE kind = 3 AND id < 700")
                    #expect(try transaction.query(sql)[0][0] == .int(100))
                    try transaction.execute("UPDATE t SET kind = 3 WHERE kind = 4")
                    #expect(try transaction.query(sql)[0][0] == .int(300))
                    throw Undo()
                }
                try Self.add(1_400..<1_407, to: database)
                #expect(try count() == .int(201))
                #expect(try snapshot.query(sql)[0][0] == .int(200))
            }
            #expect(try count() == .int(201))
            try database.execute("TRUNCATE t")
            #expect(try count() == .int(0))
        }
    }

    @Test("EXPLAIN names what knows the filter, and what is counted otherwise is planned as ever")
    func plans() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder + "/db", rows: 100)
            func plan(_ sql: String) throws -> [String] {
                try database.query("EXPLAIN (COSTS off) " + sql).map { row in
                    if case .text(let line) = row[0] { return line }
                    return ""
                }
            }
            #expect(
                try plan("SELECT count(*) FROM t WHERE kind = 1 AND year > 7 AND name = 'n1'") == [
                    "Row Count of t by slots",
                    "  Filter: ((kind = 1) AND (year > 7) AND (name = 'n1'))",
                    "  Known By: t_kind, t_year, included columns of t_v",
                ])
            let others = [
                "SELECT count(*) FROM t WHERE id = 5", "SELECT count(name) FROM t WHERE kind = 1",
                "SELECT count(*), max(year) FROM t WHERE kind = 1",
                "SELECT count(DISTINCT kind) FROM t WHERE kind = 1",
                "SELECT count(*) FROM t WHERE other = 1",
                "SELECT kind, count(*) FROM t WHERE kind = 1 GROUP BY kind",
                "SELECT count(*) FROM t WHERE kind = 1 AND random() < 0.5",
            ]
            for sql in others {
                #expect(try plan(sql)[0].contains("Aggregate"), "\(sql)")
            }
            let summary = try database.query("SELECT count(*) FROM t WHERE kind = 1").summary
            #expect(summary.plan == "slots(t)" && summary.isExact)
        }
    }
}
