import Foundation
import Needletail
import Testing

/// Searches through HNSW indexes, against searches that compare every row.
@Suite struct VectorIndexTests {
    private static let dimension = 12

    /// Vectors around a few centres.
    private struct Source {
        var random: SplitMix64
        private let centers: [[Float]]

        init(seed: UInt64) {
            var random = SplitMix64(seed: seed)
            centers = (0..<12).map { _ in
                (0..<VectorIndexTests.dimension).map { _ in
                    Float.random(in: -1...1, using: &random)
                }
            }
            self.random = random
        }

        mutating func next() -> [Float] {
            let center = centers[Int.random(in: 0..<centers.count, using: &random)]
            return center.map { $0 + Float.random(in: -0.25...0.25, using: &random) }
        }
    }

    private static func make(
        _ path: String, rows: Int, _ source: inout Source, index: String = "vector_l2_ops"
    ) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, grp INT, v vector(\(dimension)))")
        try database.write { transaction in
            for id in 0..<rows {
                try transaction.execute(
                    "INSERT INTO t VALUES ($1, $2, $3)", id, id % 50, source.next())
            }
        }
        try database.execute("CREATE INDEX t_v ON t USING hnsw (v \(index)) WITH (m = 8)")
        return database
    }

    private static func ids(_ rows: ResultSet) -> [Value] { rows.map { $0[0] } }

    @Test("random changes, rollbacks, rebuilds and reopenings give what comparing every row gives")
    func model() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: Seeded.seed)
            var database = try Self.make(folder + "/db", rows: 300, &source)
            var next = 300
            struct Undo: Error {}
            for round in 0..<(Seeded.isSoak ? 600 : 60) {
                let keeps = Int.random(in: 0..<4, using: &source.random) > 0
                try? database.write { transaction in
                    for _ in 0..<Int.random(in: 1...20, using: &source.random) {
                        let id = Int.random(in: 0..<next, using: &source.random)
                        switch Int.random(in: 0..<5, using: &source.random) {
                        case 0, 1:
                            try transaction.execute(
                                "INSERT INTO t VALUES ($1, $2, $3)", next, next % 50, source.next())
                            next += 1
                        case 2:
                            try transaction.execute("DELETE FROM t WHERE id = $1", id)
                        case 3:
                            try transaction.execute(
                                "UPDATE t SET v = $1 WHERE id = $2", source.next(), id)
                        default:
                            try transaction.execute(
                                "UPDATE t SET grp = $1 WHERE id = $2", id % 7, id)
                        }
                    }
                    // A writer finds its own rows through the index.
                    try Self.compare(&source, "seed \(Seeded.seed), round \(round), inside") {
                        try transaction.query($0, named: $1)
                    }
                    if !keeps { throw Undo() }
                }
                let reading = database
                try Self.compare(&source, "seed \(Seeded.seed), round \(round)") {
                    try reading.query($0, named: $1)
                }
                if round % 9 == 8 { try database.execute("REINDEX INDEX t_v") }
                #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
                if round % 20 == 19 {
                    database.close()
                    database = try Database.open(folder + "/db")
                }
            }
            database.close()
        }
    }

    /// A walk as wide as the table finds everything.
    private static func compare(
        _ source: inout Source, _ context: Comment,
        _ query: (String, [String: any ValueConvertible]) throws -> ResultSet
    ) throws {
        let vector = source.next()
        for filter in ["", "WHERE grp < 25", "WHERE grp = 3", "WHERE grp = 3 AND id % 2 = 0"] {
            let sql = "SELECT id, v <-> :q AS d FROM t \(filter) ORDER BY v <-> :q LIMIT 10"
            let found = try query(sql + " WITH (ef_search = 1000)", ["q": vector])
            let exact = try query(sql + " WITH (exact)", ["q": vector])
            #expect(found.rows.map(\.values) == exact.rows.map(\.values), context)
        }
    }

    @Test(
        "the default contract holds after build, deletes, inserts, rebuild and reopening",
        arguments: ["vector_l2_ops", "vector_cosine_ops", "vector_ip_ops"])
    func recall(operators: String) throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 4)
            var database = try Self.make(folder + "/db", rows: 4_000, &source, index: operators)
            let distance = ["vector_l2_ops": "<->", "vector_cosine_ops": "<=>"][operators] ?? "<#>"
            func check(_ event: String) throws {
                let share = try Self.recall(database, distance, &source)
                print("recall after \(event), \(operators): \(share)")
                #expect(share >= 0.95, "after \(event)")
            }
            try check("build")
            try database.execute("DELETE FROM t WHERE id % 3 = 0")
            try check("deletes")
            try database.write { transaction in
                for id in 0..<800 {
                    try transaction.execute(
                        "INSERT INTO t VALUES ($1, 1, $2)", 10_000 + id, source.next())
                }
            }
            try check("inserts")
            try database.execute("REINDEX INDEX t_v")
            try check("rebuild")
            database.close()
            database = try Database.open(folder + "/db")
            try check("reopening")
            database.close()
        }
    }

    private static func recall(
        _ database: Database, _ distance: String, _ source: inout Source
    ) throws -> Double {
        var hits = 0
        var walks = 0
        for _ in 0..<60 {
            let vector = source.next()
            let sql = "SELECT id, v \(distance) $1 AS d FROM t ORDER BY v \(distance) $1 LIMIT 10"
            let found = try database.query(sql, vector)
            // Harder queries than any width of the graph is good for are answered exactly.
            let plan = found.summary.plan ?? ""
            #expect(plan.hasPrefix("hnsw(t_v) ef=") || plan == "exact(t.v)")
            walks += plan.hasPrefix("hnsw(t_v) ef=") ? 1 : 0
            let exact = try database.query(sql + " WITH (exact)", vector)
            #expect(exact.summary.plan == "exact(t.v)")
            guard case .double(let limit) = exact[9][1] else { continue }
            hits += found.count { row in
                if case .double(let found) = row[1] { return found <= limit }
                return false
            }
        }
        #expect(walks >= 48, "the index answers")
        return Double(hits) / 600
    }

    @Test("rows outside of segments are found exactly while they come, change, go and come again")
    func tail() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 12)
            let database = try Self.make(folder + "/db", rows: 3_000, &source)
            defer { database.close() }
            for round in 0..<24 {
                try database.write { transaction in
                    for id in 0..<60 {
                        try transaction.execute(
                            "INSERT INTO t VALUES ($1, 1, $2)", 10_000 + round * 60 + id,
                            source.next())
                    }
                    try transaction.execute(
                        "UPDATE t SET v = $1 WHERE id = $2", source.next(), 10_000 + round * 37)
                    try transaction.execute("UPDATE t SET v = NULL WHERE id = $1", 10_005 + round)
                    // Slots that are given up are used again.
                    try transaction.execute(
                        "DELETE FROM t WHERE id >= 10000 AND id % 13 = $1", round % 13)
                }
                try Self.compare(&source, "round \(round)") { try database.query($0, named: $1) }
            }
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    @Test("a search with a filter is never short of rows")
    func neverShort() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 6)
            let database = try Self.make(folder + "/db", rows: 3_000, &source)
            defer { database.close() }
            for filter in [
                "grp < 40", "grp = 7", "id < 4", "id % 977 = 5", "id < 0", "grp IS NULL",
            ] {
                let expected = try database.query("SELECT id FROM t WHERE \(filter)").count
                let found = try database.query(
                    "SELECT id FROM t WHERE \(filter) ORDER BY v <-> $1 LIMIT 10", source.next())
                #expect(found.count == min(10, expected), "\(filter)")
                #expect(Set(Self.ids(found)).count == found.count)
            }
            let all = try database.query(
                "SELECT id FROM t ORDER BY v <-> $1 LIMIT 5000", source.next())
            #expect(all.count == 3_000)
        }
    }

    @Test("a damaged or missing segment is told, searched around and rebuilt")
    func damage() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 7)
            var database = try Self.make(folder + "/db", rows: 1_000, &source)
            let sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"
            for harm in ["flip", "cut", "remove"] {
                database.close()
                let segments = folder + "/db/segments"
                let name = try #require(
                    try FileManager.default.contentsOfDirectory(atPath: segments).first)
                let url = URL(filePath: "\(segments)/\(name)")
                var bytes = try Data(contentsOf: url)
                switch harm {
                case "flip": bytes[bytes.count / 2] ^= 0x10
                case "cut": bytes = bytes.prefix(bytes.count - 5_000)
                default: break
                }
                try FileManager.default.removeItem(at: url)
                if harm != "remove" { try bytes.write(to: url) }
                database = try Database.open(folder + "/db")
                let vector = source.next()
                let found = try database.query(sql, vector)
                #expect(found.summary.notices.contains { $0.code == .indexCorrupted }, "\(harm)")
                #expect(
                    Self.ids(found)
                        == Self.ids(try database.query(sql + " WITH (exact)", vector)))
                try database.execute("REINDEX INDEX t_v")
                let again = try database.query(sql, vector)
                #expect(again.summary.notices.isEmpty)
                #expect(again.summary.plan?.hasPrefix("hnsw(") == true)
            }
            database.close()
        }
    }

    @Test("a snapshot keeps its rows and its index while others delete and rebuild")
    func snapshots() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 8)
            let database = try Self.make(folder + "/db", rows: 1_000, &source)
            defer { database.close() }
            let vector = source.next()
            let sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10 WITH (ef_search = 1000)"
            let before = Self.ids(try database.query(sql, vector))
            try database.read { snapshot in
                #expect(Self.ids(try snapshot.query(sql, vector)) == before)
                try database.execute("DELETE FROM t WHERE id < 900")
                try database.execute("REINDEX INDEX t_v")
                #expect(Self.ids(try snapshot.query(sql, vector)) == before)
            }
            let after = try database.query(sql, vector)
            #expect(
                after.allSatisfy { row in
                    if case .int(let id) = row[0] { return id >= 900 }
                    return false
                })
        }
    }

    @Test("an index that is dropped, or whose table is, leaves no file")
    func dropped() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 9)
            let database = try Self.make(folder + "/db", rows: 200, &source)
            defer { database.close() }
            /// A file goes at once, or when the last snapshot that may name it ends: the background
            /// may be reading one.
            func expectFiles(_ count: Int) throws {
                for _ in 0..<500 where try IndexFixture.files(folder + "/db").count != count {
                    usleep(10_000)
                }
                #expect(try IndexFixture.files(folder + "/db").count == count)
            }
            try expectFiles(1)
            try database.execute("REINDEX TABLE t")
            try expectFiles(1)
            try database.execute("CREATE INDEX t_c ON t USING hnsw (v vector_cosine_ops)")
            try expectFiles(2)
            try database.execute("DROP INDEX t_v")
            try expectFiles(1)
            try database.execute("TRUNCATE t")
            try expectFiles(0)
            try database.execute("INSERT INTO t VALUES (1, 1, $1)", source.next())
            #expect(
                try database.query("SELECT id FROM t ORDER BY v <=> $1 LIMIT 3", source.next())
                    .count == 1)
            try database.execute("DROP TABLE t")
            try expectFiles(0)
        }
    }

    @Test("long tails are taken into few segments while rows come and go")
    func folding() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 11)
            let database = try Self.make(folder + "/db", rows: 500, &source)
            defer { database.close() }
            func show() throws -> (segments: Int64, tail: Int64) {
                let row = try #require(
                    try database.query("SHOW INDEXES FROM t").rows.first { $0[0] == .text("t_v") })
                guard case .int(let segments)? = row["segments"], case .int(let tail)? = row["tail"]
                else { return (-1, -1) }
                return (segments, tail)
            }
            for batch in 0..<10 {
                try database.write { transaction in
                    for place in 0..<1_000 {
                        let id = 1_000 + batch * 1_000 + place
                        try transaction.execute(
                            "INSERT INTO t VALUES ($1, $2, $3)", id, id % 50, source.next())
                    }
                    try transaction.execute("DELETE FROM t WHERE id % 11 = $1", batch)
                }
                let found = try database.query(
                    "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10", source.next())
                #expect(found.count == 10)
            }
            // The background catches up in the end; a commit asks it to look.
            var state = try show()
            for _ in 0..<600 where state.tail >= 2_048 {
                usleep(100_000)
                try database.execute("UPDATE t SET grp = grp WHERE id = 1001")
                state = try show()
            }
            print("segments and tail after ten batches: \(state)")
            #expect(state.tail < 2_048 && state.segments >= 1 && state.segments <= 6)
            #expect(try Self.recall(database, "<->", &source) >= 0.95)
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    @Test("halves are indexed too, and in four bits")
    func halves() throws {
        try TemporaryFolder.with { folder in
            var source = Source(seed: 10)
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE h (id INT PRIMARY KEY, v halfvec(12))")
            for id in 0..<500 {
                try database.execute(
                    "INSERT INTO h VALUES ($1, $2::vector::halfvec)", id, source.next())
            }
            try database.execute(
                "CREATE INDEX h_v ON h USING hnsw (v halfvec_l2_ops) WITH (codes = 'int4')")
            for _ in 0..<20 {
                let sql = "SELECT id FROM h ORDER BY v <-> $1::vector::halfvec LIMIT 10"
                let vector = source.next()
                let found = try database.query(sql + " WITH (ef_search = 500)", vector)
                #expect(found.summary.plan?.hasPrefix("hnsw(h_v)") == true)
                #expect(
                    Self.ids(found) == Self.ids(try database.query(sql + " WITH (exact)", vector)))
            }
        }
    }
}
