import Foundation
import Needletail
import NeedletailCore
import NeedletailServer
import Testing

@Suite("SHOW SESSIONS", .serialized)
struct SessionListTests {
    /// The rows of the next reply, as JSON.
    private static func rows(_ client: RawClient) throws -> [[String: Any]] {
        client.send("{\"id\":\"s\",\"q\":\"SHOW SESSIONS\"}\n")
        let line = try #require(client.receiveLines(1).first)
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        let reply = try #require(object as? [String: Any])
        let columns = try #require(reply["cols"] as? [[String]]).compactMap(\.first)
        return try #require(reply["rows"] as? [[Any]]).map {
            Dictionary(uniqueKeysWithValues: zip(columns, $0))
        }
    }

    @Test("every connection has a line, with its state and its statement without literals")
    func overTheWire() throws {
        let server = try RealServer { $0.statementThreads = 2 }
        var clients: [RawClient] = []
        for count in 1...4 {
            clients.append(try server.connect())
            // Event loops welcome connections side by side, in the order in which they get to it.
            eventually { server.server.sessions.count == count }
        }
        let (watching, transaction, waiting, idle) =
            (clients[0], clients[1], clients[2], clients[3])
        transaction.send("CREATE TABLE t (id INT PRIMARY KEY, name TEXT);\n")
        transaction.send("BEGIN READ WRITE;\nDELETE FROM t;\n")
        #expect(transaction.receiveLines(3).count == 3)
        waiting.send("{\"id\":1,\"q\":\"INSERT INTO t VALUES (31337, 's3cr3t')\"}\n")
        idle.send("SELECT 1;\n")
        #expect(idle.receiveLines(4).count == 4)
        eventually { server.server.sessions.contains { $0.state == .waitingForWriter } }
        // A client may have its reply before the loop has put down that it was sent.
        eventually { server.server.sessions.last?.bytesInFlight == 0 }

        let rows = try Self.rows(watching)
        #expect(rows.count == 4)
        #expect(rows.map { $0["id"] as? Int } == [1, 2, 3, 4])
        #expect(
            rows.map { $0["state"] as? String }
                == ["running", "in transaction", "waiting for the writer", "idle"])
        #expect(rows[0]["statement"] as? String == "SHOW SESSIONS")
        #expect(rows[2]["statement"] as? String == "INSERT INTO t VALUES (?, …)")
        #expect(rows[1]["statement"] is NSNull && rows[3]["running_ms"] is NSNull)
        #expect((rows[2]["running_ms"] as? Int).map { $0 >= 0 } == true)
        #expect((rows[0]["peer"] as? String)?.hasPrefix("127.0.0.1:") == true)
        #expect(rows.map { $0["requests"] as? Int } == [0, 3, 0, 1])
        #expect((rows[3]["bytes_in"] as? Int) == "SELECT 1;\n".utf8.count)
        #expect((rows[3]["bytes_out"] as? Int).map { $0 > 10 } == true)
        #expect((rows[2]["bytes_in_flight"] as? Int).map { $0 > 256 } == true)
        #expect((rows[3]["bytes_in_flight"] as? Int) == 0)
        #expect(!"\(rows)".contains("s3cr3t") && !"\(rows)".contains("31337"))

        transaction.send("COMMIT;\n")
        #expect(transaction.receiveLines(1).count == 1)
        #expect(waiting.receiveLines(1).first?.contains("done") == true)
        idle.endInput()
        #expect(idle.receiveToEnd().isEmpty)
        eventually { server.server.sessions.count == 3 }
    }

    @Test("at the prompt of a server it is a table, and a failed transaction refuses it")
    func plain() throws {
        let server = try RealServer()
        let client = try server.connect()
        client.send("SHOW SESSIONS;\n")
        let lines = client.receiveLines(4)
        #expect(lines.first?.hasPrefix("id | peer") == true)
        #expect(lines.last?.hasPrefix("OK 1 row") == true)
        client.send("BEGIN;\nSELECT nothing;\nSHOW SESSIONS;\nROLLBACK;\n")
        let codes = client.receiveLines(4).map { $0.prefix(9) }
        #expect(codes.contains("ERR 25P02"))
    }

    @Test("an embedded database answers its own")
    func embedded() throws {
        let server = try RealServer()
        let rows = try server.database.query("SHOW SESSIONS").rows
        #expect(rows.count == 1)
        #expect(rows[0]["peer"] == .text("embedded"))
        #expect(rows[0]["state"] == .text("running"))
        #expect(rows[0]["statement"] == .text("SHOW SESSIONS"))
    }
}
