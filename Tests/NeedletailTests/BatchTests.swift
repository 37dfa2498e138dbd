import Needletail
import NeedletailExecutor
import Testing

/// One statement with many sets of parameters, against one statement for each set.
@Suite struct BatchTests {
    /// A table whose rows lie on a small grid, so that many are equally far from a query, with rows
    /// without a vector and freed slots, and an index that has a tail.
    static func make(
        _ folder: String, rows: Int = 3_000, isIndexed: Bool = false
    ) throws -> Database {
        let database = try Database.open(folder + "/db")
        try database.execute("CREATE TABLE t (id INT PRIMARY KEY, size INT, v vector(3))")
        func insert(_ ids: Range<Int>) throws {
            try database.write { transaction in
                let insert = try database.prepare("INSERT INTO t VALUES ($1, $2, $3)")
                for id in ids {
                    let vector = id % 89 == 7 ? nil : point(id &* 7_919)
                    try transaction.execute(insert, id, id % 50, vector)
                }
            }
        }
        try insert(0..<rows)
        try database.execute("DELETE FROM t WHERE id % 101 = 5")
        if isIndexed {
            try database.execute("CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops)")
        }
        try insert(rows..<rows + 100)
        return database
    }

    /// One of a thousand.
    static func point(_ number: Int) -> [Float] {
        [Float(number % 10), Float(number / 10 % 10), Float(number / 100 % 10)]
    }

    /// Vector, count, size.
    static func sets(_ count: Int) -> [[any ValueConvertible]] {
        (0..<count).map { number in
            let vector: [Float]? = number % 17 == 3 ? nil : point(number &* 337)
            return [vector, number % 29 == 5 ? Int?.none : number % 13, number % 60]
        }
    }

    /// What must not depend on how it was found.
    static func essence(_ results: [ResultSet]) -> [String] {
        results.map { result in
            var summary = result.summary
            summary.elapsedNanoseconds = 0
            return "\(result.columns) \(result.rows.map(\.values)) \(summary)"
        }
    }

    static let statements = [
        "SELECT id, v <-> $1 AS d FROM t WHERE id >= $3 - $3 ORDER BY d LIMIT $2",
        "SELECT id, v <-> $1 AS d FROM t WHERE size > $3 ORDER BY d LIMIT $2",
        "SELECT id, v <-> $1 AS d FROM t WHERE size > $3 ORDER BY d LIMIT $2 WITH (exact)",
        "SELECT id FROM t WHERE v <-> $1 < 3 AND $3 >= 0 ORDER BY v <-> $1 LIMIT $2",
        "SELECT id FROM t WHERE $3 = 3 ORDER BY v <-> $1 LIMIT $2 WITH (ef_search = 30)",
        "SELECT id FROM t ORDER BY v <-> $1 LIMIT $2 OFFSET $3",
        "SELECT id FROM t WHERE size = $3 ORDER BY v <-> $1 DESC LIMIT $2",
        "SELECT count(*), $3 FROM (SELECT id FROM t ORDER BY v <-> $1 LIMIT $2) n",
        "SELECT id FROM t WHERE id < 60 + $3 - $2 ORDER BY v <-> $1",
        "SELECT size FROM t WHERE size < $3 ORDER BY v <-> $1 LIMIT 2 BY size LIMIT $2",
        "SELECT id FROM t WHERE $3 > 1 ORDER BY v <-> $1 LIMIT $2 WITH (max_visited = 40)",
        "SELECT id FROM t WHERE size = $3 AND v <-> $1 > 2 ORDER BY id LIMIT $2",
    ]

    @Test(
        "every set has the rows and the summary that it has alone", arguments: statements,
        [false, true])
    func agreement(sql: String, isIndexed: Bool) throws {
        try TemporaryFolder.with { folder in
            let sets = Self.sets(150)
            var database = try Self.make(folder, isIndexed: isIndexed)
            var statement = try database.prepare(sql)
            // Of one snapshot, as a batch is: what is known of a filter is known of a snapshot, and
            // statistics are committed in the background.
            let alone = try database.read { snapshot in
                try sets.map { try snapshot.query(statement, $0[0], $0[1], $0[2]) }
            }
            // Opened anew, nothing is known of the filters.
            database.close()
            database = try Database.open(folder + "/db")
            defer { database.close() }
            statement = try database.prepare(sql)
            let together = try statement.query(batch: sets)
            #expect(Self.essence(together) == Self.essence(alone))
            #expect(together.contains { !$0.isEmpty })
        }
    }

