import Foundation
import Needletail
import NeedletailExecutor
import NeedletailStorage
import Testing

/// What happens to vector indexes in the background: damage is mended, files go when nobody reads
/// them.
@Suite struct IndexRepairTests {
    private static let nearest = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"

    private static func state(_ database: Database, _ index: String) throws -> Row? {
        try database.query("SHOW INDEXES").rows.first { $0[0] == .text(index) }
    }

    /// Waits up to a minute.
    private static func eventually(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<3_000 {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    private static func ids(_ rows: ResultSet) -> [Value] { rows.map { $0[0] } }

    private static func harm(_ file: URL, _ how: String) throws {
        var bytes = try Data(contentsOf: file)
        try FileManager.default.removeItem(at: file)
        switch how {
        case "flip": bytes[bytes.count / 2] ^= 0x10
        case "cut": bytes = bytes.prefix(bytes.count - 5_000)
        default: return
        }
        try bytes.write(to: file)
    }

    @Test(
        "a damaged, cut or missing segment is mended without REINDEX",
        arguments: ["flip", "cut", "remove"])
    func mended(how: String) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 41)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 1_000, &random)
            let file = try #require(try IndexFixture.files(path).first)
            try database.execute("CREATE TABLE u (id INT PRIMARY KEY, v vector(12))")
            try database.execute("CREATE INDEX u_v ON u USING hnsw (v vector_l2_ops)")
            database.close()
            try Self.harm(file, how)
            database = try Database.open(path)
            defer { database.close() }
            let vector = IndexFixture.vector(&random)
            let found = try database.query(Self.nearest, vector)
            let exact = Self.ids(try database.query(Self.nearest + " WITH (exact)", vector))
            let notice = found.summary.notices.first { $0.code == .indexCorrupted }
            #expect(notice?.hint?.hasPrefix("It is built anew in the background") == true)
            #expect(Self.ids(found) == exact)
            // Another index is looked after all the same.
            try database.write { transaction in
                for id in 0..<3_000 {
                    try transaction.execute(
                        "INSERT INTO u VALUES ($1, $2)", id, IndexFixture.vector(&random))
                }
            }
            #expect(
                try Self.eventually {
                    try database.query(Self.nearest, vector).summary.plan?.hasPrefix("hnsw(t_v)")
                        == true
                })
            #expect(try Self.eventually { try Self.state(database, "u_v")?["tail"] == .int(0) })
            let again = try database.query(Self.nearest + " WITH (ef_search = 1000)", vector)
            #expect(again.summary.notices.isEmpty)
            #expect(Self.ids(again) == exact)
            #expect(try Self.state(database, "t_v")?["state"] == .text("ready"))
            #expect(try database.query("CHECK").isEmpty)
            #expect(try Self.eventually { try IndexFixture.files(path).count == 2 })
        }
    }

    @Test("SHOW INDEXES tells damage and lag, and CHECK has damage mended that nobody met yet")
    func told() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 42)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 500, &random)
            let fresh = try #require(try Self.state(database, "t_v"))
            #expect(fresh["tail"] == .int(0) && fresh["lag"] == .int(0))
            #expect(fresh["segments"] == .int(1) && fresh["state"] == .text("ready"))
            let file = try #require(try IndexFixture.files(path).first)
            #expect(fresh["bytes"] == .int(Int64(try Data(contentsOf: file).count)))
            try database.execute("DELETE FROM t WHERE id < 20")
            try IndexFixture.insert(600..<630, into: database, &random)
            let later = try #require(try Self.state(database, "t_v"))
            #expect(later["tail"] == .int(30) && later["lag"] == .int(50))
            database.close()
            try Self.harm(file, "cut")
            database = try Database.open(path)
            defer { database.close() }
            let damaged = try #require(try Self.state(database, "t_v"))
            #expect(damaged["state"] == .text("damaged") && damaged["segments"] == .int(0))
            #expect(
                try Self.eventually {
                    try Self.state(database, "t_v")?["state"] == .text("ready")
                })
            // A segment that is mapped already: only CHECK reads its file again.
            let mended = try #require(try IndexFixture.files(path).first)
            var bytes = try Data(contentsOf: mended)
            bytes[bytes.count / 2] ^= 1
            let handle = try FileHandle(forWritingTo: mended)
            try handle.write(contentsOf: bytes)
            try handle.close()
            #expect(try database.query("CHECK TABLE t").count == 1)
            #expect(try Self.eventually { try database.query("CHECK TABLE t").isEmpty })
        }
    }

    @Test("of several segments, only the damaged one is built anew")
    func oneOfSeveral() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 43)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 9_000, &random)
            let large = try #require(try IndexFixture.files(path).first)
            try IndexFixture.insert(9_000..<11_500, into: database, &random)
            #expect(
                try Self.eventually { try Self.state(database, "t_v")?["segments"] == .int(2) })
            database.close()
            let small = try #require(try IndexFixture.files(path).first { $0 != large })
            try Self.harm(small, "flip")
            database = try Database.open(path)
            defer { database.close() }
            #expect(try Self.state(database, "t_v")?["state"] == .text("damaged"))
            #expect(
                try Self.eventually { try Self.state(database, "t_v")?["segments"] == .int(2) })
            let files = try IndexFixture.files(path)
            #expect(files.contains(large) && !files.contains(small))
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    @Test("a snapshot keeps the files of its segments until it ends")
    func pinned() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 44)
            let path = folder + "/db"
            let database = try IndexFixture.make(path, rows: 500, &random)
            defer { database.close() }
            let vector = IndexFixture.vector(&random)
            let session = database.session()
            defer { session.close() }
            func search() throws -> StatementSummary {
                let statement = try session.start(
                    Self.nearest, parameters: .positional([.vector(vector)]), input: nil)
                while try statement.next() != nil {}
                return statement.summary
            }
            func run(_ sql: String) throws {
                let statement = try session.start(sql, parameters: .none, input: nil)
                while try statement.next() != nil {}
            }
            try run("BEGIN READ ONLY")
            _ = try search()
            for _ in 0..<3 { try database.execute("REINDEX INDEX t_v") }
            // The one it reads, and the newest; those between are nobody's.
            #expect(try Self.eventually { try IndexFixture.files(path).count == 2 })
            usleep(400_000)
            let summary = try search()
            #expect(summary.plan?.hasPrefix("hnsw(t_v)") == true && summary.notices.isEmpty)
            try run("COMMIT")
            #expect(try Self.eventually { try IndexFixture.files(path).count == 1 })
        }
    }

    @Test("segments count towards the quota")
    func quota() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 45)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 4_000, &random)
            let file = try #require(try IndexFixture.files(path).first)
            let segment = try Data(contentsOf: file).count
            let data = database.engine.store.data
            let used = try data.usedBytes - data.freeBytes()
            database.close()
            var options = DatabaseOptions()
            // Room for rows, if it were not for the segment.
            options.quotaBytes = used + segment / 2
            database = try Database.open(path, options: options)
            func refusal(_ sql: String) -> DatabaseError.Code? {
                do throws(DatabaseError) {
                    try database.execute(sql)
                    return nil
                } catch {
                    return error.code
                }
            }
            #expect(refusal("UPDATE t SET id = id WHERE id = 1") == .diskFull)
            #expect(refusal("REINDEX INDEX t_v") == .diskFull)
            database.close()
            // Room for rows, and not for another segment.
            options.quotaBytes = used + segment + segment / 2
            database = try Database.open(path, options: options)
            #expect(refusal("UPDATE t SET id = id WHERE id = 1") == nil)
            #expect(refusal("REINDEX INDEX t_v") == .diskFull)
            let found = try database.query(Self.nearest, IndexFixture.vector(&random))
            #expect(found.summary.plan?.hasPrefix("hnsw(t_v)") == true)
            #expect(try database.query("CHECK").isEmpty)
            #expect(try IndexFixture.files(path).count == 1)
            database.close()
        }
    }
}
