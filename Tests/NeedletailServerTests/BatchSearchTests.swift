import Foundation
import Needletail
import NeedletailClient
import NeedletailExecutor
import NeedletailServer
import Testing

/// Batches of searches over a socket, against one request for each.
@Suite("Batches of searches on a real database", .serialized)
struct BatchSearchTests {
    private static let nearest = "SELECT $2::int, id, v <-> $1 AS d FROM t ORDER BY d LIMIT 4"

    /// A server with rows 1 to `rows`, whose vectors lie on a line.
    private static func server(rows: Int = 2_000) throws -> RealServer {
        let server = try RealServer()
        try server.database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(2))")
        try server.database.execute(
            "INSERT INTO t SELECT n, ('[' || n % 500 || ',1]')::vector "
                + "FROM generate_series(1, \(rows)) AS s(n)")
        return server
    }

    private static func set(_ number: Int) -> Parameters {
        .positional([.vector([Float(number * 7 % 500), 0]), .int(Int64(number))])
    }

    private static func lines(_ client: RawClient, id: Int) -> [String] {
        var lines: [String] = []
        repeat {
            lines += client.receiveLines(1)
        } while !lines[lines.count - 1].contains("\"done\"")
            && !lines[lines.count - 1].contains("\"err\"")
        #expect(lines.allSatisfy { $0.hasPrefix("{\"id\":\(id),") })
        return lines
    }

    private static func batch(_ numbers: Range<Int>) -> String {
        numbers.map { "[[\($0 * 7 % 500),0],\($0)]" }.joined(separator: ",")
    }

    @Test("the rows of all sets come in their order, and 64 sets share a pass")
    func agreement() throws {
        let server = try Self.server()
        let session = try RemoteSession.connect(url: server.address)
        let scans = server.database.engine.scans
        var alone: [[Value]] = []
        for number in 0..<150 {
            let one = try session.start(Self.nearest, parameters: Self.set(number), input: nil)
            while let row = try one.next() { alone.append(row) }
        }
        let each = scans.blocks / 150
        let before = scans.blocks
        let statement = try session.start(Self.nearest, batch: (0..<150).map(Self.set))
        var together: [[Value]] = []
        while let row = try statement.next() { together.append(row) }
        #expect(together == alone && alone.count == 600)
        #expect(scans.blocks - before == 3 * each && each > 0)
        #expect(statement.columns.map(\.name).last == "d")
        let summary = statement.summary
        #expect(summary.tag == "SELECT 600" && summary.rowCount == 600)
        #expect(summary.plan == "exact(t.v)" && summary.isExact)
        #expect(summary.distances == 150 * 2_000 && summary.visited == 150 * 2_000)
        #expect(session.transactionState == .idle)
    }

    @Test("named sets, sets without parameters, a batch of one and an empty one")
    func forms() throws {
        let server = try Self.server(rows: 50)
        let session = try RemoteSession.connect(url: server.address)
        func rows(_ sql: String, _ sets: [Parameters]) throws -> [[Value]] {
            let statement = try session.start(sql, batch: sets)
            var rows: [[Value]] = []
            while let row = try statement.next() { rows.append(row) }
            return rows
        }
        let named = "SELECT id FROM t ORDER BY v <-> :q LIMIT 1"
        let sets = (1...3).map { Parameters.named(["q": .vector([Float($0), 1])]) }
        #expect(try rows(named, sets) == [[.int(1)], [.int(2)], [.int(3)]])
        let plain = "SELECT id FROM t ORDER BY v <-> '[9,1]' LIMIT 1"
        #expect(try rows(plain, [.none, .none]) == [[.int(9)], [.int(9)]])
        #expect(try rows(named, [sets[1]]) == [[.int(2)]])
        #expect(try rows(named, []).isEmpty)
        #expect(try rows("INSERT INTO t VALUES (:i, NULL)", [.named(["i": .int(60)])]).isEmpty)
    }

    @Test("an error undoes the batch and names the element, after the rows before it")
    func errors() throws {
        let server = try Self.server(rows: 50)
        let client = try server.connect()
        client.send(
            "{\"id\":1,\"q\":\"\(Self.nearest)\",\"batch\":[\(Self.batch(0..<70)),[[1],70]]}\n")
        let search = Self.lines(client, id: 1)
        #expect(
            search.last?.contains("expected 2 dimensions, not 1 (element 70 of the batch") == true)
        #expect(search.last?.contains("\"tx\"") == false)
        client.send(
            "{\"id\":2,\"q\":\"INSERT INTO t VALUES ($1, NULL)\",\"batch\":[[100],[101],[1]]}\n")
        #expect(Self.lines(client, id: 2).last?.contains("(element 2 of the batch") == true)
        client.send("{\"id\":3,\"q\":\"SELECT count(*) FROM t\"}\n")
        #expect(Self.lines(client, id: 3).last?.contains("\"rows\":[[50]]") == true)
        client.send(
            "{\"id\":4,\"q\":\"INSERT INTO t VALUES ($1, NULL)\",\"batch\":[[100],[101]]}\n")
        #expect(Self.lines(client, id: 4).last?.contains("\"done\":\"INSERT 0 2\"") == true)
    }

    @Test("a batch in an open transaction sees what it has written")
    func transactions() throws {
        let server = try Self.server(rows: 50)
        let client = try server.connect()
        let sql = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 1"
        client.send(
            """
            {"id":1,"q":"BEGIN"}
            {"id":2,"q":"INSERT INTO t VALUES (900, '[900,1]')"}
            {"id":3,"q":"\(sql)","batch":[[[900,1]],[[3,1]],[[901,1]]]}
            {"id":4,"q":"ROLLBACK"}
            {"id":5,"q":"\(sql)","batch":[[[900,1]],[[3,1]]]}\n
            """)
        let lines = client.receiveLines(5)
        #expect(
            lines[2].contains("\"rows\":[[900],[3],[900]]") && lines[2].contains("\"tx\":\"open\""))
        #expect(lines[4].contains("\"rows\":[[50],[3]]"))
    }

    @Test("cancel and the request's time limit end a batch while it shares a pass")
    func stopped() throws {
        let server = try Self.server(rows: 20_000)
        let client = try server.connect()
        let slow =
            "SELECT id FROM t WHERE length(repeat(id::text, 4000)) < $2 - 1000 "
            + "ORDER BY v <-> $1 LIMIT 4"
        let request = "\"q\":\"\(slow)\",\"batch\":[\(Self.batch(0..<200))]"
        client.send("{\"id\":1,\(request),\"timeout_ms\":50}\n")
        let limited = Self.lines(client, id: 1).last
        #expect(limited?.contains("timeout_ms of the request, 50 ms") == true)
        client.send("{\"id\":2,\(request)}\n{\"id\":\"stop\",\"cancel\":2}\n")
        #expect(Self.lines(client, id: 2).last?.contains("\"code\":\"57014\"") == true)
        #expect(client.receiveLines(1).first?.contains("CANCEL 1") == true)
        client.send("{\"id\":4,\"q\":\"SELECT count(*) FROM t\"}\n")
        #expect(Self.lines(client, id: 4).last?.contains("\"rows\":[[20000]]") == true)
    }

    @Test("a client that does not read stops a batch between its rows")
    func slowReader() throws {
        let server = try Self.server(rows: 5_000)
        let client = try server.connect()
        let all = "SELECT id, repeat('x', 200) FROM t ORDER BY v <-> $1, id"
        let sets = (0..<40).map { "[[\($0),0]]" }.joined(separator: ",")
        client.send("{\"id\":1,\"q\":\"\(all)\",\"batch\":[\(sets)]}\n")
        // Others are answered meanwhile.
        let other = try server.connect()
        other.send("{\"id\":1,\"q\":\"SELECT count(*) FROM t\"}\n")
        #expect(Self.lines(other, id: 1).last?.contains("[[5000]]") == true)
        client.endInput()
        let reply = client.receiveToEnd()
        #expect(reply.count > 40 * 5_000 * 200)
        let last = reply.split(separator: UInt8(ascii: "\n")).last ?? []
        #expect(String(decoding: last, as: UTF8.self).contains("\"done\":\"SELECT 200000\""))
    }
}
