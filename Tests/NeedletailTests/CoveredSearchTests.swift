import Foundation
import Needletail
import NeedletailCatalog
import NeedletailExecutor
import Testing

/// Answers that are read from what segments keep of keys and included columns, against answers that
/// are read from rows.
@Suite struct CoveredSearchTests {
    private static let keys = [
        "a INT", "a BIGINT", "a SMALLINT", "a TEXT", "a UUID", "a DATE", "a BYTEA",
        "a DOUBLE PRECISION", "a BOOLEAN, b TEXT", "a TEXT, b INT", "a INT, b UUID, c TEXT", "",
    ]

    private static func names(_ key: String) -> [String] {
        key.split(separator: ",").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// Values of a key whose order is not that of its numbers.
    private static func values(_ key: String, _ number: Int) -> [Value] {
        let mixed = (number * 7_919) % 10_007
        return key.split(separator: ",").map { column in
            let words = column.split(separator: " ")
            switch words[1] {
            case "TEXT": return .text("k\(mixed)")
            case "UUID": return .uuid(UUIDValue(high: UInt64(mixed), low: UInt64(number)))
            case "DATE": return .date(CalendarDate(days: Int32(mixed)))
            case "BYTEA": return .bytes([UInt8(mixed & 255), UInt8(mixed >> 8)])
            case "DOUBLE": return .double(Double(mixed) / 4 - 700)
            case "BOOLEAN": return .bool(mixed % 2 == 0)
            default: return .int(Int64(mixed - 5_000))
            }
        }
    }

    /// Wide ones, beside which text of keys is little; many are equally far from any query.
    private static func vector(_ number: Int) -> [Float] {
        let bits = (0..<94).map { place -> Float in
            place < 12 && (number >> place) & 1 == 0 ? -1 : 1
        }
        return [Float(number % 23), Float(number % 3)] + bits
    }

    private static func query(_ number: Int) -> [Float] {
        Array(vector(number).prefix(2)) + [Float](repeating: 0, count: 94)
    }

    private static func insert(
        _ numbers: Range<Int>, _ key: String, into database: Database,
        _ random: inout SplitMix64
    ) throws {
        let holes = names(key).map { ":\($0), " }.joined()
        try database.write { transaction in
            for number in numbers {
                var named: [String: any ValueConvertible] = [
                    // Many rows at one distance: ties are ordered by key.
                    "v": Self.vector(number),
                    "n": number % 5 == 0 ? Value.null : .int(Int64(number)),
                    "w": number % 4 == 0 ? Value.null : .text("word \(number % 40)"),
                ]
                for (name, value) in zip(names(key), values(key, number)) { named[name] = value }
                try transaction.execute(
                    "INSERT INTO t VALUES (\(holes):n, :w, 'body', :v)", named: named)
            }
        }
    }

    private static func compare(
        _ key: String, _ context: Comment, _ random: inout SplitMix64,
        _ query: (String, [Float]) throws -> ResultSet
    ) throws {
        let vector = Self.query(Int.random(in: 0..<69, using: &random))
        let key = names(key)
        let outputs = key.isEmpty ? "n, w" : key.joined(separator: ", ") + ", n, w"
        for list in [outputs, key.first ?? "n", "w", outputs + ", body"] {
            // Without a key the order of ties is that of the slots.
            let sql = "SELECT \(list), v <-> $1 AS d FROM t ORDER BY v <-> $1 LIMIT 30"
            let found = try query(sql + " WITH (ef_search = 1000)", vector)
            let exact = try query(sql + " WITH (exact)", vector)
            #expect(found.rows.map(\.values) == exact.rows.map(\.values), "\(context), \(list)")
            #expect(found.rows.count == 30)
        }
    }

    private static func check(_ database: Database, _ context: Comment) throws {
        #expect(try database.query("CHECK TABLE t").rows.map { $0[1] } == [], context)
    }

    @Test("keys of every type, and NULLs, are what the rows have", arguments: keys)
    func types(_ key: String) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 71)
            var database = try Database.open(folder + "/db")
            let primary =
                key.isEmpty ? "" : ", PRIMARY KEY (\(Self.names(key).joined(separator: ", ")))"
            let columns = key.isEmpty ? "" : key + ", "
            try database.execute(
                "CREATE TABLE t (\(columns)n INT, w TEXT, body TEXT, v vector(96)\(primary))")
            try Self.insert(0..<400, key, into: database, &random)
            try database.execute(
                "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) INCLUDE (n, w)")
            func compare(_ event: String) throws {
                let reading = database
                try Self.compare(key, "\(key), \(event)", &random) { try reading.query($0, $1) }
                try Self.check(database, "\(key), \(event)")
            }
            try compare("built")
            try Self.insert(400..<460, key, into: database, &random)
            try database.execute("DELETE FROM t WHERE n % 10 = 1")
            try compare("changed")
            if let name = Self.names(key).first {
                // Moves rows out of the segment, to keys that order otherwise.
                let type = key.split(separator: " ")[1]
                let change = [
                    "TEXT": "'a' || \(name)", "INT": "\(name) + 100000", "DATE": "\(name)",
                    "BOOLEAN": "NOT \(name)", "BIGINT": "\(name) + 100000",
                ]
                if let change = change[type.replacingOccurrences(of: ",", with: "")] {
                    try database.write { transaction in
                        try transaction.execute("UPDATE t SET \(name) = \(change) WHERE n < 200")
                        try Self.compare(key, "inside", &random) { try transaction.query($0, $1) }
                    }
                    try compare("with other keys")
                }
            }
            database.close()
            database = try Database.open(folder + "/db")
            try compare("reopened")
            try database.execute("REINDEX INDEX t_v")
            try compare("built anew")
            database.close()
        }
    }

    /// `t (id, v)` with 300 rows, of which number 8 has another key in its segment than in its row.
    private static func spoiled(_ path: String, _ random: inout SplitMix64) throws -> Database {
        let whole = try IndexFixture.make(path, rows: 300, &random)
        return try IndexFixture.spoil(whole, path) { $0.put(9 << 16 | 42, at: $0.arrays + 16) }
    }

    @Test("an answer of keys reads no row in a segment, others do, and CHECK holds keys")
    func covered() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 72)
            let database = try Self.spoiled(folder + "/db", &random)
            defer { database.close() }
            func nearest(_ list: String, _ suffix: String = "") throws -> [[Value]] {
                try database.query(
                    """
                    SELECT \(list) FROM t
                    ORDER BY v <-> (SELECT v FROM t WHERE id = 7) LIMIT 1 \(suffix)
                    """
                ).rows.map(\.values)
            }
            // 16 bits for each: slot 8 has 42.
            #expect(try nearest("id", "WITH (ef_search = 300)") == [[.int(7)]])
            let eight = """
                SELECT id FROM t ORDER BY v <-> (SELECT v FROM t WHERE id = 8) LIMIT 1
                """
            #expect(try database.query(eight).rows.map { $0[0] } == [.int(42)])
            #expect(try database.query(eight + " WITH (exact)").rows.map { $0[0] } == [.int(8)])
            let both = eight.replacingOccurrences(of: "SELECT id FROM", with: "SELECT id, v FROM")
            #expect(try database.query(both).rows.map { $0[0] } == [.int(8)])
            let lateral = """
                SELECT n.id FROM t q CROSS JOIN LATERAL (
                SELECT id FROM t ORDER BY v <-> q.v LIMIT 1) n WHERE q.id IN (8, 9) ORDER BY q.id
                """
            #expect(try database.query(lateral).rows.map { $0[0] } == [.int(42), .int(9)])
            let findings = try database.query("CHECK TABLE t").rows.map { $0[1] }
            #expect(findings.count == 1)
            guard case .text(let finding)? = findings.first else { return }
            #expect(
                finding.contains(
                    "1 rows have another value of column \"id\" than it keeps, the first at slot 8"
                ))
            // A row that left the segment is read.
            try database.execute("UPDATE t SET id = id WHERE id = 8")
            #expect(try database.query(eight).rows.map { $0[0] } == [.int(8)])
            #expect(try database.query("CHECK TABLE t").isEmpty)
        }
    }

    @Test("segments without keys, as an earlier release built them, are searched by their rows")
    func old() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 73)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 300, &random)
            // Its only array is of a kind that is not known.
            database = try IndexFixture.spoil(database, path) { $0.bytes[$0.directory + 4] = 50 }
            defer { database.close() }
            let vector = IndexFixture.vector(&random)
            let sql = "SELECT id, v <-> $1 FROM t ORDER BY v <-> $1 LIMIT 20"
            func compare(_ event: Comment) throws {
                let found = try database.query(sql + " WITH (ef_search = 300)", vector)
                let exact = try database.query(sql + " WITH (exact)", vector)
                #expect(found.rows.map(\.values) == exact.rows.map(\.values), event)
                #expect(try database.query("CHECK TABLE t").isEmpty, event)
            }
            try compare("old")
            try database.execute("UPDATE t SET id = -id WHERE id % 3 = 0")
            try compare("changed")
            try IndexFixture.insert(1_000..<1_200, into: database, &random)
            try compare("with a tail")
            try database.execute("REINDEX INDEX t_v")
            try compare("built anew")
        }
    }

    @Test("long text keys are not kept, which costs memory, and short ones are")
    func long() throws {
        for (length, isKept) in [(2, true), (400, false)] {
            try TemporaryFolder.with { folder in
                let path = folder + "/db"
                let database = try Database.open(path)
                defer { database.close() }
                try database.execute("CREATE TABLE t (id TEXT PRIMARY KEY, v vector(96))")
                try database.write { transaction in
                    for number in 0..<300 {
                        let text = String(repeating: "x", count: length) + "\(number)"
                        try transaction.execute(
                            "INSERT INTO t VALUES ($1, $2)", text, Self.vector(number))
                    }
                }
                try database.execute("CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops)")
                let file = try #require(try IndexFixture.files(path).first)
                let bytes = try Data(contentsOf: file)
                #expect(bytes.contains(Data("x299".utf8)) == isKept)
                let vector = Self.query(5)
                let sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 20"
                let found = try database.query(sql + " WITH (ef_search = 300)", vector)
                let exact = try database.query(sql + " WITH (exact)", vector)
                #expect(found.rows.map(\.values) == exact.rows.map(\.values))
                #expect(try database.query("CHECK TABLE t").isEmpty)
            }
        }
    }
}
