import Foundation
import Needletail
import Synchronization
import Testing

/// Writes that a key names are done once.
@Suite("Writes with keys") struct KeyedWriteTests {
    private let folder: String
    private let database: Database
    private let session: any StatementSession

    init() throws {
        folder = try TemporaryFolder.make()
        database = try Database.open(folder + "/db")
        session = database.session()
        try database.execute("CREATE TABLE t (n BIGINT PRIMARY KEY, times BIGINT, v vector(2))")
        try database.execute("INSERT INTO t VALUES (1, 0, '[1,2]')")
    }

    /// Starts and reads to the end.
    private func once(
        _ key: String, _ sql: String, _ values: [Value] = [], batch: [Parameters]? = nil,
        in session: (any StatementSession)? = nil
    ) throws -> (rows: [[Value]], summary: StatementSummary, columns: [Column]) {
        let statement = try (session ?? self.session).startOnce(
            key, sql, parameters: .positional(values), batch: batch)
        defer { statement.close() }
        var rows: [[Value]] = []
        while let row = try statement.next() { rows.append(row) }
        return (rows, statement.summary, statement.columns)
    }

    private func run(_ sql: String, in session: (any StatementSession)? = nil) throws {
        let statement = try (session ?? self.session).start(sql, parameters: .none, input: nil)
        while try statement.next() != nil {}
        statement.close()
    }

    private func times(_ n: Int = 1) throws -> Value? {
        try database.query("SELECT times FROM t WHERE n = $1", n).first?[0]
    }

