import Foundation
import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Life of a server", .serialized)
struct ServerLifeTests {
    @Test(
        "an address that others could reach is refused",
        arguments: ["0.0.0.0:0", "[::]:0", "192.168.1.1:0", "example.org:0", "127.0.0.2:0"])
    func remoteAddresses(address: String) throws {
        let error = #expect(throws: DatabaseError.self) { try TestServer(listen: address) }
        #expect(error?.code == "28000")
        #expect(error?.hint?.contains("unix:PATH") == true)
    }

    @Test("localhost and the loopback of IPv4 are served")
    func loopback() throws {
        let server = try TestServer(listen: "localhost:0")
        let client = try server.connect()
        client.send("INSERT;\n")
        #expect(client.receiveLines(1) == ["OK INSERT 0 1 0.21 ms"])
    }

    @Test("a port in use is named")
    func portInUse() throws {
        let server = try TestServer()
        let error = #expect(throws: DatabaseError.self) { try TestServer(listen: server.address) }
        #expect(error?.code == .objectInUse)
        #expect(error?.message.contains(server.address) == true)
    }

    @Test("a dead server's socket is replaced, a living one's is not, and the own one is removed")
    func socketFiles() throws {
        let path = TestServer.socketPath()
        let address = "unix:\(path)"
        let server = try TestServer(listen: address)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0)
        let error = #expect(throws: DatabaseError.self) { try TestServer(listen: address) }
        #expect(error?.code == .objectInUse)
        server.server.stop()
        #expect(!FileManager.default.fileExists(atPath: path))
        leaveDeadSocket(at: path)
        #expect(FileManager.default.fileExists(atPath: path))
        let second = try TestServer(listen: address)
        second.server.stop()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("a file that is no socket stays")
    func otherFiles() throws {
        let path = TestServer.socketPath()
        try Data("precious".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let error = #expect(throws: DatabaseError.self) {
            try TestServer(listen: "unix:\(path)")
        }
        #expect(error?.code == .invalidParameter)
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("a connection too many is told so, and there is room again once one has gone")
    func connectionCap() throws {
        let server = try TestServer { $0.connectionsMax = 2 }
        let first = try server.connect()
        let second = try server.connect()
        for client in [first, second] {
            client.send("INSERT;\n")
            #expect(client.receiveLines(1) == ["OK INSERT 0 1 0.21 ms"])
        }
        let third = try server.connect()
        third.send("INSERT;\n")
        let lines = third.receiveLines(2)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("\"code\":\"53300\"") == true)
        #expect(server.server.statistics.connectionsRefused == 1)
        first.endInput()
        #expect(first.receiveToEnd().isEmpty)
        eventually {
            guard let fourth = try? server.connect() else { return false }
            fourth.send("INSERT;\n")
            return fourth.receiveLines(1) == ["OK INSERT 0 1 0.21 ms"]
        }
    }

    @Test("a request that is not authorised has no effect")
    func authorisation() throws {
        let server = try TestServer {
            $0.authorise = { request in
                request.sql == "INSERT" ? DatabaseError("42501", "not you", hint: "Ask.") : nil
            }
        }
        let client = try server.connect()
        client.send("INSERT;\nONE;\n")
        #expect(client.receiveLines(1) == ["ERR 42501 not you. Ask."])
        _ = client.receiveLines(5)
        #expect(server.sessions.first?.statements == ["ONE"])
        #expect(server.server.statistics.requestsFailed == 1)
    }

    @Test("cancel and timeouts end a running statement")
    func cancellation() throws {
        let server = try TestServer()
        let client = try server.connect()
        client.send("{\"id\":1,\"q\":\"SLOW\"}\n")
        eventually { server.sessions.first?.slowStarted == 1 }
        client.send("{\"id\":2,\"cancel\":1}\n")
        let lines = client.receiveLines(2)
        #expect(lines.first?.contains("\"code\":\"57014\"") == true)
        #expect(lines.last == "{\"id\":2,\"done\":\"CANCEL 1\",\"ms\":0}")
        client.send("{\"id\":3,\"q\":\"SLOW\",\"timeout_ms\":20}\n")
        #expect(client.receiveLines(1).first?.contains("timeout_ms of the request, 20 ms") == true)
    }

    @Test("a client that goes away ends its statement and its session")
    func disconnect() throws {
        let server = try TestServer()
        var client: RawClient? = try server.connect()
        client?.send("{\"id\":1,\"q\":\"BEGIN\"}\n{\"id\":2,\"q\":\"WIDE 1000000\"}\n")
        eventually { server.sessions.first.map { $0.rowsProduced > 0 } ?? false }
        client = nil
        eventually { server.sessions[0].isClosed }
        #expect(server.sessions[0].rowsProduced < 1_000_000)
    }

    @Test("stopping lets a statement end, and refuses what waits")
    func gracefulStop() throws {
        let server = try TestServer()
        let client = try server.connect()
        let idle = try server.connect()
        // Event loops welcome connections side by side; one that is not in yet would be refused.
        eventually { server.server.sessions.count == 2 }
        client.send("{\"id\":1,\"q\":\"SLOW\"}\n{\"id\":2,\"q\":\"INSERT\"}\n")
        eventually { server.sessions.first?.slowStarted == 1 }
        let stopping = inBackground { server.server.stop() }
        #expect(idle.receiveToEnd().isEmpty, "nothing is pushed")
        server.sessions[0].release()
        let lines = client.receiveLines(3)
        #expect(lines.count == 2)
        #expect(lines.first?.contains("\"done\":\"SLOW\"") == true)
        #expect(lines.last?.contains("\"code\":\"57P03\"") == true)
        stopping.wait()
        #expect(server.sessions[0].isClosed)
        #expect(server.sessions[0].statements == ["SLOW"])
    }

    @Test("after the grace period a statement is cancelled with 57P01")
    func graceEnds() throws {
        let server = try TestServer { $0.graceMilliseconds = 50 }
        let client = try server.connect()
        client.send("{\"id\":1,\"q\":\"SLOW\"}\n")
        eventually { server.sessions.first?.slowStarted == 1 }
        let stopping = inBackground { server.server.stop() }
        let lines = client.receiveLines(2)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("\"code\":\"57P01\"") == true)
        stopping.wait()
        #expect(server.sessions[0].isClosed)
    }

    private func leaveDeadSocket(at path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        close(descriptor)
    }
}
