import CrashModel
import Foundation
import Needletail
import Testing

/// `kill -9` under writes: 20 times, 200 with `NEEDLETAIL_SOAK=1`. `NEEDLETAIL_SEED` replays.
@Suite(.serialized) struct KillTests {
    static let seed: UInt64 = {
        let text = ProcessInfo.processInfo.environment["NEEDLETAIL_SEED"] ?? ""
        return UInt64(text) ?? UInt64.random(in: 1...1_000_000)
    }()

    static let kills = ProcessInfo.processInfo.environment["NEEDLETAIL_SOAK"] == "1" ? 200 : 20

    @Test("every acknowledged transaction is there, and none by half, after kill -9")
    func killed() throws {
        try Scratch.with { folder in
            let path = folder + "/db"
            try Self.create(path)
            var model = CrashModel(seed: Self.seed)
            var random = SplitMix64(seed: Self.seed)
            for kill in 1...Self.kills {
                let worker = try Worker(path, seed: Self.seed)
                usleep(UInt32.random(in: 20_000...250_000, using: &random))
                let acknowledged = max(worker.kill(), model.next)
                let database = try Database.open(path)
                let stored = try CrashModel.stored(in: database)
                let context: Comment = "seed \(Self.seed), kill \(kill)"
                // One transaction may have been durable before it could be acknowledged.
                #expect(
                    stored.next == acknowledged || stored.next == acknowledged + 1, context)
                while model.next < stored.next { model.advance() }
                #expect(stored.rows == model.rows, context)
                #expect(try database.query("CHECK").isEmpty, context)
                try Self.expectWholeIndex(database, context)
                // The next worker's transactions meet segments, old and new.
                if kill % 4 == 0 { try database.execute("REINDEX INDEX rows_v") }
                database.close()
                try #require(stored.next == model.next, context)
            }
            print("kills: \(Self.kills), transactions: \(model.next), seed \(Self.seed)")
        }
    }

    /// A search through the index finds what comparing every row finds, by distance.
    private static func expectWholeIndex(_ database: Database, _ context: Comment) throws {
        let query = (0..<24).map { Float($0) / 3 }
        let sql = "SELECT v <-> $1 FROM rows ORDER BY v <-> $1 LIMIT 20"
        let found = try database.query(sql + " WITH (ef_search = 1000)", query)
        let exact = try database.query(sql + " WITH (exact)", query)
        #expect(found.rows.map(\.values) == exact.rows.map(\.values), context)
        #expect(found.summary.notices.isEmpty, context)
    }

    @Test("a reader in another process sees one whole transaction after another")
    func otherProcess() throws {
        try Scratch.with { folder in
            let path = folder + "/db"
            try Self.create(path)
            let database = try Database.open(path)
            let worker = try Worker(path, seed: Self.seed)
            defer { _ = worker.kill() }
            var model = CrashModel(seed: Self.seed)
            for _ in 0..<40 {
                usleep(5_000)
                let stored = try CrashModel.stored(in: database)
                #expect(stored.next >= model.next, "seed \(Self.seed)")
                while model.next < stored.next { model.advance() }
                #expect(stored.rows == model.rows, "seed \(Self.seed)")
            }
            #expect(model.next > 0, "the other process wrote nothing")
        }
    }

    @Test("a snapshot keeps its segments while another process builds the index again and again")
    func otherBuilder() throws {
        try Scratch.with { folder in
            let path = folder + "/db"
            try Self.create(path)
            let database = try Database.open(path)
            defer { database.close() }
            let model = CrashModel(seed: Self.seed)
            for index in 0..<40 { try model.run(Int64(index), on: database) }
            try database.execute("REINDEX INDEX rows_v")
            let worker = try Worker(path, seed: Self.seed, builds: true)
            let sql = "SELECT id FROM rows ORDER BY v <-> $1, id LIMIT 20 WITH (ef_search = 1000)"
            let query = (0..<24).map { Float($0) / 3 }
            for _ in 0..<30 {
                try database.read { snapshot in
                    usleep(30_000)
                    let found = try snapshot.query(sql, query)
                    #expect(found.summary.plan?.hasPrefix("hnsw(rows_v)") == true)
                    #expect(found.summary.notices.isEmpty)
                    #expect(found.count == 20)
                }
            }
            let built = worker.kill()
            #expect(built > 3, "the other process built \(built) times")
            // What it left behind goes some time after the next commit.
            try database.execute("UPDATE rows SET note = 1 WHERE id = 0")
            func files() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: path + "/segments").count
            }
            for _ in 0..<500 where try files() > 1 { usleep(20_000) }
            #expect(try files() == 1)
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    @Test("a writer in another process is waited for, and 55P03 ends the wait")
    func lockAcrossProcesses() throws {
        try Scratch.with { folder in
            let path = folder + "/db"
            try Self.create(path)
            var options = DatabaseOptions()
            options.lockTimeoutMilliseconds = 20_000
            let database = try Database.open(path, options: options)
            let worker = try Worker(path, seed: Self.seed)
            for id in 0..<20 {
                try database.execute(
                    "INSERT INTO rows (id, batch) VALUES ($1, -1)", -1 - id)
            }
            _ = worker.kill()
            let mine = try database.query("SELECT count(*) FROM rows WHERE batch = -1")
            #expect(mine[0][0] == .int(20))
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    private static func create(_ path: String) throws {
        let database = try Database.open(path)
        for statement in CrashModel.schema { try database.execute(statement) }
        database.close()
    }
}
