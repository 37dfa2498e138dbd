import Foundation
import Needletail
import Testing

/// What becomes of segments while rows come and go, and when they do not any more.
@Suite struct FoldingTests {
    private static let nearest = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"

    private static func state(_ database: Database) throws -> Row? {
        try database.query("SHOW INDEXES").rows.first { $0[0] == .text("t_v") }
    }

    /// Waits up to a minute.
    private static func eventually(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<3_000 {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    private static func expectWhole(
        _ database: Database, _ random: inout SplitMix64, _ context: Comment
    ) throws {
        var hits = 0
        for _ in 0..<20 {
            let vector = IndexFixture.vector(&random)
            let exact = try database.query(nearest + " WITH (exact)", vector).map { $0[0] }
            let wide = try database.query(nearest + " WITH (ef_search = 1000)", vector)
            #expect(wide.summary.plan?.hasPrefix("hnsw(t_v)") == true, context)
            #expect(wide.map { $0[0] } == exact, context)
            let usual = try database.query(nearest, vector).map { $0[0] }
            hits += usual.count { exact.contains($0) }
        }
        #expect(hits >= 190, context)
        #expect(try database.query("CHECK").isEmpty, context)
    }

    @Test("rows that came and went are folded into one segment when it is quiet")
    func quiet() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 51)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 6_000, &random)
            try IndexFixture.insert(6_000..<9_000, into: database, &random)
            #expect(try Self.eventually { try Self.state(database)?["segments"] == .int(2) })
            try Self.expectWhole(database, &random, "while it is busy")
            try database.execute("DELETE FROM t WHERE id % 10 = 3")
            try IndexFixture.insert(9_000..<9_010, into: database, &random)
            #expect(
                try Self.eventually {
                    let state = try Self.state(database)
                    return state?["segments"] == .int(1) && state?["tail"] == .int(0)
                        && state?["lag"] == .int(0)
                })
            try Self.expectWhole(database, &random, "when it is quiet")
            #expect(try Self.eventually { try IndexFixture.files(path).count == 1 })
            database.close()
            database = try Database.open(path)
            defer { database.close() }
            try Self.expectWhole(database, &random, "when it was opened again")
        }
    }
}
