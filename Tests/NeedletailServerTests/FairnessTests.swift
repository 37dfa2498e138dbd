import Needletail
import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Synchronization
import Testing

@Suite("Fairness and bounds of a server", .serialized)
struct FairnessTests {
    @Test("a connection that pipelines thousands takes turns with the others")
    func turns() throws {
        let order = Mutex<[String]>([])
        let server = try TestServer {
            $0.statementThreads = 1
            $0.eventLoopThreads = 1
            $0.authorise = { request in
                order.withLock { $0.append(request.sql) }
                return nil
            }
        }
        let flood = try server.connect()
        let good = try server.connect()
        let count = 5_000
        let sender = inBackground {
            flood.send((0..<count).map { "{\"id\":\($0),\"q\":\"INSERT\"}\n" }.joined())
            flood.endInput()
        }
        let reader = inBackground { flood.receiveToEnd().count }
        eventually { order.withLock { $0.count } > 100 }
        good.send((0..<100).map { "{\"id\":\($0),\"q\":\"EMPTY\"}\n" }.joined())
        #expect(good.receiveLines(100).count == 100)
        sender.wait()
        #expect(reader.wait() > 0)
        let all = order.withLock { $0 }
        let first = try #require(all.firstIndex(of: "EMPTY"))
        let last = try #require(all.lastIndex(of: "EMPTY"))
        let between = all[first..<last].count { $0 == "INSERT" }
        print("fairness: \(between) statements of the flood among 100 of the other")
        #expect(between <= 300, "at most a few of the flood for each of the other")
        #expect(server.server.statistics.requests == count + 100)
    }

    @Test("never more than one statement of a connection runs")
    func oneEach() throws {
        let server = try TestServer { $0.statementThreads = 4 }
        let client = try server.connect()
        client.send((0..<10).map { "{\"id\":\($0),\"q\":\"SLOW\"}\n" }.joined())
        eventually { server.sessions.first?.slowStarted == 1 }
        let other = try server.connect()
        for _ in 0..<20 {
            other.send("INSERT;\n")
            #expect(other.receiveLines(1).count == 1)
        }
        #expect(server.sessions[0].slowStarted == 1)
        server.sessions[0].release()
        #expect(client.receiveLines(10).count == 10)
    }

