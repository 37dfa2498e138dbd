import Foundation
import Needletail
import NeedletailExecutor
import Testing

/// Batches that end before they are through, and batches that write.
@Suite struct BatchFailureTests {
    private static let nearest = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 5"

    @Test(
        "an error is that of the set that meets it first", arguments: [0, 1, 63, 64, 69])
    func errors(place: Int) throws {
        try TemporaryFolder.with { folder in
            let database = try BatchTests.make(folder, rows: 300)
            defer { database.close() }
            let cases:
                [(sql: String, wrong: [any ValueConvertible], later: [any ValueConvertible])] =
                    [
                        (Self.nearest, [[1, 2] as [Float]], [true]),
                        (Self.nearest, [], [[1] as [Float]]),
                        (
                            "SELECT id FROM t WHERE 1 / ($2 - id) < 5 ORDER BY v <-> $1 LIMIT 5",
                            [BatchTests.point(1), 17], [[1] as [Float], 1_000]
                        ),
                        (
                            "SELECT 1 / ($2 - id) FROM t ORDER BY v <-> $1, id LIMIT 300",
                            [BatchTests.point(1), 17], [[1] as [Float], 1_000]
                        ),
                        (
                            "SELECT id FROM t ORDER BY v <-> $1 LIMIT $2",
                            [BatchTests.point(1), -1], [[1] as [Float], 1]
                        ),
                    ]
            for one in cases {
                let statement = try database.prepare(one.sql)
                let isLong = one.sql.contains("$2")
                var sets: [[any ValueConvertible]] = (0..<72).map {
                    isLong ? [BatchTests.point($0), 1_000] : [BatchTests.point($0)]
                }
                sets[place] = one.wrong
                sets[70] = one.later
                let alone = #expect(throws: DatabaseError.self) {
                    try statement.query(batch: [one.wrong])
                }
                let error = #expect(throws: DatabaseError.self) {
                    try statement.query(batch: sets)
                }
                #expect(error?.code == alone?.code && error?.position == alone?.position)
                #expect(
                    error?.message
                        == alone?.message.replacing("(element 0 of", with: "(element \(place) of"))
            }
        }
    }

    @Test("a batch that writes is one transaction, and waits for its turn")
    func writing() throws {
        try TemporaryFolder.with { folder in
            let database = try BatchTests.make(folder, rows: 300)
            defer { database.close() }
            let insert = try database.prepare("INSERT INTO t VALUES ($1, $2, $3) RETURNING id")
            let sets = (0..<100).map { number -> [any ValueConvertible] in
                [1_000 + number, number, BatchTests.point(number)]
            }
            let inserted = try insert.query(batch: sets)
            #expect(
                inserted.map { $0.rows.map(\.values) } == (0..<100).map { [[.int(1_000 + $0)]] })
            let sequences = Set(inserted.map(\.summary.commitSequence))
            #expect(sequences.count == 1 && sequences.first != .some(nil))
            let again = [[2_000, 0, BatchTests.point(0)]] + sets
            let error = #expect(throws: DatabaseError.self) { try insert.query(batch: again) }
            #expect(error?.code == .uniqueViolation)
            #expect(error?.message.hasSuffix("(element 1 of the batch, counted from 0)") == true)
            #expect(try database.query("SELECT id FROM t WHERE id >= 2000").isEmpty)
            // What commits while it waits for the writer does not make it fail.
            let (first, second) = try (
                database.prepare("UPDATE t SET size = $2 WHERE id = $1"), insert
            )
            DispatchQueue.concurrentPerform(iterations: 20) { number in
                #expect(throws: Never.self) {
                    try number % 2 == 0
                        ? first.query(batch: (0..<20).map { [1_000 + $0, number] })
                        : second.query(
                            batch: (0..<20).map {
                                [3_000 + 20 * number + $0, 0, BatchTests.point(0)]
                            })
                }
            }
            #expect(try database.query("SELECT id FROM t WHERE id >= 3000").count == 200)
        }
    }

    /// A search of 3,000 rows whose filter takes its time.
    private static let slow =
        "SELECT id FROM t WHERE length(repeat(id::text, 400)) < $2 ORDER BY v <-> $1 LIMIT 5"

    private static func sets(_ count: Int) -> [Parameters] {
        (0..<count).map { .positional([.vector(BatchTests.point($0)), .int(0)]) }
    }

    @Test("cancel ends the pass that sets share, and those that wait for their turn")
    func cancelled() throws {
        try TemporaryFolder.with { folder in
            let database = try BatchTests.make(folder, rows: 3_000)
            defer { database.close() }
            let session = database.session()
            defer { session.close() }
            func run(_ sql: String) throws {
                _ = try session.start(sql, parameters: .none, input: nil).next()
            }
            let sets = Self.sets(64)
            try run("BEGIN")
            let started = try #require(
                try session.startBatch(Self.nearest, sets: sets[...].map(Self.first)[...]))
            #expect(try started[0].next() != nil)
            session.cancel()
            let waiting = #expect(throws: DatabaseError.self) { try started[1].next() }
            #expect(waiting?.code == .queryCanceled)
            #expect(session.transactionState == .aborted)
            try run("ROLLBACK")
            try run("BEGIN")
            let canceller = Thread {
                while !Thread.current.isCancelled {
                    session.cancel()
                    usleep(1_000)
                }
            }
            canceller.start()
            defer { canceller.cancel() }
            let passing = #expect(throws: DatabaseError.self) {
                _ = try session.startBatch(Self.slow, sets: sets[...])
            }
            #expect(passing?.code == .queryCanceled)
            #expect(session.transactionState == .aborted)
        }
    }

    private static func first(_ set: Parameters) -> Parameters {
        guard case .positional(let values) = set else { return set }
        return .positional(Array(values.prefix(1)))
    }

    @Test("a time limit is for each set: where the shared pass exceeds it, each searches alone")
    func timeout() throws {
        try TemporaryFolder.with { folder in
            let database = try BatchTests.make(folder, rows: 3_000)
            defer { database.close() }
            let session = database.session()
            defer { session.close() }
            func run(_ sql: String) throws(DatabaseError) {
                _ = try session.start(sql, parameters: .none, input: nil).next()
            }
            let sets = Self.sets(64)
            let alone = try database.query("SELECT id FROM t WITH (exact)").count
            let scans = database.engine.scans
            let before = scans.blocks
            _ = try database.query(
                "SELECT id FROM t ORDER BY v <-> $1 LIMIT 1", [0, 0, 0] as [Float])
            let once = scans.blocks - before
            #expect(alone > 0 && once > 0)
            // The first limit that one search keeps is far below what 64 take.
            var milliseconds = 1
            while milliseconds < 60_000 {
                try run("SET statement_timeout = \(milliseconds)")
                try run("BEGIN")
                let start = scans.blocks
                do throws(DatabaseError) {
                    let started = try session.startBatch(Self.slow, sets: sets[...])
                    #expect(started?.count == 64)
                    for statement in started ?? [] {
                        let row = try statement.next()
                        #expect(row == nil)
                        #expect(statement.summary.tag == "SELECT 0")
                    }
                    #expect(scans.blocks - start >= 64 * once)
                    try run("COMMIT")
                    return
                } catch {
                    #expect(error.code == .queryCanceled)
                    _ = try? run("ROLLBACK")
                }
                milliseconds *= 2
            }
            Issue.record("no limit was long enough")
        }
    }

    @Test("a damaged index costs no set its answer, and every set is told")
    func damaged() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 77)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 1_000, &random)
            let file = try #require(try IndexFixture.files(path).first)
            database.close()
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= 0x10
            try FileManager.default.removeItem(at: file)
            try bytes.write(to: file)
            // Nobody mends it.
            var options = DatabaseOptions()
            options.isReadOnly = true
            database = try Database.open(path, options: options)
            defer { database.close() }
            let sets = (0..<70).map { _ in [IndexFixture.vector(&random)] }
            let statement = try database.prepare(Self.nearest)
            let together = try statement.query(batch: sets)
            let alone = try sets.map { try statement.query($0[0]) }
            #expect(BatchTests.essence(together) == BatchTests.essence(alone))
            #expect(together.allSatisfy { $0.summary.notices.first?.code == .indexCorrupted })
            #expect(together.allSatisfy { $0.count == 5 && $0.summary.isExact })
        }
    }
}
