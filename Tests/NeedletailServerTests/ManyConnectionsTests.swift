import Foundation
import NeedletailCore
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A thousand connections from another process. Short forms always; with `NEEDLETAIL_SOAK` two
/// minutes, and only then are times asserted.
@Suite("A thousand connections", .serialized)
struct ManyConnectionsTests {
    private static let isSoak = ProcessInfo.processInfo.environment["NEEDLETAIL_SOAK"] != nil
    private static let isPossible = PythonClientTests.python != nil

    struct Spread: Decodable {
        let requests: Int
        let p50: Double
        let p99: Double
    }

    struct Mixed: Decodable {
        let requests: Int
        let p50: Double
        let p99: Double
        let failures: [String: Int]
        let connections: Int
        let rssHalf: Int
        let rssEnd: Int
    }

    struct Slow: Decodable {
        let before: Spread
        let meanwhile: Spread
        let dribblers: Int
        let failures: [String: Int]
    }

    @Test(
        "read and write 95 to 5, with flat memory", .enabled(if: isPossible, "there is no python3"))
    func mixed() throws {
        let folder = TemporaryFolder()
        let server = try Self.server(folder)
        let seconds = Self.isSoak ? 120 : 8
        let result: Mixed = try Self.load(
            server, "mixed", "1000", "\(seconds)", "\(server.process.processIdentifier)")
        print(
            """
            1,000 connections for \(seconds) s: \(result.requests) requests, p50 \(result.p50) \
            ms, p99 \(result.p99) ms, resident \(result.rssHalf >> 20) MiB in the first half \
            and \(result.rssEnd >> 20) MiB in the second
            """)
        #expect(result.connections == 1_000)
        #expect(result.failures.isEmpty, "\(result.failures)")
        #expect(result.requests > 1_000)
        #expect(result.rssEnd < result.rssHalf + (64 << 20))
        if Self.isSoak {
            #expect(result.rssEnd < result.rssHalf + (16 << 20))
            #expect(result.p99 < 10 * result.p50)
        }
        Self.expectFewThreads(server)
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }

    @Test(
        "of which each sends a byte a second leave a hundred others alone",
        .enabled(if: isPossible, "there is no python3"))
    func dribble() throws {
        let folder = TemporaryFolder()
        let server = try Self.server(folder)
        let seconds = Self.isSoak ? 60 : 4
        let result: Slow = try Self.load(server, "slow", "1000", "\(seconds)")
        print(
            """
            100 clients beside 1,000 that dribble: p50 \(result.before.p50) -> \
            \(result.meanwhile.p50) ms, p99 \(result.before.p99) -> \
            \(result.meanwhile.p99) ms, \(result.before.requests) -> \
            \(result.meanwhile.requests) requests
            """)
        #expect(result.dribblers == 1_000)
        #expect(result.failures.isEmpty, "\(result.failures)")
        #expect(result.meanwhile.requests > result.before.requests / 2)
        if Self.isSoak { #expect(result.meanwhile.p99 < 2 * result.before.p99) }
        Self.expectFewThreads(server)
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }

    /// Connections cost no threads.
    private static func expectFewThreads(_ server: ServerProcess) {
        let tasks = "/proc/\(server.process.processIdentifier)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks))?.count ?? 0
        #expect(threads < 64)
    }

    private static func server(_ folder: TemporaryFolder) throws -> ServerProcess {
        let server = try ServerProcess(folder.path, ["--connections-max", "1200"])
        let client = try server.connect()
        let statements = [
            "CREATE TABLE t (id INT PRIMARY KEY, n INT, name TEXT, v vector(8))",
            """
            INSERT INTO t SELECT g, 0, 'row ' || g, ARRAY[g, g % 7, g, 1, 2, 3, 4, 5]::vector(8) \
            FROM generate_series(0, 999) AS s(g)
            """,
        ]
        for sql in statements {
            client.send("{\"id\":1,\"q\":\"\(sql)\"}\n")
            let answer = try #require(client.receiveLines(1).first)
            try #require(answer.contains("\"done\""), "\(answer)")
        }
        return server
    }

    private static func load<Result: Decodable>(
        _ server: ServerProcess, _ arguments: String...
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: try #require(PythonClientTests.python))
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "load.py").path()
        process.arguments = [script, server.address] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode(Result.self, from: output)
    }
}
