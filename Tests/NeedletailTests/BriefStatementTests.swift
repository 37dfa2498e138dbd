import Needletail
import NeedletailExecutor
import Testing

/// Which statements a session starts on a thread that others wait for.
@Suite struct BriefStatementTests {
    private static let lookup = "SELECT x FROM t WHERE id = $1"

    private static func withSession(
        _ body: (Database, Session) throws -> Void
    ) throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, x INT)")
            try database.execute(
                "INSERT INTO t SELECT g, 2 * g FROM generate_series(1, 2000) AS g")
            try body(database, try #require(database.session() as? Session))
        }
    }

    private static func rows(_ statement: any RunningStatement) throws -> [[Value]] {
        var rows: [[Value]] = []
        while let row = try statement.next() { rows.append(row) }
        return rows
    }

    private static func run(_ session: Session, _ sql: String, _ value: Int64) throws {
        _ = try rows(session.start(sql, parameters: .positional([.int(value)]), input: nil))
    }

    @Test("a query that took little time before, and no other")
    func which() throws {
        try Self.withSession { _, session in
            let one = Parameters.positional([.int(1)])
            #expect(try session.startBriefly(Self.lookup, parameters: one) == nil)
            for value in 1...20 { try Self.run(session, Self.lookup, Int64(value)) }
            let started = try #require(try session.startBriefly(Self.lookup, parameters: one))
            #expect(try Self.rows(started) == [[.int(2)]])

            let change = "UPDATE t SET x = x + 1 WHERE id = $1"
            for _ in 1...3 { try Self.run(session, change, 1) }
            #expect(try session.startBriefly(change, parameters: one) == nil)

            _ = try Self.rows(session.start("BEGIN", parameters: .none, input: nil))
            #expect(try session.startBriefly(Self.lookup, parameters: one) == nil)
            _ = try Self.rows(session.start("ROLLBACK", parameters: .none, input: nil))
            #expect(try session.startBriefly(Self.lookup, parameters: one) != nil)
        }
    }

    @Test("a lookup by its shape, whatever its literal")
    func shape() throws {
        try Self.withSession { _, session in
            for id in 11...15 {
                let sql = "SELECT x FROM t WHERE id = \(id)"
                _ = try Self.rows(session.start(sql, parameters: .none, input: nil))
            }
            let sql = "SELECT x FROM t WHERE id = 77"
            let started = try #require(try session.startBriefly(sql, parameters: .none))
            #expect(try Self.rows(started) == [[.int(154)]])
        }
    }

    @Test("one that took long is not brief until it was short for a while")
    func forgiving() throws {
        try Self.withSession { _, session in
            let sql = "SELECT count(*) FROM generate_series(1, $1)"
            let few = Parameters.positional([.int(10)])
            for _ in 1...2 { try Self.run(session, sql, 10) }
            try Self.run(session, sql, 3_000_000)
            #expect(try session.startBriefly(sql, parameters: few) == nil)
            for _ in 1...40 { try Self.run(session, sql, 10) }
            #expect(try session.startBriefly(sql, parameters: few) != nil)
        }
    }

    @Test("one that turns out long is overdue, and starts again like any other")
    func overdue() throws {
        try Self.withSession { _, session in
            let sql = "SELECT count(*) FROM generate_series(1, $1)"
            for _ in 1...20 { try Self.run(session, sql, 10) }
            let many = Parameters.positional([.int(3_000_000)])
            session.briefPatienceNanoseconds = 1
            let started = try #require(try session.startBriefly(sql, parameters: many))
            let error = #expect(throws: DatabaseError.self) { try Self.rows(started) }
            #expect(error?.code == .queryCanceled && session.isOverdue)
            let again = try session.start(sql, parameters: many, input: nil)
            #expect(try Self.rows(again) == [[.int(3_000_000)]])
            #expect(!session.isOverdue)
        }
    }

    @Test("one that is let go on takes its time")
    func leisure() throws {
        try Self.withSession { _, session in
            let sql = "SELECT count(*) FROM generate_series(1, $1)"
            for _ in 1...20 { try Self.run(session, sql, 10) }
            let many = Parameters.positional([.int(100_000)])
            session.briefPatienceNanoseconds = 50_000_000
            let started = try #require(try session.startBriefly(sql, parameters: many))
            session.takeTime()
            session.briefPatienceNanoseconds = 1
            #expect(try Self.rows(started) == [[.int(100_000)]])
        }
    }
}
