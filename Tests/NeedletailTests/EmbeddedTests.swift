import Foundation
import Needletail
import Testing

/// The API that Swift programs use.
@Suite struct EmbeddedTests {
    struct Note: Decodable, Equatable {
        let id: Int
        let text: String?
        let tags: [String]
        let v: [Float]
        let meta: Meta

        struct Meta: Decodable, Equatable {
            let page: Int
            let lang: String
        }
    }

    @Test("values bind and decode as what they are")
    func roundTrip() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute(
                """
                CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT, tags TEXT[], v vector(3),
                    meta JSONB, h halfvec(2), raw BYTEA, at TIMESTAMPTZ, day DATE, ok BOOLEAN,
                    ratio REAL, u UUID)
                """)
            let meta = JSON.object(
                JSONObject([
                    .init(key: "page", value: .int(3)), .init(key: "lang", value: .string("en")),
                ]))
            try database.execute(
                "INSERT INTO notes VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                1, String?.none, ["a", "b"], [0.5, 1, -2] as [Float], meta, [1, 2] as [Float],
                [0, 255] as [UInt8], Timestamp(microseconds: 1), CalendarDate(days: 2), true, 0.1,
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
            let notes = try database.query("SELECT id, text, tags, v, meta FROM notes")
                .decode(Note.self)
            #expect(
                notes == [
                    Note(
                        id: 1, text: nil, tags: ["a", "b"], v: [0.5, 1, -2],
                        meta: .init(page: 3, lang: "en"))
                ])
            let row = try database.query("SELECT * FROM notes")[0]
            #expect(row["raw"] == .bytes([0, 255]))
            #expect(row["at"] == .timestamp(Timestamp(microseconds: 1)))
            #expect(row["day"] == .date(CalendarDate(days: 2)))
            #expect(row["ratio"] == .double(Double(Float(0.1))))
            #expect(row["h"] == .halfvec(HalfVector(bits: [0x3C00, 0x4000])))
            #expect(row["missing"] == nil)
        }
    }

    @Test("write commits what its closure did, or nothing")
    func write() throws {
        struct Failure: Error {}
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            #expect(throws: Failure.self) {
                try database.write { transaction in
                    try transaction.execute("INSERT INTO t VALUES (1)")
                    throw Failure()
                }
            }
            #expect(try database.query("SELECT count(*) FROM t")[0][0] == .int(0))
            let written = try database.write { transaction in
                try transaction.execute("INSERT INTO t VALUES (1)")
                return try transaction.query("SELECT count(*) FROM t")[0][0]
            }
            #expect(written == .int(1))
            let refused = #expect(throws: DatabaseError.self) {
                try database.read { try $0.query("DELETE FROM t") }
            }
            #expect(refused?.code == .readOnlyTransaction)
            let misplaced = #expect(throws: DatabaseError.self) {
                try database.write { try $0.execute("COMMIT") }
            }
            #expect(misplaced?.code == .activeTransaction)
        }
    }

    @Test("the asynchronous forms run off the cooperative pool")
    func asynchronous() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/needletail-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try Database.open(folder)
        try await database.execute("CREATE TABLE t (id INT PRIMARY KEY)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 0..<40 {
                group.addTask {
                    try await database.write { transaction in
                        _ = try transaction.execute("INSERT INTO t VALUES ($1)", id)
                    }
                }
            }
            try await group.waitForAll()
        }
        let count = try await database.read { try $0.query("SELECT count(*) FROM t")[0][0] }
        #expect(count == .int(40))
        database.close()
    }

    @Test("a prepared statement keeps nothing from one execution to the next")
    func executionsAreApart() async throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let database = try Database.open(folder + "/db")
        defer { database.close() }
        try await database.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT)")
        try await database.execute(
            "INSERT INTO t SELECT n, 'row ' || n FROM generate_series(1, 100) AS n")
        // A remembered list, a pattern, a subquery and an expression that reads no row.
        let list = (0..<9).map { ":m\($0)::bigint" }.joined(separator: ", ")
        let statement = try database.prepare(
            """
            SELECT id FROM t WHERE id + 0 IN (\(list)) AND name LIKE :prefix || '%'
                AND id + 0 IN (SELECT id FROM t WHERE id < :bound) AND id + 0 > abs(:least)
                AND id + 0 <> (SELECT max(id) FROM t WHERE id < :bound) ORDER BY id
            """)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for first in 1...40 {
                group.addTask {
                    let members = (0..<9).map { Int64(first + $0) }
                    let bound = Int64(first + 6)
                    let expected = members.filter {
                        $0 < bound && $0 > first && $0 != bound - 1 && "\($0)".hasPrefix("3")
                    }
                    var parameters: [String: any ValueConvertible] = [
                        "prefix": "row 3", "bound": bound, "least": -Int64(first),
                    ]
                    for (place, member) in members.enumerated() {
                        parameters["m\(place)"] = member
                    }
                    for _ in 0..<20 {
                        let found = try await statement.query(named: parameters)
                        #expect(found.map { $0[0] } == expected.map { .int($0) })
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("every part of a changing statement has its own memory")
    func memoriesAreApart() throws {
        let folder = try TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let database = try Database.open(folder + "/db")
        defer { database.close() }
        try database.execute(
            "CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT CHECK (n < abs(-99)))")
        let inserted = try database.query(
            """
            INSERT INTO t SELECT g, (SELECT 1 + 1) FROM generate_series(1, (SELECT 3)) AS g
            RETURNING id + abs(-10), (SELECT 7), n
            """)
        #expect(inserted.map { $0[0] } == [.int(11), .int(12), .int(13)])
        #expect(inserted.map { $0[1] } == [.int(7), .int(7), .int(7)])
        let updated = try database.query(
            """
            UPDATE t SET n = (SELECT max(id) FROM t) WHERE id > (SELECT min(id) FROM t)
            RETURNING n, (SELECT count(*) FROM t)
            """)
        #expect(updated.map { $0[0] } == [.int(3), .int(3)])
        #expect(updated.map { $0[1] } == [.int(3), .int(3)])
    }

    @Test("prepared statements follow changes of definitions")
    func prepared() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            let statement = try database.prepare("SELECT * FROM t WHERE id = $1")
            #expect(throws: DatabaseError.self) { try statement.query(1) }
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, a TEXT)")
            try database.execute("INSERT INTO t VALUES (1, 'x')")
            #expect(try statement.query(1)[0].values == [.int(1), .text("x")])
            try database.execute("DROP TABLE t")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, b INT, c INT)")
            try database.execute("INSERT INTO t VALUES (1, 2, 3)")
            #expect(try statement.query(1)[0].values == [.int(1), .int(2), .int(3)])
            // A definition that was rolled back leaves no plan behind.
            struct Undo: Error {}
            try? database.write { transaction in
                try transaction.execute("DROP TABLE t")
                try transaction.execute("CREATE TABLE t (id INT PRIMARY KEY, z TEXT)")
                try transaction.execute("INSERT INTO t VALUES (1, 'gone')")
                #expect(
                    try transaction.query("SELECT * FROM t WHERE id = $1", 1)[0].values.count == 2)
                throw Undo()
            }
            #expect(try statement.query(1)[0].values == [.int(1), .int(2), .int(3)])
        }
    }

    @Test(
        "parameters of the wrong number, name, type or dimension are refused by name",
        arguments: [
            ("SELECT $1 + 1", [Value](), "42P02"), ("SELECT 1", [.int(1)], "42P02"),
            ("SELECT id FROM t WHERE id = $1", [.text("x")], "22P02"),
            ("SELECT id FROM t ORDER BY v <-> $1 LIMIT 1", [.vector([1])], "22000"),
            ("SELECT id FROM t ORDER BY v <-> $1 LIMIT 1", [.vector([1, .nan])], "22000"),
            ("INSERT INTO t VALUES ($1, $2)", [.int(1), .vector([1, .infinity])], "22000"),
            ("INSERT INTO t VALUES ($1, $2)", [.int(1 << 40), .null], "22003"),
        ])
    func refused(sql: String, parameters: [Value], code: String) throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(2))")
            let session = database.session()
            let error = #expect(throws: DatabaseError.self) {
                _ = try session.start(sql, parameters: .positional(parameters), input: nil).next()
            }
            #expect(error?.code.rawValue == code, "\(String(describing: error))")
        }
    }

    @Test("long and deep statements are refused, not followed")
    func oversized() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            let deep = String(repeating: "(", count: 50_000) + "1"
            let error = #expect(throws: DatabaseError.self) { try database.query("SELECT \(deep)") }
            #expect(error?.code == .statementTooComplex)
            let wide = (0..<2_000).map { "c\($0) INT" }.joined(separator: ", ")
            #expect(throws: DatabaseError.self) { try database.execute("CREATE TABLE w (\(wide))") }
            #expect(throws: DatabaseError.self) {
                try database.execute("CREATE TABLE w (v vector(16001))")
            }
            try database.execute("CREATE TABLE big (id INT PRIMARY KEY, v vector(16000))")
            let vector = (0..<16_000).map { Float($0) }
            try database.execute("INSERT INTO big VALUES (1, $1)", vector)
            #expect(
                try database.query("SELECT v FROM big ORDER BY v <-> $1 LIMIT 1", vector)[0][0]
                    == .vector(vector))
        }
    }
}
