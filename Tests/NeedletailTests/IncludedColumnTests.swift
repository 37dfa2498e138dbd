import Foundation
import Needletail
import Testing

/// Filters that are answered from the columns an index includes, against filters that read rows.
@Suite struct IncludedColumnTests {
    private static let index = "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops)"
    private static let dimension = IndexFixture.dimension

    private static func make(
        _ path: String, rows: Int, _ random: inout SplitMix64
    ) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, grp INT, name TEXT, n INT, v vector(12))")
        try insert(0..<rows, into: database, &random)
        try database.execute("\(index) INCLUDE (grp, name) WITH (m = 8)")
        return database
    }

    private static func insert(
        _ ids: Range<Int>, into database: Database, _ random: inout SplitMix64
    ) throws {
        try database.write { transaction in
            for id in ids {
                try transaction.execute(
                    "INSERT INTO t VALUES ($1, $2, $3, 0, $4)", id, id % 50,
                    id % 11 == 0 ? Value.null : .text("name \(id % 7)"),
                    IndexFixture.vector(&random))
            }
        }
    }

    private static let filters = [
        "grp < 25", "grp = 3", "name = 'name 2'", "name IS NULL AND grp > 10",
        "name LIKE '%3' OR grp IN (1, 2, 99)", "NOT (grp < 45)", "grp = 99", "id < 100",
    ]

    /// A walk as wide as the table finds everything; a search of all rows reads them.
    private static func compare(
        _ random: inout SplitMix64, _ context: Comment,
        _ query: (String, [String: any ValueConvertible]) throws -> ResultSet
    ) throws {
        let vector = IndexFixture.vector(&random)
        for filter in filters {
            let sql = "SELECT id, v <-> :q FROM t WHERE \(filter) ORDER BY v <-> :q LIMIT 10"
            let found = try query(sql + " WITH (ef_search = 1000)", ["q": vector])
            let exact = try query(sql + " WITH (exact)", ["q": vector])
            #expect(
                found.rows.map(\.values) == exact.rows.map(\.values), "\(context), \(filter)")
        }
    }

    private static func show(_ database: Database, _ column: String) throws -> Value? {
        try database.query("SHOW INDEXES FROM t").rows.first { $0[0] == .text("t_v") }?[column]
    }

    /// Waits up to a minute.
    private static func eventually(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<3_000 {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    @Test("random changes, rollbacks, rebuilds and reopenings give what reading rows gives")
    func model() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            var database = try Self.make(folder + "/db", rows: 400, &random)
            var next = 400
            struct Undo: Error {}
            for round in 0..<(Seeded.isSoak ? 400 : 40) {
                let keeps = Int.random(in: 0..<4, using: &random) > 0
                let context: Comment = "seed \(Seeded.seed), round \(round)"
                let before = database.session()
                _ = try Self.run(before, "BEGIN READ ONLY")
                _ = try Self.run(before, "SELECT count(*) FROM t")
                try? database.write { transaction in
                    for _ in 0..<Int.random(in: 1...20, using: &random) {
                        let id = Int.random(in: 0..<next, using: &random)
                        switch Int.random(in: 0..<6, using: &random) {
                        case 0:
                            try transaction.execute(
                                "INSERT INTO t VALUES ($1, $2, 'new', 0, $3)", next, next % 50,
                                IndexFixture.vector(&random))
                            next += 1
                        case 1: try transaction.execute("DELETE FROM t WHERE id = $1", id)
                        case 2:
                            try transaction.execute(
                                "UPDATE t SET v = $1 WHERE id = $2",
                                IndexFixture.vector(&random), id)
                        case 3:
                            try transaction.execute(
                                "UPDATE t SET n = n + 1 WHERE grp = $1", id % 50)
                        case 4:
                            try transaction.execute(
                                """
                                INSERT INTO t VALUES ($1, 3, 'name 2', 1, NULL)
                                ON CONFLICT (id) DO UPDATE SET grp = 3, name = EXCLUDED.name
                                """, id)
                        default:
                            try transaction.execute(
                                "UPDATE t SET grp = $1, name = NULL WHERE id = $2", id % 7, id)
                        }
                    }
                    // A writer finds its own rows by their new values.
                    try Self.compare(&random, "\(context), inside") {
                        try transaction.query($0, named: $1)
                    }
                    if !keeps { throw Undo() }
                }
                let reading = database
                try Self.compare(&random, context) { try reading.query($0, named: $1) }
                if round % 9 == 8 { try database.execute("REINDEX INDEX t_v") }
                try Self.compareOld(before, &random, context)
                before.close()
                #expect(try database.query("CHECK").isEmpty, context)
                if round % 20 == 19 {
                    database.close()
                    database = try Database.open(folder + "/db")
                }
            }
            database.close()
        }
    }

    private static func run(
        _ session: some StatementSession, _ sql: String, _ parameters: [Value] = []
    ) throws -> [[Value]] {
        let statement = try session.start(
            sql, parameters: parameters.isEmpty ? .none : .positional(parameters), input: nil)
        var rows: [[Value]] = []
        while let row = try statement.next() { rows.append(row) }
        return rows
    }

    /// A snapshot that was taken before a change sees nothing of it.
    private static func compareOld(
        _ session: some StatementSession, _ random: inout SplitMix64, _ context: Comment
    ) throws {
        let vector = Value.vector(IndexFixture.vector(&random))
        for filter in filters {
            let sql = "SELECT id, grp, name FROM t WHERE \(filter) ORDER BY v <-> $1 LIMIT 10"
            let found = try run(session, sql + " WITH (ef_search = 1000)", [vector])
            let exact = try run(session, sql + " WITH (exact)", [vector])
            #expect(found == exact, "\(context), before, \(filter)")
        }
    }

    @Test("an included column that changes is seen inside, not before, afterwards, and reopened")
    func changed() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 61)
            var database = try Self.make(folder + "/db", rows: 9_000, &random)
            // Two segments and a tail.
            try Self.insert(9_000..<11_500, into: database, &random)
            #expect(try Self.eventually { try Self.show(database, "segments") == .int(2) })
            try Self.insert(11_500..<11_700, into: database, &random)
            let vector = IndexFixture.vector(&random)
            let sql = """
                SELECT id, grp, name FROM t WHERE grp = $2 ORDER BY v <-> $1 LIMIT 20
                WITH (ef_search = 400)
                """
            let three = try database.query(sql, vector, 3).rows.map(\.values)
            #expect(three.count == 20)
            let old = database.session()
            _ = try Self.run(old, "BEGIN READ ONLY")
            #expect(try Self.run(old, sql, [.vector(vector), .int(3)]) == three)
            try database.write { transaction in
                // Of both segments and of the tail.
                let count = try transaction.execute(
                    "UPDATE t SET grp = 77, name = 'moved' WHERE grp = 3 AND id % 100 = 3")
                #expect(count.rowCount == 117)
                let moved = three.filter { row in
                    if case .int(let id) = row[0] { return id % 100 == 3 }
                    return false
                }
                #expect(!moved.isEmpty)
                let found = try transaction.query(sql, vector, 77)
                #expect(found.allSatisfy { $0[1] == .int(77) && $0[2] == .text("moved") })
                #expect(found.count == 20)
                #expect(Set(moved.map { $0[0] }).isSubset(of: found.map { $0[0] }))
                let left = try transaction.query(sql, vector, 3)
                #expect(left.allSatisfy { $0[1] == .int(3) } && left.count == 20)
            }
            #expect(try Self.run(old, sql, [.vector(vector), .int(3)]) == three)
            #expect(try Self.run(old, sql, [.vector(vector), .int(77)]).isEmpty)
            func check(_ event: Comment) throws {
                #expect(try database.query(sql, vector, 77).count == 20, event)
                #expect(
                    try database.query(sql, vector, 3).allSatisfy { $0[1] == .int(3) }, event)
                let reading = database
                try Self.compare(&random, event) { try reading.query($0, named: $1) }
                #expect(try database.query("CHECK").isEmpty, event)
            }
            try check("after the commit")
            old.close()
            try Self.insert(20_000..<22_500, into: database, &random)
            #expect(try Self.eventually { try Self.show(database, "tail") == .int(0) })
            try check("after folding")
            database.close()
            database = try Database.open(folder + "/db")
            try check("after reopening")
            try database.execute("REINDEX INDEX t_v")
            try check("after REINDEX")
            try database.execute("TRUNCATE t")
            try Self.insert(0..<300, into: database, &random)
            try database.execute("REINDEX INDEX t_v")
            #expect(try database.query(sql, vector, 77).isEmpty)
            #expect(try database.query("CHECK").isEmpty)
            database.close()
        }
    }

    @Test("a row leaves its segment when an included column changes, and stays when another does")
    func moves() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 62)
            let database = try Self.make(folder + "/db", rows: 500, &random)
            defer { database.close() }
            let vectors = try database.query("SELECT id, v FROM t ORDER BY id").rows.map(\.values)
            try database.execute("UPDATE t SET n = 5 WHERE id < 100")
            #expect(try Self.show(database, "tail") == .int(0))
            try database.execute("UPDATE t SET grp = grp + 1 WHERE id >= 100 AND id < 200")
            #expect(try Self.show(database, "tail") == .int(100))
            #expect(try Self.show(database, "lag") == .int(200))
            // Segments keep the primary key as well.
            try database.execute("UPDATE t SET id = id + 1000 WHERE id < 20")
            #expect(try Self.show(database, "tail") == .int(120))
            try database.execute("UPDATE t SET id = id - 1000 WHERE id >= 1000")
            let after = try database.query("SELECT id, v FROM t ORDER BY id").rows.map(\.values)
            #expect(after == vectors, "a row that moves keeps its vector")
            // In one transaction with what was just written.
            try database.write { transaction in
                let fresh = IndexFixture.vector(&random)
                try transaction.execute("UPDATE t SET v = $1 WHERE id = 300", fresh)
                try transaction.execute("UPDATE t SET v = NULL WHERE id = 301")
                try transaction.execute("UPDATE t SET grp = 88 WHERE id IN (300, 301, 302)")
                let rows = try transaction.query("SELECT v FROM t WHERE grp = 88 ORDER BY id")
                #expect(
                    rows.map { $0[0] } == [.vector(fresh), .null, vectors[302][1]])
            }
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    @Test("the values come from the index, and CHECK holds them against the rows")
    func kept() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 63)
            let path = folder + "/db"
            var database = try Self.make(path, rows: 300, &random)
            let vector = IndexFixture.vector(&random)
            let sql = """
                SELECT id FROM t WHERE grp = 120 ORDER BY v <-> $1 LIMIT 3
                WITH (ef_search = 300)
                """
            #expect(try database.query(sql, vector).isEmpty)
            #expect(try database.query("CHECK TABLE t").isEmpty)
            let file = try #require(try IndexFixture.files(path).first)
            #expect(
                try Self.show(database, "bytes") == .int(Int64(try Data(contentsOf: file).count)))
            // A build with a mistake: slot 7 with another group than its row has.
            database = try IndexFixture.spoil(database, path) { $0.bytes[$0.arrays + 7] = 120 }
            #expect(try database.query(sql, vector).rows.map { $0[0] } == [.int(7)])
            let findings = try database.query("CHECK TABLE t").rows.map { $0[1] }
            #expect(findings.count == 1)
            guard case .text(let finding)? = findings.first else { return }
            #expect(
                finding.contains(
                    "1 rows have another value of column \"grp\" than it keeps, the first at slot 7"
                ))
            database.close()
        }
    }

    @Test("arrays that are damaged or of another version are not used, and built anew")
    func damaged() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 64)
            let path = folder + "/db"
            var database = try Self.make(path, rows: 300, &random)
            let changes: [(inout IndexFixture.Spoiled) -> Void] = [
                { $0.bytes[7] = 2 },  // The version of the form.
                { spoiled in  // A place in the dictionary that there is not.
                    let names = spoiled.arrays + 320
                    for place in 0..<300 { spoiled.bytes[names + place] = 200 }
                },
                { $0.bytes[$0.directory + 28 + 5] = 4 },  // An element of another size.
                { $0.bytes[$0.directory + 4 + 4] = 99 },  // A form of a later program.
                { $0.put(250, at: $0.directory) },  // Arrays without end.
                { $0.bytes[$0.directory + 4 + 8] ^= 1 },  // An array at an odd place.
            ]
            for (number, change) in changes.enumerated() {
                database = try IndexFixture.spoil(database, path, change)
                let reading = database
                try Self.compare(&random, "\(number)") { try reading.query($0, named: $1) }
                #expect(
                    try Self.eventually {
                        try Self.show(database, "state") == .text("ready")
                            && IndexFixture.files(path).count == 1
                    }, "\(number)")
                #expect(try database.query("CHECK TABLE t").isEmpty, "\(number)")
            }
            // An array of a kind that a later program writes beside ours is passed over.
            database = try IndexFixture.spoil(database, path) { $0.bytes[$0.directory + 4] = 50 }
            let reading = database
            try Self.compare(&random, "another kind") { try reading.query($0, named: $1) }
            #expect(try Self.show(database, "state") == .text("ready"))
            database.close()
        }
    }

    @Test("many query vectors in one statement, and equal vectors, are filtered alike")
    func together() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 66)
            let database = try Self.make(folder + "/db", rows: 3_000, &random)
            defer { database.close() }
            try database.execute("UPDATE t SET v = (SELECT v FROM t WHERE id = 1) WHERE id < 60")
            try database.execute("REINDEX INDEX t_v")
            let rows = { (options: String) in
                try database.query(
                    """
                    SELECT q.id, n.id, n.d FROM t q CROSS JOIN LATERAL (
                    SELECT id, v <-> q.v AS d FROM t
                    WHERE grp = q.grp AND name IS NOT NULL ORDER BY v <-> q.v LIMIT 5 \(options)) n
                    WHERE q.id % 40 = 1
                    """
                ).rows.map(\.values)
            }
            #expect(try rows("WITH (ef_search = 1000)") == rows("WITH (exact)"))
        }
    }
}
