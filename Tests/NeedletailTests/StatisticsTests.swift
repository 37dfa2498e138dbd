import Foundation
import Needletail
import NeedletailCatalog
import NeedletailExecutor
import NeedletailStorage
import Testing

/// `ANALYZE`, `SHOW STATISTICS`, and statistics that keep themselves current.
@Suite struct StatisticsTests {
    private static func statistics(
        _ database: Database, _ table: String = "t"
    ) throws -> [String: ColumnStatistics] {
        let scope = try database.engine.readScope()
        defer { scope.close() }
        guard let table = scope.catalog.table(named: table) else { return [:] }
        let known = scope.catalog.statistics(of: table)
        return Dictionary(
            uniqueKeysWithValues: known.map { (table.columns[$0.key].name, $0.value) })
    }

    private static func fill(_ database: Database, rows: Int) throws {
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, lang TEXT, year INT, tags TEXT[], v vector(2))")
        try add(0..<rows, to: database)
    }

    private static func add(_ ids: Range<Int>, to database: Database) throws {
        try database.execute(
            """
            INSERT INTO t SELECT g, CASE WHEN g % 4 = 0 THEN NULL WHEN g % 4 = 1 THEN 'de'
                ELSE 'en' END, g % 1000, ARRAY['all', 'n' || (g % 3)], '[1, 2]'
            FROM generate_series($1::bigint, $2::bigint) AS s(g)
            """, ids.lowerBound, ids.upperBound - 1)
    }

    @Test("a small table is told whole")
    func whole() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 400)
            #expect(try database.execute("ANALYZE t").tag == "ANALYZE")
            let found = try Self.statistics(database)
            let lang = try #require(found["lang"])
            #expect(lang.nullShare == 0.25)
            #expect(lang.distinctCount == 2 && lang.isDistinctExact)
            #expect(lang.common.map(\.value) == [.text("en"), .text("de")])
            #expect(lang.common.map(\.share) == [0.5, 0.25])
            #expect(lang.averageWidth == 3)
            let id = try #require(found["id"])
            #expect(id.common == [] && id.bounds.count == 100)
            #expect(id.bounds.first == .int(0) && id.bounds.last == .int(399))
            #expect(id.distinctCount == 400 && id.isDistinctExact)
            let tags = try #require(found["tags"])
            #expect(tags.common.first == .init(value: .text("all"), share: 1))
            #expect(tags.common.count == 4 && tags.distinctCount == nil)
            #expect(found["v"]?.nullShare == 0 && found["v"]?.averageWidth == 8)
            #expect(id.gathering.rowCount == 400 && id.gathering.sampleCount == 400)
        }
    }

    @Test("of a large table a sample is read, and comes close")
    func sample() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 70_000)
            try database.execute("ANALYZE")
            let found = try Self.statistics(database)
            let year = try #require(found["year"])
            #expect(year.gathering.sampleCount == 30_000)
            #expect(year.gathering.rowCount == 70_000)
            #expect(abs((year.distinctCount ?? 0) - 1_000) < 20)
            #expect(abs((found["lang"]?.nullShare ?? 0) - 0.25) < 0.02)
            #expect(found["id"]?.distinctCount == 70_000)
        }
    }

    @Test(
        "what is committed, and in a transaction what is not yet, is analysed; rollback undoes it")
    func transactions() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 100)
            struct Undo: Error {}
            try? database.write { transaction in
                try transaction.execute("DELETE FROM t WHERE id >= 40")
                try transaction.execute("ANALYZE t")
                let shown = try transaction.query("SHOW STATISTICS FOR t")
                #expect(shown.rows.map { $0[0] }.last == .text("v"))
                #expect(shown[1]["nulls"] == .double(0.25))
                #expect(shown[1]["distinct"] == .int(2))
                #expect(shown[1]["rows"] == .int(40))
                #expect(
                    shown[1]["common"].map { "\($0)" }?.contains("en") == true)
                throw Undo()
            }
            #expect(try Self.statistics(database) == [:])
        }
    }

    private static func plan(_ database: Database, _ sql: String) throws -> [String] {
        try database.query("EXPLAIN " + sql).map { row in
            if case .text(let line) = row[0] { return line }
            return ""
        }
    }

    @Test("EXPLAIN estimates the rows of every operator, as parameters have them")
    func estimates() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 400)
            let sql = "SELECT lang, count(*) FROM t WHERE lang = 'en' GROUP BY lang"
            #expect(try Self.plan(database, sql).first == "Group Aggregate  (rows=~2)")
            try database.execute("ANALYZE t")
            #expect(
                try Self.plan(database, sql) == [
                    "Group Aggregate  (rows=~3)", "  Group Key: lang",
                    "  ->  Seq Scan on t  (rows=~200)", "        Filter: (lang = 'en')",
                ])
            let range = try database.query(
                "EXPLAIN SELECT id FROM t WHERE id >= $1 AND id < $2", 100, 200)
            #expect(range[0][0] == .text("Index Scan using t_pkey on t  (rows=~100)"))
            let analyzed = try Self.plan(database, "ANALYZE SELECT id FROM t WHERE lang IS NULL")
            #expect(analyzed[0].contains("(rows=~100 actual rows=100 "))
            let plain = try Self.plan(database, "(COSTS off) SELECT id FROM t WHERE id = 1")
            #expect(plain[0] == "Index Scan using t_pkey on t")
            let json = try database.query("EXPLAIN (FORMAT json) SELECT id FROM t LIMIT 7")
            #expect("\(json[0][0])".contains("Estimated Rows"))
        }
    }

    @Test("count(*) of a whole table reads no row, and sees what its transaction sees")
    func counting() throws {
        try TemporaryFolder.with { folder in
            struct Undo: Error {}
            let database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 300)
            let before = try database.query("SELECT count(*) FROM t")
            #expect(before[0][0] == .int(300) && before.summary.visited == 0)
            try? database.write { transaction in
                try transaction.execute("DELETE FROM t WHERE id < 100")
                #expect(try transaction.query("SELECT count(*) FROM t")[0][0] == .int(200))
                throw Undo()
            }
            let twice = try database.query("SELECT count(*), count(*) FROM t HAVING count(*) > 5")
            #expect(twice[0][0] == .int(300) && twice[0][1] == .int(300))
            #expect(
                try Self.plan(database, "SELECT count(*) FROM t") == ["Row Count of t  (rows=~1)"])
            #expect(try database.query("SELECT count(lang) FROM t")[0][0] == .int(225))
            #expect(try database.query("SELECT count(*) FROM t WHERE id < 9")[0][0] == .int(9))
        }
    }

    @Test("they go with their table, and are kept when the database is opened anew")
    func dropped() throws {
        try TemporaryFolder.with { folder in
            var database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 100)
            try database.execute("ANALYZE t")
            database.close()
            database = try Database.open(folder + "/db")
            #expect(try Self.statistics(database).count == 5)
            try database.execute("DROP TABLE t")
            let view = try database.engine.store.beginRead()
            #expect(try view.view.statisticsRecords() == [:])
        }
    }

    @Test("CHECK tells damaged records and such of columns that are not there; plans do without")
    func damage() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try Self.fill(database, rows: 100)
            try database.execute("ANALYZE t")
            #expect(try database.query("CHECK DATABASE").rows == [])
            let scope = try database.engine.readScope()
            let table = try #require(scope.catalog.table(named: "t"))
            scope.close()
            let transaction = try database.engine.store.beginWrite()
            let key = StorageKey.histogram(table: table.id, column: UInt32(table.columns[1].id))
            let bytes = try #require(try transaction.writer.view.bytes(key))
            try transaction.writer.putSealed(key, Array(bytes[4..<40]))
            try transaction.writer.putSealed(
                .histogram(table: table.id, column: 99), Array(bytes[4...]))
            try transaction.commit()
            let findings = try database.query("CHECK DATABASE").rows.map { row in
                if case .text(let finding) = row[1] { return finding }
                return ""
            }
            #expect(findings.contains { $0.contains("histogram") && $0.contains("malformed") })
            #expect(findings.contains { $0.contains("statistics of column \"lang\" are damaged") })
            #expect(findings.contains { $0.contains("column 99, which does not exist") })
            try database.execute("CREATE TABLE u (id INT)")
            #expect(try Self.statistics(database).count == 4)
            #expect(try database.query("SELECT id FROM t WHERE lang = 'de'").rows.count == 25)
            try database.execute("ANALYZE t")
            #expect(try Self.statistics(database).count == 5)
        }
    }

    @Test("they are gathered again once more than a tenth changed, without a vector index")
    func current() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            func rowsKnown() throws -> Int? {
                try Self.statistics(database)["id"]?.gathering.rowCount
            }
            func wait(for rows: Int) throws -> Bool {
                for _ in 0..<500 {
                    if try rowsKnown() == rows { return true }
                    Thread.sleep(forTimeInterval: 0.01)
                }
                return false
            }
            try Self.fill(database, rows: 400)
            Thread.sleep(forTimeInterval: 0.1)
            #expect(try rowsKnown() == nil)
            try Self.add(400..<10_000, to: database)
            #expect(try wait(for: 10_000))
            try Self.add(10_000..<10_600, to: database)
            Thread.sleep(forTimeInterval: 0.2)
            #expect(try rowsKnown() == 10_000)
            try database.execute("UPDATE t SET year = 1 WHERE id < 600")
            #expect(try wait(for: 10_600))
            database.close()
        }
    }
}