    @Test("what is one too many to wait is refused with 53000, and there is room again after")
    func boundedQueue() throws {
        let server = try TestServer {
            $0.statementThreads = 1
            $0.statementsWaitingMax = 2
        }
        let running = try server.connect()
        running.send("SLOW;\n")
        eventually { server.sessions.first?.slowStarted == 1 }
        let waiting = try (0..<2).map { _ in try server.connect() }
        for client in waiting { client.send("{\"id\":1,\"q\":\"INSERT\"}\n") }
        eventually {
            server.server.sessions.count { $0.state == .waitingForThread } == 2
        }
        let late = try server.connect()
        late.send("{\"id\":1,\"q\":\"INSERT\"}\n")
        let answer = late.receiveLines(1).first ?? ""
        #expect(answer.contains("\"code\":\"53000\"") && answer.contains("\"retry\":true"))
        #expect(answer.contains("\"hint\""))
        #expect(server.server.statistics.refused >= 1)
        server.sessions[0].release()
        #expect(running.receiveLines(1).count == 1)
        for client in waiting { #expect(client.receiveLines(1).first?.contains("done") == true) }
        let after = try server.connect()
        after.send("INSERT;\n")
        #expect(after.receiveLines(1) == ["OK INSERT 0 1 0.21 ms"])
    }

    @Test("memory of all connections stays below its ceiling, and what finds no room is refused")
    func memory() throws {
        let ceiling = 8 << 20
        let server = try TestServer {
            $0.statementThreads = 1
            $0.memoryBytesMax = ceiling
            $0.session.lineBytes = 4 << 20
        }
        let blocking = try server.connect()
        blocking.send("SLOW;\n")
        eventually { server.sessions.first?.slowStarted == 1 }
        // Forty requests of a megabyte each wait for the only thread, or are refused.
        let value = String(repeating: "x", count: 1 << 20)
        let clients = try (0..<40).map { _ in try server.connect() }
        for client in clients {
            client.send("{\"id\":1,\"q\":\"INSERT\",\"p\":[\"\(value)\"]}\n")
        }
        eventually { server.server.statistics.refused > 0 }
        server.sessions[0].release()
        var done = 0
        var refused = 0
        for client in clients {
            let line = client.receiveLines(1).first ?? ""
            if line.contains("done") { done += 1 }
            if line.contains("\"code\":\"53200\"") { refused += 1 }
        }
        let statistics = server.server.statistics
        print(
            "memory: \(done) answered, \(refused) refused, peak \(statistics.bytesHeldPeak) of "
                + "\(ceiling) bytes")
        #expect(done + refused == 40 && refused > 0 && done > 0)
        // What was read of one piece of input of each event loop may come on top.
        #expect(statistics.bytesHeldPeak < ceiling + (4 << 20))
        // It recovers by itself, for new connections and for those that were refused.
        let after = try server.connect()
        for client in [after, clients[39]] {
            let answered = inBackground {
                client.send("{\"id\":2,\"q\":\"INSERT\",\"p\":[\"\(value)\"]}\n")
                return client.receiveLines(1).first ?? "lost"
            }
            let line = answered.wait()
            #expect(line.contains("done") || line == "lost", "\(line.prefix(200))")
        }
        eventually { server.server.statistics.bytesHeld == 0 }
    }

    @Test("slow readers of large replies share the ceiling, and each gets all of its reply")
    func slowReaders() throws {
        let server = try TestServer {
            $0.statementThreads = 2
            $0.memoryBytesMax = 2 << 20
            $0.session.lineBytes = 1 << 20
        }
        let clients = try (0..<20).map { _ in try server.connect() }
        for client in clients {
            client.send("{\"id\":1,\"q\":\"WIDE 8000\"}\n")
            client.endInput()
        }
        eventually { server.server.statistics.bytesHeldPeak > 1 << 20 }
        for client in clients {
            let reply = client.receiveToEnd()
            #expect(text(Array(reply.suffix(80))).contains("\"done\":\"SELECT 8000\""))
        }
        let peak = server.server.statistics.bytesHeldPeak
        print("20 slow readers of 8 MB each: \(peak) bytes held at most, ceiling \(2 << 20)")
        #expect(peak < 6 << 20)
        eventually { server.server.statistics.bytesHeld == 0 }
    }

    @Test("a COPY larger than the ceiling goes through")
    func largeCopy() throws {
        let server = try TestServer {
            $0.memoryBytesMax = 2 << 20
            $0.session.lineBytes = 1 << 20
        }
        let client = try server.connect()
        let lines = String(repeating: "0123456789\n", count: 1_000)
        client.send("COPY FROM STDIN;\n")
        for _ in 0..<1_000 { client.send(lines) }
        client.send("\\.\n")
        #expect(client.receiveLines(1) == ["OK COPY 1000000 0.21 ms"])
        #expect(server.server.statistics.bytesHeldPeak < 4 << 20)
    }

    @Test("statement_timeout frees the thread")
    func timeoutFreesThread() throws {
        let server = try RealServer {
            $0.statementThreads = 1
            $0.database.statementTimeoutMilliseconds = 100
        }
        let client = try server.connect()
        let slow = "SELECT count(*) FROM generate_series(1, 2000000000)"
        for (id, sql) in ["SHOW statement_timeout", slow, "SELECT 1"].enumerated() {
            client.send("{\"id\":\(id),\"q\":\"\(sql)\"}\n")
        }
        let lines = client.receiveLines(3)
        #expect(lines.first?.contains("[[\"100\"]]") == true)
        #expect(lines.dropFirst().first?.contains("\"code\":\"57014\"") == true, "\(lines)")
        #expect(lines.last?.contains("\"done\":\"SELECT 1\"") == true)
        client.send(
            """
            {"id":4,"q":"SET statement_timeout = 0"}
            {"id":5,"q":"RESET ALL"}
            {"id":6,"q":"SHOW statement_timeout"}\n
            """)
        #expect(client.receiveLines(3).last?.contains("[[\"100\"]]") == true)
    }

    @Test(
        "cancel frees the thread of a statement that waits for the writer",
        arguments: ["", ",\"key\":\"first\""])
    func cancelledWait(key: String) throws {
        let server = try RealServer { $0.statementThreads = 1 }
        let holder = try server.connect()
        holder.send("CREATE TABLE t (id INT PRIMARY KEY);\nBEGIN READ WRITE;\nDELETE FROM t;\n")
        #expect(holder.receiveLines(3).count == 3)
        let waiting = try server.connect()
        waiting.send("{\"id\":1,\"q\":\"INSERT INTO t VALUES (1)\"\(key)}\n")
        let watching = try server.connect()
        // Sessions are listed while the only thread is taken, inside a transaction of their own.
        eventually {
            server.server.sessions.contains { $0.state == .waitingForWriter }
        }
        waiting.send("{\"id\":2,\"cancel\":1}\n")
        let lines = waiting.receiveLines(2)
        #expect(lines.first?.contains("\"code\":\"57014\"") == true, "\(lines)")
        watching.send("SELECT 1;\n")
        #expect(watching.receiveLines(3).count == 3)
        holder.send("COMMIT;\n")
        #expect(holder.receiveLines(1).first?.hasPrefix("OK COMMIT") == true)
    }

    @Test("an idle connection, and an idle transaction, end after their times")
    func idleTimes() throws {
        let impatient = try TestServer { $0.session.idleMilliseconds = 150 }
        let idle = try impatient.connect()
        #expect(idle.receiveToEnd().isEmpty)
        let server = try RealServer { $0.session.idleInTransactionMilliseconds = 100 }
        let client = try server.connect()
        client.send("CREATE TABLE t (id INT PRIMARY KEY);\nBEGIN READ WRITE;\nDELETE FROM t;\n")
        #expect(client.receiveLines(3).count == 3)
        // Another writer gets its turn without a word of the first.
        let other = try server.connect()
        other.send("INSERT INTO t VALUES (1);\n")
        #expect(other.receiveLines(1).first?.hasPrefix("OK INSERT") == true)
        client.send("COMMIT;\n")
        let answers = client.receiveLines(1)
        #expect(answers.first?.hasPrefix("ERR 25P03") == true, "\(answers)")
    }
}
