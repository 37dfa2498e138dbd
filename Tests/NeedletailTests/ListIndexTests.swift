import Foundation
import Needletail
import NeedletailCatalog
import NeedletailExecutor
import NeedletailStorage
import Testing

/// Searches through indexes of lists, against searches that compare every row.
@Suite struct ListIndexTests {
    private static let dimension = ClusteredVectors.dimension
    private typealias Source = ClusteredVectors

    private static func insert(
        _ ids: Range<Int>, into database: Database, _ source: inout Source
    ) throws {
        try database.write { transaction in
            for id in ids {
                try transaction.execute(
                    "INSERT INTO t VALUES ($1, $2, $3)", id, id % 50, source.next())
            }
        }
    }

    private static func make(
        _ path: String, rows: Int, _ source: inout Source, isEmpty: Bool = false,
        options: String = "lists = 40", operators: String = "vector_l2_ops"
    ) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, grp INT, v vector(\(dimension)))")
        let create = "CREATE INDEX t_v ON t USING ivf (v \(operators)) WITH (\(options))"
        if isEmpty { try database.execute(create) }
        if rows > 0 { try insert(0..<rows, into: database, &source) }
        if !isEmpty { try database.execute(create) }
        return database
    }

    private static func ids(_ rows: ResultSet) -> [Value] { rows.map { $0[0] } }

    /// Mean recall at 10 of 40 queries.
    private static func recall(
        _ database: Database, _ seed: UInt64, options: String = "recall = 0.95",
        filter: String = "", by operation: String = "<->"
    ) throws -> Double {
        var source = Source(seed: 7)
        source.random = SplitMix64(seed: seed)
        var hits = 0
        for _ in 0..<40 {
            let target = source.next()
            let query = "SELECT id FROM t \(filter) ORDER BY v \(operation) :q LIMIT 10"
            let found = try database.query("\(query) WITH (\(options))", named: ["q": target])
            let exact = try database.query("\(query) WITH (exact)", named: ["q": target])
            hits += Set(ids(found)).intersection(ids(exact)).count
            #expect(found.rows.count == exact.rows.count)
        }
        return Double(hits) / 400
    }

    /// Every row is found once, by the distance of its stored vector, as if all were compared.
    private static func compare(
        _ target: [Float], _ query: (String, [String: any ValueConvertible]) throws -> ResultSet
    ) throws {
        let comment: Comment = "seed \(Seeded.seed)"
        for filter in ["", "WHERE grp < 20"] {
            let sql = "SELECT id, v <-> :q FROM t \(filter) ORDER BY v <-> :q LIMIT 5000"
            let exact = try query("\(sql) WITH (exact)", ["q": target])
            let found = try query("\(sql) WITH (probes = 30000)", ["q": target])
            #expect(found.rows.map(\.values) == exact.rows.map(\.values), comment)
        }
        let few = try query(
            "SELECT id FROM t ORDER BY v <-> :q LIMIT 7 WITH (probes = 1)", ["q": target])
        let count = try query("SELECT count(*) FROM t WHERE v IS NOT NULL", [:])
        guard case .int(let rows)? = count.first?[0] else { return }
        #expect(few.rows.count == min(7, Int(rows)), comment)
        #expect(few.summary.plan?.contains("(t") == true, comment)
    }

    @Test(
        "random changes, rollbacks, rebuilds and reopenings give what comparing every row gives",
        arguments: ["lists = 6", "lists = auto, assign = 2", "codes = 'int8', assign = 1"])
    func model(options: String) throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: Seeded.seed)
            let startsEmpty = Bool.random(using: &source.random)
            var database = try Self.make(
                folder + "/db", rows: 500, &source, isEmpty: startsEmpty, options: options)
            struct Undo: Error {}
            var next = 500
            for round in 0..<(Seeded.isSoak ? 400 : 40) {
                let keeps = Int.random(in: 0..<4, using: &source.random) > 0
                let target = source.next()
                do {
                    try database.write { transaction in
                        for _ in 0..<Int.random(in: 1...25, using: &source.random) {
                            try Self.change(transaction, &next, &source)
                        }
                        if round % 3 == 0 {
                            // A writer sees its own changes.
                            try Self.compare(target) { try transaction.query($0, named: $1) }
                        }
                        if !keeps { throw Undo() }
                    }
                } catch is Undo {}
                let reading = database
                try Self.compare(target) { try reading.query($0, named: $1) }
                if round % 10 == 9 {
                    #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
                    if round % 20 == 9 { try database.execute("REINDEX INDEX t_v") }
                    database.close()
                    database = try Database.open(folder + "/db")
                }
            }
            try database.execute("DELETE FROM t")
            try Self.compare(source.next()) { try database.query($0, named: $1) }
            #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
            database.close()
        }
    }

    private static func change(
        _ transaction: Transaction, _ next: inout Int, _ source: inout Source
    ) throws {
        let id = Int.random(in: 0..<next, using: &source.random)
        switch Int.random(in: 0..<8, using: &source.random) {
        case 0...2:
            try transaction.execute(
                "INSERT INTO t VALUES ($1, $2, $3)", next, next % 50, source.next())
            next += 1
        case 3:
            let first = next
            for id in first..<first + 120 {
                try transaction.execute(
                    "INSERT INTO t VALUES ($1, $2, $3)", id, id % 50, source.next())
            }
            next += 120
        case 4:
            try transaction.execute("UPDATE t SET v = $1 WHERE id = $2", source.next(), id)
        case 5: try transaction.execute("UPDATE t SET v = NULL WHERE id = $1", id)
        case 6: try transaction.execute("DELETE FROM t WHERE grp = $1", id % 50)
        default: try transaction.execute("DELETE FROM t WHERE id = $1", id)
        }
    }

    @Test(
        "recall holds after the build, inserts, churn and a reopening",
        arguments: ["vector_l2_ops", "vector_ip_ops", "vector_cosine_ops"])
    func recalls(operators: String) throws {
        try TemporaryFolder.with { folder in
            let operation = ["vector_l2_ops": "<->", "vector_ip_ops": "<#>"][operators] ?? "<=>"
            var source = Source(seed: 7)
            var database = try Self.make(
                folder + "/db", rows: 6_000, &source, operators: operators)
            func expect(_ event: String) throws {
                let found = try Self.recall(database, 99, by: operation)
                #expect(found >= 0.9, "after \(event)")
            }
            let plan = try database.query(
                "SELECT id FROM t ORDER BY v \(operation) :q LIMIT 10",
                named: ["q": source.next()]
            ).summary.plan
            #expect(plan?.hasPrefix("ivf(t_v) probes=") == true)
            try expect("the build")
            try Self.insert(6_000..<9_000, into: database, &source)
            try expect("inserts")
            for step in 0..<9 {
                let first = step * 1_000
                try database.execute(
                    "DELETE FROM t WHERE id >= $1 AND id < $2", first, first + 1_000)
                try Self.insert(9_000 + first..<10_000 + first, into: database, &source)
            }
            try expect("churn")
            #expect(try database.query("CHECK").isEmpty)
            database.close()
            database = try Database.open(folder + "/db")
            try expect("a reopening")
            database.close()
        }
    }

    @Test("an index that began without rows grows into many lists")
    func grown() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 7)
            let database = try Self.make(
                folder + "/db", rows: 0, &source, isEmpty: true, options: "lists = auto")
            for first in stride(from: 0, to: 8_000, by: 500) {
                try Self.insert(first..<first + 500, into: database, &source)
            }
            let found = try Self.recall(database, 5)
            #expect(found >= 0.9)
            let state = try database.query("SHOW INDEXES FROM t").rows.last?[10]
            guard case .text(let words)? = state, let count = Int(words.prefix { $0 != " " })
            else {
                Issue.record("no state of lists")
                return
            }
            #expect(count > 30, "\(words)")
            #expect(try database.query("CHECK").isEmpty)
            try database.execute("DELETE FROM t WHERE id >= 40")
            #expect(try database.query("CHECK").isEmpty)
            database.close()
        }
    }

    @Test("filters give full pages of rows that pass, and recall holds")
    func filters() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 7)
            let database = try Self.make(folder + "/db", rows: 6_000, &source)
            try database.execute("CREATE INDEX t_grp ON t USING bitmap (grp)")
            for filter in [
                "WHERE grp = 3", "WHERE grp < 25", "WHERE id % 2 = 0", "WHERE id < 30",
                "WHERE id % 500 = 7", "WHERE grp >= 1",
            ] {
                let found = try Self.recall(database, 17, filter: filter)
                #expect(found >= 0.9, "\(filter)")
            }
            for strategy in ["pre", "in", "post"] {
                let rows = try database.query(
                    "SELECT id FROM t WHERE grp = 3 ORDER BY v <-> :q LIMIT 60 "
                        + "WITH (filter = \(strategy))",
                    named: ["q": source.next()]
                ).rows
                #expect(rows.count == 60, "\(strategy)")
            }
            database.close()
        }
    }

    @Test("the graph goes first, lists where their number is given, and a name decides")
    func planner() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 7)
            let database = try Self.make(folder + "/db", rows: 3_000, &source)
            try database.execute("CREATE INDEX t_h ON t USING hnsw (v vector_l2_ops)")
            func plan(_ options: String) throws -> String {
                try database.query(
                    "SELECT id FROM t ORDER BY v <-> :q LIMIT 5 \(options)",
                    named: ["q": source.next()]
                ).summary.plan ?? ""
            }
            #expect(try plan("").hasPrefix("hnsw(t_h)"))
            #expect(try plan("WITH (probes = 3)").hasPrefix("ivf(t_v) probes=3 of 40"))
            #expect(try plan("WITH (index = t_v)").hasPrefix("ivf(t_v)"))
            try database.execute("DROP INDEX t_h")
            #expect(try plan("").hasPrefix("ivf(t_v)"))
            #expect(try plan("WITH (exact)").hasPrefix("exact"))
            try database.execute("DROP INDEX t_v")
            #expect(try plan("").hasPrefix("exact"))
            database.close()
        }
    }

    @Test("a damaged list is answered around, told, found by CHECK and mended by REINDEX")
    func damaged() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 7)
            let database = try Self.make(folder + "/db", rows: 2_000, &source)
            let scope = try database.engine.readScope()
            let index = try #require(scope.catalog.index(named: "t_v"))
            let key = StorageKey.invertedList(index: index.id, list: 3, part: 0)
            var bytes = try #require(try scope.view.bytes(key))
            scope.close()
            bytes[100] ^= 0x40
            let transaction = try database.engine.store.beginWrite()
            try transaction.writer.put(key, bytes)
            try transaction.commit()
            database.close()
            let again = try Database.open(folder + "/db")
            let target = source.next()
            let sql = "SELECT id FROM t ORDER BY v <-> :q LIMIT 10 WITH (probes = 40)"
            let found = try again.query(sql, named: ["q": target])
            let exact = try again.query(
                "SELECT id FROM t ORDER BY v <-> :q LIMIT 10 WITH (exact)", named: ["q": target])
            #expect(Self.ids(found) == Self.ids(exact))
            #expect(found.summary.notices.contains { $0.message.contains("t_v") })
            let findings = try again.query("CHECK TABLE t").rows
            #expect(!findings.isEmpty)
            try again.execute("REINDEX INDEX t_v")
            #expect(try again.query("CHECK TABLE t").isEmpty)
            let mended = try again.query(sql, named: ["q": target])
            #expect(mended.summary.plan == "ivf(t_v) probes=40 of 40")
            again.close()
        }
    }

    @Test("writers go on while lists are built, and nothing they did is missed")
    func buildBesideWriters() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 7)
            let database = try Self.make(folder + "/db", rows: 3_000, &source)
            let builds = DispatchGroup()
            DispatchQueue.global().async(group: builds) {
                for _ in 0..<3 {
                    do { try database.execute("REINDEX INDEX t_v") } catch {
                        Issue.record(error)
                    }
                }
            }
            for step in 0..<60 {
                try Self.insert(5_000 + step * 5..<5_005 + step * 5, into: database, &source)
                try database.execute("DELETE FROM t WHERE id = $1", step * 7)
                try database.execute(
                    "UPDATE t SET v = $1 WHERE id = $2", source.next(), step * 11 + 1_000)
            }
            builds.wait()
            #expect(try database.query("CHECK TABLE t").isEmpty)
            try Self.compare(source.next()) { try database.query($0, named: $1) }
            database.close()
        }
    }
}
