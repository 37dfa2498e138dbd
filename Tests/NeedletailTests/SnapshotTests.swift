import Foundation
import Needletail
import Synchronization
import Testing

/// What readers see while a writer writes.
@Suite struct SnapshotTests {
    @Test("64 readers under a writer each see one snapshot")
    func readers() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, n INT, v vector(2))")
            for id in 0..<50 {
                try database.execute("INSERT INTO t VALUES ($1, 0, '[0,0]')", id)
            }
            let isDone = Atomic<Bool>(false)
            let torn = Atomic<Int>(0)
            let reads = Atomic<Int>(0)
            let running = Atomic<Int>(64)
            for _ in 0..<64 {
                Thread.detachNewThread {
                    defer { running.subtract(1, ordering: .releasing) }
                    repeat {
                        let answers = try? database.read { snapshot in
                            (
                                try snapshot.query("SELECT min(n), max(n), count(*) FROM t")[0],
                                try snapshot.query(
                                    "SELECT min(v <-> '[0,0]'), max(v <-> '[0,0]') FROM t"
                                )[0],
                                try snapshot.query("SELECT n FROM t WHERE id = 7")[0][0]
                            )
                        }
                        // Every transaction changes all rows, so that any mixture would show.
                        if let (counts, distances, one) = answers {
                            let isWhole =
                                counts[0] == counts[1] && counts[2] == .int(50)
                                && distances[0] == distances[1] && one == counts[0]
                            if !isWhole { torn.add(1, ordering: .relaxed) }
                        } else {
                            torn.add(1, ordering: .relaxed)
                        }
                        reads.add(1, ordering: .relaxed)
                        usleep(2_000)
                    } while !isDone.load(ordering: .relaxed)
                }
            }
            for round in 1...40 {
                try database.write { transaction in
                    try transaction.execute("UPDATE t SET n = $1", round)
                    try transaction.execute("UPDATE t SET v = $1", [Float(round), 0])
                }
            }
            isDone.store(true, ordering: .relaxed)
            while running.load(ordering: .acquiring) > 0 { usleep(1_000) }
            #expect(torn.load(ordering: .relaxed) == 0)
            #expect(reads.load(ordering: .relaxed) >= 64)
            #expect(try database.query("CHECK").isEmpty)
        }
    }

    @Test("a snapshot does not move while others commit")
    func fixed() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(2))")
            try database.execute("INSERT INTO t VALUES (1, '[1,0]')")
            try database.read { snapshot in
                try Self.elsewhere {
                    try database.execute("INSERT INTO t VALUES (2, '[0,0]')")
                    try database.execute("DELETE FROM t WHERE id = 1")
                    // Slots that were given up are taken again.
                    try database.execute("INSERT INTO t VALUES (3, '[9,9]')")
                }
                let rows = try snapshot.query("SELECT id, v FROM t ORDER BY v <-> '[0,0]'")
                #expect(rows.rows.map(\.values) == [[.int(1), .vector([1, 0])]])
            }
            #expect(
                try database.query("SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 5").rows
                    .map { $0[0] } == [.int(2), .int(3)])
        }
    }

    @Test("a cursor streams its snapshot, and cancelling ends it with 57014")
    func cursor() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY)")
            try database.execute("INSERT INTO t SELECT n FROM generate_series(1, 20000) AS n")
            let cursor = try database.cursor("SELECT id FROM t")
            var count = 0
            while try cursor.next() != nil {
                count += 1
                if count == 10 { try Self.elsewhere { try database.execute("TRUNCATE t") } }
            }
            #expect(count == 20_000)
            #expect(cursor.summary.rowCount == 20_000)
            let endless = try database.cursor(
                "SELECT count(*) FROM generate_series(1, 1000000000000) AS n WHERE n < 0")
            let handle = endless.cancellationHandle
            Thread.detachNewThread {
                usleep(50_000)
                handle.cancel()
            }
            let error = #expect(throws: DatabaseError.self) { try endless.next() }
            #expect(error?.code == .queryCanceled)
        }
    }

    /// Runs `body` on another thread and waits for it.
    private static func elsewhere(_ body: @escaping @Sendable () throws -> Void) throws {
        let outcome = Mutex<Result<Void, any Error>?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            let result = Result { try body() }
            outcome.withLock { $0 = result }
            done.signal()
        }
        done.wait()
        try outcome.withLock { $0 }?.get()
    }

    @Test(
        "segments and statistics that come about meanwhile do not refuse a transaction its writes")
    func quietCommits() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed)
            let database = try IndexFixture.make(folder + "/db", rows: 300, &random)
            let (one, other) = (database.session(), database.session())
            func run(_ session: any StatementSession, _ sql: String) throws {
                let statement = try session.start(sql, parameters: .none, input: nil)
                while try statement.next() != nil {}
            }
            try run(one, "BEGIN")
            try run(one, "SELECT count(*) FROM t WHERE id < 7")
            try run(other, "REINDEX INDEX t_v")
            try run(other, "ANALYZE t")
            try run(one, "DELETE FROM t WHERE id = 3")
            try run(one, "COMMIT")
            #expect(try database.query("SELECT id FROM t").count == 299)
            // Rows that somebody else has changed do.
            try run(one, "BEGIN")
            try run(one, "SELECT count(*) FROM t WHERE id < 7")
            try run(other, "DELETE FROM t WHERE id = 4")
            try run(other, "ANALYZE t")
            let error = #expect(throws: DatabaseError.self) {
                try run(one, "DELETE FROM t WHERE id = 5")
            }
            #expect(error?.code == .serializationFailure)
            try run(one, "ROLLBACK")
        }
    }
}
