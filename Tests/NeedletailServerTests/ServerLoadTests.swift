import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Server under load", .serialized)
struct ServerLoadTests {
    @Test("a thousand pipelined requests are answered in their order")
    func pipelining() throws {
        let server = try TestServer()
        let client = try server.connect()
        let start = ContinuousClock.now
        let sender = inBackground {
            client.send((1...1_000).map { "{\"id\":\($0),\"q\":\"INSERT\"}\n" }.joined())
            client.endInput()
        }
        let lines = text(client.receiveToEnd()).split(separator: "\n")
        sender.wait()
        print("1,000 pipelined requests: \(ContinuousClock.now - start)")
        #expect(lines.count == 1_000)
        #expect(
            lines.enumerated().allSatisfy { $1.hasPrefix("{\"id\":\($0 + 1),\"done\"") })
    }

    @Test("two hundred connections at once all get their answers")
    func connections() throws {
        let server = try TestServer()
        let clients = try (0..<200).map { _ in try server.connect() }
        for _ in 0..<5 {
            for (number, client) in clients.enumerated() {
                client.send("{\"id\":\(number),\"q\":\"ROWS 300\"}\n")
            }
            for (number, client) in clients.enumerated() {
                let lines = client.receiveLines(2)
                #expect(lines.first?.hasPrefix("{\"id\":\(number),\"cols\"") == true)
                #expect(lines.last?.contains("\"done\":\"SELECT 300\"") == true)
            }
        }
        #expect(server.server.statistics.connections == 200)
        #expect(server.server.statistics.requests == 1_000)
    }

    @Test("a client that does not read costs a bounded number of bytes and no thread")
    func slowReader() throws {
        let server = try TestServer {
            $0.statementThreads = 1
            $0.session.outboundBytes = 1 << 20
        }
        let slow = try server.connect()
        slow.send("{\"id\":1,\"q\":\"WIDE 60000\"}\n")
        eventually { server.sessions.first.map { $0.rowsProduced > 0 } ?? false }
        var seen = -1
        eventually {
            defer { seen = server.sessions[0].rowsProduced }
            // Requests of others are answered meanwhile, on the only thread.
            let other = try? server.connect()
            other?.send("INSERT;\n")
            return other?.receiveLines(1) == ["OK INSERT 0 1 0.21 ms"]
                && server.sessions[0].rowsProduced == seen
        }
        // What is allowed to wait, one step more, and the buffers of the system's sockets.
        #expect(seen * 1_000 < (1 << 20) + (1 << 20) + (16 << 20))
        slow.endInput()
        let start = ContinuousClock.now
        let reply = slow.receiveToEnd()
        print("\(reply.count) bytes to a reader that catches up: \(ContinuousClock.now - start)")
        #expect(text(Array(reply.suffix(80))).contains("\"done\":\"SELECT 60000\""))
        #expect(reply.count > 60_000_000)
    }

    @Test("a transaction goes on while all threads are taken")
    func transactionFirst() throws {
        let server = try TestServer { $0.statementThreads = 1 }
        let writer = try server.connect()
        writer.send("BEGIN;\n")
        #expect(writer.receiveLines(1) == ["OK BEGIN 0.21 ms"])
        let waiting = try server.connect()
        waiting.send("SLOW;\n")
        eventually { server.sessions.count == 2 && server.sessions[1].slowStarted == 1 }
        writer.send("INSERT;\nCOMMIT;\n")
        #expect(writer.receiveLines(2) == ["OK INSERT 0 1 0.21 ms", "OK COMMIT 0.21 ms"])
        server.sessions[1].release()
        #expect(waiting.receiveLines(1) == ["OK SLOW 0.21 ms"])
    }

    @Test("a COPY that waits for its client does not hold a thread")
    func idleCopy() throws {
        let server = try TestServer { $0.statementThreads = 1 }
        let copying = try server.connect()
        copying.send("COPY FROM STDIN;\na\n")
        eventually { server.sessions.first?.statements.count == 1 }
        let other = try server.connect()
        other.send("INSERT;\n")
        #expect(other.receiveLines(1) == ["OK INSERT 0 1 0.21 ms"])
        copying.send("b\n\\.\n")
        #expect(copying.receiveLines(1) == ["OK COPY 2 0.21 ms"])
    }

    @Test("a COPY larger than what may wait goes through")
    func largeCopy() throws {
        let server = try TestServer { $0.session.copyBacklogBytes = 10_000 }
        let client = try server.connect()
        let lines = String(repeating: "0123456789\n", count: 1_000)
        client.send("{\"id\":1,\"q\":\"COPY FROM STDIN\"}\n")
        let data = "{\"id\":1,\"d\":\"\(lines.replacing("\n", with: "\\n"))\"}\n"
        for _ in 0..<300 { client.send(data) }
        client.send("{\"id\":1,\"end\":true}\n")
        #expect(client.receiveLines(1) == ["{\"id\":1,\"done\":\"COPY 300000\",\"ms\":0.21}"])
    }
}
