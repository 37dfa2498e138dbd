import Foundation
import NeedletailClient
import NeedletailCore
import NeedletailServer
import NeedletailWireScripts
import Testing

@Suite("Client for programs", .serialized)
struct ClientTests {
    private func options(_ change: (inout ClientOptions) -> Void) -> ClientOptions {
        var options = ClientOptions()
        change(&options)
        return options
    }

    @Test("many tasks share few connections, which are used again")
    func pool() async throws {
        let server = try TestServer()
        let client = try await Client.connect(
            server.address, options: options { $0.connectionsMax = 3 })
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask { try await client.query("ROWS 20").count }
            }
            for try await count in group { #expect(count == 20) }
        }
        #expect(client.connectionCount <= 3)
        #expect(server.sessions.count <= 3)
        client.close()
        let error = await #expect(throws: DatabaseError.self) { try await client.query("ONE") }
        #expect(error?.code == .connectionFailure)
    }

    @Test("whoever finds all connections in use waits, and not for ever")
    func limit() async throws {
        let server = try TestServer()
        let client = try await Client.connect(
            server.address,
            options: options {
                $0.connectionsMax = 1
                $0.waitMilliseconds = 100
            })
        var rows = client.stream("ROWS 100000").makeAsyncIterator()
        _ = try await rows.next()
        let error = await #expect(throws: DatabaseError.self) { try await client.query("ONE") }
        #expect(error?.code == .limitExceeded)
        #expect(try await rows.next()?[0] == .int(2), "the stream goes on")
    }

    @Test("a cancelled task cancels its statement, and the connection is used again")
    func cancellation() async throws {
        let server = try TestServer()
        let client = try await Client.connect(server.address)
        let slow = Task { try await client.query("SLOW") }
        await eventually { server.sessions.first?.slowStarted == 1 }
        slow.cancel()
        let error = await #expect(throws: DatabaseError.self) { try await slow.value }
        #expect(error?.code == .queryCanceled)
        let writing = Task { try await client.write { try $0.query("SLOW").count } }
        await eventually { server.sessions.first?.slowStarted == 2 }
        writing.cancel()
        let second = await #expect(throws: DatabaseError.self) { try await writing.value }
        #expect(second?.code == .queryCanceled)
        #expect(try await client.query("ONE").count == 2)
        #expect(server.sessions.count == 1)
        #expect(server.sessions[0].statements.suffix(2) == ["ROLLBACK", "ONE"])
    }

    @Test("a task that was cancelled before runs nothing")
    func cancelledBefore() async throws {
        let server = try TestServer()
        let client = try await Client.connect(server.address)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.query("INSERT")
        }
        task.cancel()
        let error = await #expect(throws: DatabaseError.self) { try await task.value }
        #expect(error?.code == .queryCanceled)
        #expect(server.sessions.allSatisfy { !$0.statements.contains("INSERT") })
    }

    @Test("a stream is no faster than its reader, and ends with its iterator")
    func backPressure() async throws {
        let server = try TestServer()
        let client = try await Client.connect(server.address)
        var count = 0
        for try await _ in client.stream("WIDE 1000000") {
            count += 1
            if count == 10 { break }
        }
        await eventually { (try? client.blockingCount()) == 2 }
        #expect(server.sessions[0].rowsProduced < 200_000)
    }

    @Test("what is left open or set goes with its user")
    func nothingStays() async throws {
        let server = try TestServer()
        let client = try await Client.connect(server.address)
        try await client.execute("BEGIN")
        #expect(try await client.query("ONE").count == 2)
        #expect(server.sessions[0].statements == ["BEGIN", "ROLLBACK", "ONE"])
        _ = try? await client.execute("SET a = 1")
        #expect(try await client.query("ONE").count == 2)
        #expect(server.sessions.count == 2, "a connection with other settings is not handed on")
    }

    @Test("tasks in all numbers wait without holding up Swift's own threads")
    func cooperativePool() async throws {
        let server = try TestServer { $0.statementThreads = 32 }
        let client = try await Client.connect(
            server.address, options: options { $0.connectionsMax = 32 })
        let tasks = (0..<32).map { _ in Task { try await client.query("SLOW").count } }
        await eventually { server.sessions.reduce(0) { $0 + $1.slowStarted } == 32 }
        // With a statement on every one of Swift's threads this would not be reached.
        for session in server.sessions { session.release() }
        for task in tasks { _ = try await task.value }
    }

    @Test("many statements in one pipeline")
    func pipeline() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let sets = (0..<1_000).map { Parameters.positional([.int($0), .text("x")]) }
        let answers = try session.pipeline("ECHO", sets)
        #expect(answers.map { $0[0][0] } == (0..<1_000).map { .int($0) })
        let error = #expect(throws: DatabaseError.self) {
            try session.pipeline("FAIL 22000", sets)
        }
        #expect(error?.code == .dataException)
        #expect(try session.pipeline("ONE", [.none, .none]).map(\.count) == [2, 2])
    }
}

/// The connection that is lost on the way.
@Suite("Client and lost connections")
struct ClientLossTests {
    private static let rows = """
        {"id":ID,"cols":[["a","bigint"]],"rows":[[1],[2]],"done":"SELECT 2","ms":0}
        """

