import Foundation
import Needletail
import NeedletailClient
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A control group that bounds the memory of the processes in it, page cache included.
private final class MemoryGroup {
    let path: String

    /// Where groups may be made and what their limit is called; `nil` where this user may not.
    private static let place: (root: String, limit: String)? = {
        let places = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max"),
        ]
        return places.first { root, limit in
            let trial = "\(root)/needletail-trial-\(getpid())"
            guard mkdir(trial, 0o755) == 0 else { return false }
            defer { rmdir(trial) }
            return access("\(trial)/\(limit)", W_OK) == 0
        }
    }()

    static var isAllowed: Bool { place != nil }

    init(bytes: Int) throws {
        let place = try #require(Self.place)
        path = "\(place.root)/needletail-test-\(UUID().uuidString)"
        try #require(mkdir(path, 0o755) == 0)
        let limit = try #require(FileHandle(forWritingAtPath: "\(path)/\(place.limit)"))
        limit.write(Data("\(bytes)".utf8))
    }

    deinit { rmdir(path) }
}

@Suite("A server with a budget of memory", .serialized)
struct MemoryBudgetProcessTests {
    private static let dimension = 1_024
    private static let rows = 16_384

    @Test(
        "answers from a table larger than the group's memory, within its budget",
        .enabled(if: MemoryGroup.isAllowed, "no memory control group may be made here"))
    func search() async throws {
        let folder = TemporaryFolder()
        let queries = try Self.fill(folder.path)
        let expected = try await Self.answers(try Database.open(folder.path), queries)

        let group = try MemoryGroup(bytes: 64 << 20)
        let server = try ServerProcess(
            folder.path, preparation: "echo $$ > \(group.path)/cgroup.procs",
            ["--memory-budget", "16MB"])
        let client = try await Client.connect(server.address)
        let found = try await Self.answers(client, queries)
        #expect(found == expected)
        #expect(server.residentBytes > 0)
        // The program itself takes some tens of megabytes of it.
        #expect(server.residentBytes < 96 << 20, "\(server.residentBytes)")
        server.signal(SIGTERM)
        #expect(server.wait() == 0)
    }

    /// Whether the system tells which pages of a mapping are in memory.
    private static let isTold = FileManager.default.fileExists(atPath: "/proc/self/smaps")

    @Test(
        "pages of the file are given back under a budget",
        .enabled(if: isTold, "the system does not tell which pages are in memory"))
    func pages() async throws {
        let folder = TemporaryFolder()
        let queries = try Self.fill(folder.path)
        // The measure sees what is mapped.
        let free = try await Self.mostMapped(folder.path, queries, [])
        #expect(free > 48 << 20, "\(free)")
        let bounded = try await Self.mostMapped(
            folder.path, queries, ["--memory-budget", "16MB"])
        #expect(bounded > 0 && bounded <= 16 << 20, "\(bounded) of \(free)")
    }

    /// The most bytes of the database's file that a server has in memory between statements.
    private static func mostMapped(
        _ path: String, _ queries: [[Float]], _ arguments: [String]
    ) async throws -> Int {
        let server = try ServerProcess(path, arguments)
        let client = try await Client.connect(server.address)
        defer { client.close() }
        var most = 0
        for query in queries {
            for option in ["WITH (probes = 8)", "WITH (exact)"] {
                _ = try await client.query(
                    "SELECT id FROM t ORDER BY v <-> $1 LIMIT 5 \(option)", query)
                most = max(most, try mappedBytes(server.process.processIdentifier))
            }
            _ = try await client.query("SELECT count(*) FROM t WHERE id % 2 = 0")
            most = max(most, try mappedBytes(server.process.processIdentifier))
        }
        return most
    }

    /// Bytes in memory of the mapping of `data.mdb` in a process.
    private static func mappedBytes(_ process: Int32) throws -> Int {
        // Read to its end, whose place the system does not tell beforehand.
        let file = try #require(FileHandle(forReadingAtPath: "/proc/\(process)/smaps"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        var isOurs = false
        var sum = 0
        for line in text.split(separator: "\n") {
            // A mapping begins with its addresses and ends with its path.
            let word = line.prefix { $0 != " " }
            if word.contains("-") {
                isOurs = line.hasSuffix("/data.mdb")
            } else if isOurs, word == "Rss:" {
                sum += (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
            }
        }
        return sum
    }

    private static func answers(
        _ database: any DatabaseAccess, _ queries: [[Float]]
    ) async throws -> [[Row]] {
        var found: [[Row]] = []
        for query in queries {
            for option in ["WITH (probes = 8)", "WITH (exact)"] {
                let rows = try await database.query(
                    "SELECT id, v <-> $1 AS d FROM t ORDER BY v <-> $1 LIMIT 5 \(option)", query)
                found.append(Array(rows))
            }
        }
        database.close()
        return found
    }

    /// Rows around a few centres. Returns some vectors near to them.
    private static func fill(_ path: String) throws -> [[Float]] {
        var random = SplitMix64(seed: 5)
        func vector() -> [Float] {
            var shape = SplitMix64(seed: UInt64(Int.random(in: 0..<32, using: &random)))
            return (0..<dimension).map { _ in
                Float.random(in: -1...1, using: &shape)
                    + Float.random(in: -0.5...0.5, using: &random)
            }
        }
        let database = try Database.open(path)
        defer { database.close() }
        try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(\(dimension)))")
        for first in stride(from: 0, to: rows, by: 2_048) {
            try database.write { transaction in
                for id in first..<first + 2_048 {
                    try transaction.execute("INSERT INTO t VALUES ($1, $2)", id, vector())
                }
            }
        }
        try database.execute("CREATE INDEX t_v ON t USING ivf (v vector_l2_ops) WITH (lists = 64)")
        return (0..<4).map { _ in vector() }
    }
}
