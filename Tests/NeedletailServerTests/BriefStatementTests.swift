import NeedletailCore
import NeedletailServer
import NeedletailWireScripts
import Testing

@Suite("Statements that run on event loops", .serialized)
struct BriefStatementTests {
    private static func pipelined(_ statements: [String]) -> String {
        statements.enumerated().map { "{\"id\":\($0),\"q\":\"\($1)\"}\n" }.joined()
    }

    private static func ids(_ lines: [String]) -> [Int] {
        lines.compactMap { line in
            line.split(separator: ":").dropFirst().first?.split(separator: ",").first
                .flatMap { Int($0) }
        }
    }

    @Test("brief ones and others of one connection are answered in their order")
    func order() throws {
        let server = try TestServer()
        let client = try server.connect()
        let count = 2_000
        let sent = (0..<count).map { $0 % 7 == 3 ? "INSERT" : "BRIEF ONE" }
        let sender = inBackground { client.send(Self.pipelined(sent)) }
        let lines = client.receiveLines(count)
        sender.wait()
        #expect(Self.ids(lines) == Array(0..<count))
        let session = try #require(server.sessions.first)
        #expect(session.statements.count == count)
        // The first of all opens the session, which is work for a thread.
        #expect(session.briefStarted == sent.count { $0 == "BRIEF ONE" } - 1)
        #expect(server.server.statistics.requests == count)
    }

    @Test("one that takes too long starts again elsewhere, and is answered once")
    func overdue() throws {
        let server = try TestServer()
        let client = try server.connect()
        client.send(Self.pipelined(["ONE", "BRIEF LATE 3", "BRIEF ONE"]))
        client.endInput()
        let lines = text(client.receiveToEnd()).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.dropFirst().first?.contains("[1,\"row 1\"],[2,\"row 2\"],[3,") == true)
        #expect(lines.last?.contains("\"id\":2") == true)
        let session = try #require(server.sessions.first)
        #expect(session.briefStarted == 2)
        #expect(session.statements == ["ONE", "FAILAFTER 1", "BRIEF LATE 3", "BRIEF ONE"])
    }

    @Test("a large reply goes on in the pool, at the client's pace")
    func large() throws {
        let server = try TestServer()
        let client = try server.connect()
        client.send(Self.pipelined(["ONE", "BRIEF WIDE 20000"]))
        eventually { server.sessions.first?.briefStarted == 1 }
        #expect(client.receiveLines(1).count == 1)
        let produced = try #require(server.sessions.first).rowsProduced
        client.endInput()
        let reply = client.receiveToEnd()
        #expect(text(Array(reply.suffix(80))).contains("\"done\":\"SELECT 20000\""))
        #expect(produced < 20_000, "the client had taken nothing")
        #expect(reply.count > 20_000_000)
    }

    @Test("inside a transaction nothing runs on a loop")
    func transaction() throws {
        let server = try TestServer()
        let client = try server.connect()
        client.send(Self.pipelined(["BEGIN", "BRIEF ONE", "COMMIT", "BRIEF ONE"]))
        #expect(client.receiveLines(4).count == 4)
        #expect(server.sessions.first?.briefStarted == 1)
    }

    @Test("a long queue of brief ones lets the loop's others have their turns")
    func turns() throws {
        let server = try TestServer { $0.eventLoopThreads = 1 }
        let flood = try server.connect()
        let other = try server.connect()
        let count = 20_000
        let sender = inBackground {
            flood.send(Self.pipelined(Array(repeating: "BRIEF ROWS 50", count: count)))
            flood.endInput()
        }
        let reader = inBackground { text(flood.receiveToEnd()).count { $0 == "\n" } }
        eventually { (server.sessions.first?.briefStarted ?? 0) > 100 }
        other.send("{\"id\":1,\"q\":\"INSERT\"}\n{\"id\":2,\"q\":\"BRIEF ONE\"}\n")
        #expect(other.receiveLines(2).count == 2)
        let done = try #require(server.sessions.first).briefStarted
        #expect(done < count - 1, "the other was answered before the flood was over")
        sender.wait()
        #expect(reader.wait() == count)
    }
}