    @Test("a read is repeated on another connection")
    func readIsRepeated() async throws {
        let server = try FalseServer { number, _ in number < 3 ? .hangUp : .line(Self.rows) }
        let client = try await Client.connect(server.address)
        #expect(try await client.query("SELECT a FROM t").count == 2)
        #expect(server.connectionCount == 3)
        #expect(server.lines.count == 3)
        var count = 0
        for try await _ in client.stream("-- all\n SELECT a FROM t") { count += 1 }
        #expect(count == 2)
    }

    @Test(
        "a write whose answer is lost is reported and not repeated",
        arguments: [
            "INSERT INTO t VALUES (1)", "EXPLAIN ANALYZE DELETE FROM t", "COMMIT", "copy t to 'x'",
        ])
    func writeIsNot(sql: String) async throws {
        let server = try FalseServer { _, _ in .hangUp }
        let client = try await Client.connect(server.address)
        let error = await #expect(throws: DatabaseError.self) { try await client.execute(sql) }
        #expect(error?.code == .connectionFailure)
        #expect(error?.hasUnknownOutcome == true)
        #expect(error?.isRetryable == false)
        #expect(server.lines.count == 1)
    }

    @Test("what broke off after its first rows is not begun again")
    func streamIsNot() async throws {
        let server = try FalseServer { _, _ in
            .last("{\"id\":ID,\"cols\":[[\"a\",\"bigint\"]],\"rows\":[[1],[2]]}")
        }
        let client = try await Client.connect(server.address)
        var seen = 0
        let error = await #expect(throws: DatabaseError.self) {
            for try await _ in client.stream("SELECT a FROM t") { seen += 1 }
        }
        #expect(error?.code == .connectionFailure)
        #expect(error?.hasUnknownOutcome == false, "it was a read")
        #expect(server.lines.count == 1)
        #expect(seen >= 1)
    }

    @Test("a closure is called once; its COMMIT may have been carried out, what is before not")
    func closures() async throws {
        let done = "{\"id\":ID,\"done\":\"BEGIN\",\"ms\":0,\"tx\":\"open\"}"
        for (lostAt, isUnknown) in [("INSERT", false), ("COMMIT", true)] {
            let server = try FalseServer { _, line in
                line.contains(lostAt) ? .hangUp : .line(done)
            }
            let client = try await Client.connect(server.address)
            let error = await #expect(throws: DatabaseError.self) {
                try await client.write { try $0.execute("INSERT INTO t VALUES (1)") }
            }
            #expect(error?.code == .connectionFailure)
            #expect(error?.hasUnknownOutcome == isUnknown, "\(lostAt)")
            #expect(server.lines.filter { $0.contains("BEGIN") }.count == 1)
        }
        let beginning = try FalseServer { number, line in
            line.contains("BEGIN") && number < 2 ? .hangUp : .line(done)
        }
        let client = try await Client.connect(beginning.address)
        try await client.write { try $0.execute("INSERT INTO t VALUES (1)") }
        #expect(beginning.lines.filter { $0.contains("INSERT") }.count == 1)
    }

    @Test("a connection that the server has closed is replaced before it is used")
    func health() async throws {
        let server = try FalseServer { number, _ in
            number == 1 ? .last(Self.rows) : .line(Self.rows)
        }
        let client = try await Client.connect(server.address)
        #expect(try await client.query("SELECT 1").count == 2)
        await eventually { server.connectionCount == 1 }
        try await Task.sleep(for: .milliseconds(50))
        // A write, which would not be repeated.
        #expect(try await client.execute("INSERT INTO t VALUES (1)").tag == "SELECT 2")
        #expect(server.connectionCount == 2)
        #expect(client.connectionCount == 1)
    }

    @Test("a server that comes back is found again")
    func reconnect() async throws {
        let path = "unix:\(TestServer.socketPath())"
        var server: TestServer? = try TestServer(listen: path)
        var options = ClientOptions()
        options.retriesMax = 100
        let client = try await Client.connect(path, options: options)
        #expect(try await client.query("ONE").count == 2)
        server?.server.stop()
        server = nil
        let asking = Task { try await client.query("SELECT") }
        try await Task.sleep(for: .milliseconds(30))
        let next = try TestServer(listen: path)
        // The scripted session knows no SELECT, but it says so.
        let error = await #expect(throws: DatabaseError.self) { try await asking.value }
        #expect(error?.code == .syntaxError)
        #expect(try await client.query("ONE").count == 2)
        _ = next
    }

    @Test("nobody there, no address, no server of ours")
    func wrongAddresses() async throws {
        let nobody = await #expect(throws: DatabaseError.self) {
            try await Client.connect("127.0.0.1:1")
        }
        #expect(nobody?.code == .connectionFailure)
        let noAddress = await #expect(throws: DatabaseError.self) {
            try await Client.connect("needletail://")
        }
        #expect(noAddress?.code == .invalidParameter)
    }
}

extension Client {
    /// Rows of `ONE`, asked for by the thread that calls.
    fileprivate func blockingCount() throws -> Int { try query("ONE").count }
}

/// Waits for something that another thread does; a test that hangs here has failed.
private func eventually(_ condition: @Sendable () -> Bool) async {
    while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
}