    @Test("a pass over the vectors is shared by 64 sets")
    func passes() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder, rows: 20_000)
            defer { database.close() }
            let scans = database.engine.scans
            let nearest = try database.prepare("SELECT id FROM t ORDER BY v <-> $1 LIMIT 5")
            _ = try nearest.query(Self.point(1))
            let once = scans.blocks
            #expect(once > 1)
            let sets = (0..<130).map { [Self.point($0)] }
            let results = try nearest.query(batch: Array(sets.prefix(64)))
            #expect(scans.blocks == 2 * once)
            #expect(results.allSatisfy { $0.summary.distances == results[0].summary.distances })
            _ = try nearest.query(batch: sets)
            #expect(scans.blocks == 5 * once)
            let limited = try database.prepare(
                "SELECT id FROM t ORDER BY v <-> $1 LIMIT 5 WITH (timeout = '1min')")
            _ = try limited.query(batch: Array(sets.prefix(10)))
            #expect(scans.blocks == 15 * once, "what a search may spend is its own")
        }
    }

    @Test("sets that find many rows are held a few at a time")
    func manyResults() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(1))")
            try database.execute(
                "INSERT INTO t SELECT n, ('[' || n || ']')::vector "
                    + "FROM generate_series(1, 300000) AS s(n)")
            let scans = database.engine.scans
            let count = try database.prepare(
                "SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> $1) n")
            _ = try count.query([0] as [Float])
            let once = scans.blocks
            let results = try count.query(batch: (0..<7).map { [[Float($0)]] })
            #expect(results.allSatisfy { $0[0][0] == .int(300_000) })
            #expect(scans.blocks == 4 * once, "of 300,000 rows each, three sets' are held")
        }
    }

    @Test("the sets of a batch see what their transaction has written, and one snapshot")
    func transactions() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder, rows: 500)
            defer { database.close() }
            let session = database.session()
            defer { session.close() }
            func run(_ sql: String) throws {
                let statement = try session.start(sql, parameters: .none, input: nil)
                while try statement.next() != nil {}
            }
            let sql = "SELECT id, v <-> $1 FROM t ORDER BY v <-> $1 LIMIT 3"
            let sets = (0..<70).map { Parameters.positional([.vector(Self.point($0 &* 31))]) }
            func rows(_ statements: [any RunningStatement]) throws -> [[Value]] {
                var rows: [[Value]] = []
                for statement in statements {
                    while let row = try statement.next() { rows.append(row) }
                    #expect(statement.summary.tag == "SELECT 3")
                }
                return rows
            }
            #expect(try session.startBatch(sql, sets: sets[...]) == nil, "no transaction is open")
            for begin in ["BEGIN READ WRITE", "BEGIN"] {
                try run(begin)
                if begin != "BEGIN" {
                    try run("INSERT INTO t VALUES (9000, 1, '[0,0,0]'), (9001, 1, '[1,3,0]')")
                    try run("DELETE FROM t WHERE id % 2 = 0 AND id < 9000")
                }
                let started = try #require(try session.startBatch(sql, sets: sets[...]))
                #expect(started.count == 64)
                try database.execute("SELECT 1")
                let together = try rows(started)
                let alone = try sets.prefix(64).flatMap { set in
                    try rows([try session.start(sql, parameters: set, input: nil)])
                }
                #expect(together == alone)
                if begin == "BEGIN" {
                    try database.execute("INSERT INTO t VALUES (9002, 1, '[0,0,0]')")
                    let later = try #require(try session.startBatch(sql, sets: sets[...]))
                    #expect(try rows(later) == together)
                }
                try run("ROLLBACK")
            }
        }
    }

    @Test("starting something else ends the sets that were not read")
    func replaced() throws {
        try TemporaryFolder.with { folder in
            let database = try Self.make(folder, rows: 300)
            defer { database.close() }
            let session = database.session()
            defer { session.close() }
            let sets = (0..<5).map { Parameters.positional([.vector(Self.point($0))]) }
            for begin in ["BEGIN", "BEGIN READ WRITE"] {
                _ = try session.start(begin, parameters: .none, input: nil).next()
                let started = try #require(
                    try session.startBatch(
                        "SELECT id FROM t ORDER BY v <-> $1 LIMIT 3", sets: sets[...]))
                #expect(try started[0].next() != nil)
                _ = try session.start("ROLLBACK", parameters: .none, input: nil).next()
                for statement in started.dropFirst() { #expect(try statement.next() == nil) }
            }
        }
    }

    @Test("an empty batch does nothing, one of one set is like the statement alone")
    func few() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let database = try Self.make(folder, rows: 300)
        defer { database.close() }
        let nearest = try database.prepare("SELECT id FROM t ORDER BY v <-> $1 LIMIT 5")
        let alone = try await nearest.query(Self.point(4))
        try Self.checkFew(nearest, Self.essence([alone]))
        let none = try await nearest.query(batch: [])
        #expect(none.isEmpty)
        let three = try await nearest.query(batch: [[Self.point(4)], [Self.point(4)]])
        #expect(Self.essence(three) == Self.essence([alone, alone]))
    }

    private static func checkFew(_ nearest: PreparedStatement, _ alone: [String]) throws {
        #expect(try nearest.query(batch: []).isEmpty)
        #expect(essence(try nearest.query(batch: [[point(4)]])) == alone)
    }
}