    private func code<T>(_ body: () throws -> T) -> DatabaseError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            let told = error as? DatabaseError
            #expect(told?.hint?.isEmpty == false, "\(error)")
            return told?.code
        }
    }

    private func end() throws {
        #expect(try database.query("CHECK").isEmpty)
        session.close()
        database.close()
        TemporaryFolder.remove(folder)
    }

    @Test("a repeated write answers what the first did, from any session, also after reopening")
    func repeated() throws {
        let sql = "UPDATE t SET times = times + $1 RETURNING n, times, v"
        let first = try once("a", sql, [.int(1)])
        #expect(first.rows == [[.int(1), .int(1), .vector([1, 2])]])
        let sequence = try #require(first.summary.commitSequence)
        try database.execute("UPDATE t SET times = times + 100")
        let again = try once("a", sql, [.int(1)], in: database.session())
        #expect(again.rows == first.rows)
        #expect(again.columns == first.columns)
        #expect(again.summary.tag == "UPDATE 1")
        #expect(again.summary.rowCount == 1)
        #expect(again.summary.commitSequence == sequence)
        #expect(again.summary.notices.count == 1)
        #expect(try times() == .int(101))

        session.close()
        database.close()
        let reopened = try Database.open(folder + "/db")
        let late = try once("a", sql, [.int(1)], in: reopened.session())
        #expect(late.rows == first.rows && late.summary.commitSequence == sequence)
        #expect(try reopened.query("SELECT times FROM t")[0][0] == .int(101))
        try #expect(reopened.execute(once: "b", "DELETE FROM t WHERE n = $1", 1).tag == "DELETE 1")
        try #expect(reopened.execute(once: "b", "DELETE FROM t WHERE n = $1", 1).tag == "DELETE 1")
        #expect(try reopened.query("CHECK").isEmpty)
        reopened.close()
        // What is known is answered where nothing can be written.
        var options = DatabaseOptions()
        options.isReadOnly = true
        let frozen = try Database.open(folder + "/db", options: options)
        try #expect(frozen.execute(once: "b", "DELETE FROM t WHERE n = $1", 1).tag == "DELETE 1")
        frozen.close()
        TemporaryFolder.remove(folder)
    }

    @Test("the same key with anything else is refused and changes nothing")
    func mismatch() throws {
        _ = try once("a", "UPDATE t SET times = times + $1", [.int(1)])
        let others: [() throws -> Void] = [
            { _ = try once("a", "UPDATE t SET times = times + $1", [.int(2)]) },
            { _ = try once("a", "UPDATE t SET times = times + $1", [.double(1)]) },
            { _ = try once("a", "UPDATE t SET times = times + $1 ", [.int(1)]) },
            { _ = try once("a", "UPDATE t SET times = 5") },
            { _ = try once("a", "DROP TABLE t") },
            { _ = try once("a", "COMMIT") },
        ]
        for other in others { #expect(code(other) == .invalidParameter) }
        #expect(try times() == .int(1))
        try end()
    }

    @Test("a write that failed has used no key")
    func failed() throws {
        #expect(code { try once("a", "INSERT INTO t VALUES (1, 9)") } == .uniqueViolation)
        #expect(try once("a", "INSERT INTO t VALUES (2, 9)").summary.tag == "INSERT 0 1")
        #expect(try once("a", "INSERT INTO t VALUES (2, 9)").summary.tag == "INSERT 0 1")
        try end()
    }

    @Test("one that changed no row is done all the same")
    func nothingMatched() throws {
        #expect(try once("a", "UPDATE t SET times = 7 WHERE n = 2").summary.tag == "UPDATE 0")
        try database.execute("INSERT INTO t VALUES (2, 0)")
        #expect(try once("a", "UPDATE t SET times = 7 WHERE n = 2").summary.tag == "UPDATE 0")
        #expect(try times(2) == .int(0))
        try end()
    }

    @Test("definitions are made and removed once")
    func definitions() throws {
        for _ in 0..<2 {
            #expect(try once("a", "CREATE TABLE u (n INT)").summary.tag == "CREATE TABLE")
        }
        for _ in 0..<2 {
            #expect(
                try once("b", "CREATE INDEX i ON t USING hnsw (v vector_l2_ops)").summary.tag
                    == "CREATE INDEX")
        }
        for _ in 0..<2 { #expect(try once("c", "DROP TABLE u").summary.tag == "DROP TABLE") }
        #expect(try database.query("SELECT n FROM t ORDER BY v <-> '[0,0]' LIMIT 1").count == 1)
        try end()
    }

    @Test("a batch is one write; the element that fails is named, and nothing is done")
    func batch() throws {
        let sets = [Parameters.positional([.int(10)]), .positional([.int(11)])]
        let sql = "INSERT INTO t (n, times) VALUES ($1, 1) RETURNING n"
        for _ in 0..<2 {
            let done = try once("a", sql, batch: sets)
            #expect(done.rows == [[.int(10)], [.int(11)]])
            #expect(done.summary.tag == "INSERT 0 2")
        }
        #expect(code { try once("a", sql, batch: [sets[0]]) } == .invalidParameter)
        do {
            _ = try once("b", sql, batch: [.positional([.int(12)]), sets[0]])
            Issue.record("a duplicate key was taken")
        } catch let error as DatabaseError {
            #expect(error.code == .uniqueViolation)
            #expect(error.message.contains("element 1 of the batch"))
        }
        #expect(try times(12) == nil)
        #expect(try once("c", sql, batch: []).summary.tag == "BATCH 0")
        #expect(try once("c", sql, batch: []).summary.tag == "BATCH 0")
        try end()
    }

    @Test("what returns more than is kept is refused before anything is changed")
    func tooLarge() throws {
        let values = (0..<10_000).map { "(\($0 + 100), 0)" }.joined(separator: ", ")
        let insert = "INSERT INTO t (n, times) VALUES \(values)"
        #expect(code { try once("a", insert + " RETURNING n, times, v") } == .programLimit)
        #expect(try database.query("SELECT count(*) FROM t")[0][0] == .int(1))
        #expect(try once("a", insert).summary.tag == "INSERT 0 10000")
        #expect(try once("a", insert).summary.tag == "INSERT 0 10000")
        try end()
    }

    @Test(
        "a key is refused where it names no write",
        arguments: [
            ("SELECT 1", DatabaseError.Code.invalidParameter), ("BEGIN", .invalidParameter),
            ("SET lock_timeout = 5", .invalidParameter),
            ("EXPLAIN DELETE FROM t", .invalidParameter),
            ("COPY t FROM STDIN", .notSupported), ("ANALYZE", .notSupported),
            ("SELCT", .syntaxError), ("COMMIT", .noActiveTransaction),
        ])
    func refused(sql: String, expected: DatabaseError.Code) throws {
        do {
            _ = try once("a", sql)
            Issue.record("\(sql) was accepted")
        } catch let error as DatabaseError {
            #expect(error.code == expected)
            #expect(error.hint != nil || expected == .syntaxError)
        }
        #expect(code { try once("", "DELETE FROM t") } == .invalidParameter)
        let long = String(repeating: "é", count: 128)
        #expect(code { try once(long, "DELETE FROM t") } == .invalidParameter)
        try end()
    }

    @Test("of many who write with one key at once, one does it")
    func concurrent() throws {
        let sequences = Mutex<[UInt64?]>([])
        let wrong = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            let own = database.session()
            for key in 0..<20 {
                do {
                    let done = try once(
                        "key \(key)", "UPDATE t SET times = times + 1 RETURNING times", in: own)
                    if done.rows != [[.int(Int64(key + 1))]] { wrong.withLock { $0 += 1 } }
                    sequences.withLock { $0.append(done.summary.commitSequence) }
                } catch {
                    wrong.withLock { $0 += 1 }
                }
            }
            own.close()
        }
        #expect(wrong.withLock { $0 } == 0)
        #expect(Set(sequences.withLock { $0 }).count == 20)
        #expect(try times() == .int(20))
        try end()
    }

    @Test("a key on COMMIT names the transaction")
    func transactions() throws {
        func transfer(_ amount: Int, key: String) throws -> StatementSummary {
            try run("BEGIN")
            try run("UPDATE t SET times = times + \(amount)")
            return try once(key, "COMMIT").summary
        }
        // Asked before anything is known of it.
        #expect(code { try once("a", "COMMIT") } == .noActiveTransaction)
        let first = try transfer(1, key: "a")
        #expect(first.tag == "COMMIT" && first.commitSequence != nil)
        // Run again, it is taken back; asked, the first one answers.
        let again = try transfer(1, key: "a")
        #expect(again.commitSequence == first.commitSequence && again.notices.count == 1)
        #expect(session.transactionState == .idle)
        #expect(try once("a", "COMMIT").summary.commitSequence == first.commitSequence)
        #expect(try times() == .int(1))
        // Another transaction is refused, and none is left open.
        #expect(code { try transfer(2, key: "a") } == .invalidParameter)
        #expect(session.transactionState == .idle)
        #expect(code { try once("a", "UPDATE t SET times = 5") } == .invalidParameter)
        #expect(try times() == .int(1))
        // A transaction that failed is rolled back by its COMMIT, and has used no key.
        try run("BEGIN")
        #expect(code { try once("b", "DELETE FROM t") } == .activeTransaction)
        #expect(session.transactionState == .aborted)
        #expect(try once("b", "COMMIT").summary.tag == "ROLLBACK")
        #expect(try transfer(1, key: "b").notices.isEmpty)
        // One that only read has nothing to be done once.
        try run("BEGIN")
        try run("SELECT * FROM t")
        #expect(try once("c", "COMMIT").summary.commitSequence == nil)
        #expect(code { try once("c", "COMMIT") } == .noActiveTransaction)
        #expect(try times() == .int(2))
        try end()
    }

    @Test("what comes after a commit sees it, waits for it a while, or is told")
    func commitTokens() throws {
        let sequence = try #require(database.execute("UPDATE t SET times = 5").commitSequence)
        let other = database.session()
        try other.requireCommit(sequence)
        #expect(code { try other.requireCommit(sequence + 2_000_000) } == .lockNotAvailable)
        // Made while it is waited for, as by another process.
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.1) {
            _ = try? database.execute("UPDATE t SET times = 6")
        }
        try other.requireCommit(sequence + 1)
        #expect(try times() == .int(6))
        let start = ContinuousClock.now
        #expect(code { try other.requireCommit(sequence + 100) } == .lockNotAvailable)
        #expect(ContinuousClock.now - start >= .milliseconds(Limits.commitWaitMilliseconds))
        // A transaction's snapshot stays what it is.
        try run("BEGIN", in: other)
        try run("SELECT * FROM t", in: other)
        let newest = try #require(database.execute("UPDATE t SET times = 7").commitSequence)
        try other.requireCommit(newest - 1)
        #expect(code { try other.requireCommit(newest) } == .serializationFailure)
        #expect(other.transactionState == .aborted)
        try other.requireCommit(newest)
        try run("ROLLBACK", in: other)
        try run("BEGIN READ WRITE", in: other)
        try other.requireCommit(newest)
        #expect(code { try other.requireCommit(newest + 1) } == .lockNotAvailable)
        other.close()
        try end()
    }

    @Test("a wait for a commit can be cancelled")
    func cancelledWait() throws {
        let other = database.session()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.1) { other.cancel() }
        do {
            try other.requireCommit(1_000)
            Issue.record("commit 1,000 was found")
        } catch {
            #expect(error.code == .queryCanceled)
        }
        other.close()
        try end()
    }
}
