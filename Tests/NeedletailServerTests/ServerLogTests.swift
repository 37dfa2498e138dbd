import Foundation
import Needletail
import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Synchronization
import Testing

/// Lines of a log, kept.
final class KeptLog: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    var text: String { lines.joined(separator: "\n") }

    func log(_ level: ServerLog.Level, _ format: ServerLog.Format = .text) -> ServerLog {
        ServerLog(level: level, format: format) { line in self.kept.withLock { $0.append(line) } }
    }

    /// Waits for a line that has all of `parts`.
    func waits(for parts: String...) {
        eventually { lines.contains { line in parts.allSatisfy { line.contains($0) } } }
    }
}

@Suite("Log of a server", .serialized)
struct ServerLogTests {
    /// What must never be in a log.
    private static let secrets = ["s3cr3t", "90210", "0.12345", "7.75", "AAAAQAAA", "hush"]

    @Test(
        "no literal, parameter, vector or message of an error is logged",
        arguments: [
            ServerLog.Format.text, .json,
        ])
    func secrets(format: ServerLog.Format) throws {
        let kept = KeptLog()
        let server = try RealServer {
            $0.log = kept.log(.debug, format)
            $0.slowStatementMilliseconds = 0
        }
        let client = try server.connect()
        let statements = [
            "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT, v vector(2))",
            "INSERT INTO t VALUES (90210, 's3cr3t', '[0.12345,7.75]')",
            "INSERT INTO t VALUES (90210, 's3cr3t', '[0.12345,7.75]')",
            "SELECT id FROM t WHERE name = 's3cr3t' ORDER BY v <-> '[0.12345,7.75]' LIMIT 3",
            "SELECT * FROM t WHERE id = 's3cr3t'", "SELECT CAST('s3cr3t' AS BIGINT)",
            "SELECT [0.12345, 7.75]", "SELECT 's3cr3t", "SET application_name = hush", "s3cr3t '",
            "SELECT 1 /* s3cr3t */",
        ]
        for (id, sql) in statements.enumerated() {
            client.send("{\"id\":\(id),\"q\":\"\(sql)\"}\n")
            _ = client.receiveLines(1)
        }
        client.send(
            """
            {"id":50,"q":"INSERT INTO t VALUES ($1, $2, $3)","p":[90210,"s3cr3t", \
            {"$f32":"AAAAQAAAgEA="}]}
            {"id":51,"q":"SELECT $1::bigint","p":["s3cr3t"]}
            {"id":52,"q":"SELECT 's3cr3t'","p":"s3cr3t"}
            not json s3cr3t;\n
            """)
        _ = client.receiveLines(4)
        client.endInput()
        kept.waits(for: "connection closed")
        server.server.stop()
        for secret in Self.secrets { #expect(!kept.text.contains(secret), "\(secret)") }
        #expect(kept.text.contains("INSERT INTO t VALUES (?, …)"))
        #expect(kept.text.contains("v <-> ? LIMIT ?"))
        #expect(kept.text.contains("23505"))
        #expect(kept.text.contains("listening at ") && kept.text.contains("stopped"))
        if format == .json {
            for line in kept.lines {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let members = try #require(object as? [String: Any])
                #expect(members["ts"] is String && members["level"] is String)
                #expect(members["event"] is String)
            }
        }
    }

    @Test("connections, failures by code, slow statements and refusals are told")
    func events() throws {
        let kept = KeptLog()
        let server = try TestServer {
            $0.log = kept.log(.debug)
            $0.slowStatementMilliseconds = 20
            $0.connectionsMax = 1
        }
        let client = try server.connect()
        client.send("FAIL 23505;\n")
        _ = client.receiveLines(1)
        kept.waits(for: "info statement failed", "code=23505", "name=unique_violation")
        client.send("SLOW;\n")
        eventually { server.sessions.first?.slowStarted == 1 }
        usleep(40_000)
        server.sessions[0].release()
        _ = client.receiveLines(1)
        kept.waits(for: "warning slow statement", "statement=SLOW")
        kept.waits(for: "debug connection opened", "connection=1", "peer=127.0.0.1:")
        for _ in 0..<5 { _ = try server.connect().receiveToEnd() }
        kept.waits(for: "warning refused", "code=53300", "count=1")
        #expect(
            kept.lines.filter { $0.contains("refused") }.count < 5,
            "a flood of refusals is no flood of lines")
        client.endInput()
        kept.waits(for: "debug connection closed", "connection=1", "requests=2")
    }

    @Test("a failure in the background is told by its code")
    func background() {
        let kept = KeptLog()
        kept.log(.error).backgroundFailure(
            "folding vector indexes", DatabaseError(.dataCorrupted, "s3cr3t"))
        #expect(kept.lines.count == 1)
        #expect(kept.text.contains("error background work failed code=XX001"))
        #expect(!kept.text.contains("s3cr3t"))
    }

    @Test("the level leaves out what is less important")
    func levels() throws {
        let kept = KeptLog()
        let server = try TestServer { $0.log = kept.log(.warning) }
        let client = try server.connect()
        client.send("FAIL 23505;\nINSERT;\n")
        _ = client.receiveLines(2)
        server.server.stop()
        #expect(kept.lines.isEmpty, "\(kept.text)")
    }
}
