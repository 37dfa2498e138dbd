import Foundation
import Needletail
import NeedletailClient
import Testing

/// The same program in one process and through a server.
@Suite("The same program")
struct SameProgramTests {
    private struct Note: Decodable {
        let id: Int
        let text: String?
        let tags: [String]
        let v: [Float]
    }

    @Test("gives the same rows and errors, embedded and through a server")
    func sameTranscript() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "needletail-\(UUID().uuidString)").path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let embedded = try Database.open(folder)
        defer { embedded.close() }
        let server = try RealServer()
        let client = try await Client.connect(server.address)
        defer { client.close() }

        let here = try await Self.program(embedded)
        let there = try await Self.program(client)
        #expect(here.count > 40)
        for (left, right) in zip(here, there) { #expect(left == right) }
        #expect(here.count == there.count)
        let blocking = try Self.blockingProgram(embedded)
        let blockingThere = try await Task { try Self.blockingProgram(client) }.value
        #expect(blocking == blockingThere)
        #expect(try await server.database.query("CHECK").isEmpty)
    }

    private static func program(_ database: any DatabaseAccess) async throws -> [String] {
        var log: [String] = []
        let made = try await database.execute(
            "CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT, tags TEXT[], v vector(3))")
        log.append(made.tag)
        let written = try await database.write { transaction -> Int in
            let insert = try database.prepare("INSERT INTO notes VALUES ($1, $2, $3, $4)")
            var count = 0
            for id in 1...600 {
                let text = id.isMultiple(of: 7) ? nil : "note \(id)"
                count += try transaction.execute(
                    insert, id, text, ["a", "\(id)"], [Float(id), 1, 0]
                ).rowCount
            }
            let seen = try transaction.query(
                "SELECT count(*) FROM notes WHERE id > :low",
                named: ["low": 100])
            return count * 10_000 + (seen[0][0] == .int(500) ? 1 : 0)
        }
        log.append("\(written)")
        try await queries(database, &log)
        try await snapshots(database, &log)
        try await failures(database, &log)
        return log
    }

    private static func queries(_ database: any DatabaseAccess, _ log: inout [String]) async throws
    {
        let all = try await database.query("SELECT * FROM notes ORDER BY id LIMIT 9")
        log += all.map { "\($0.columns) \($0.values)" }
        log += try all.decode(Note.self).map { "\($0)" }
        let named = try await database.query(
            "SELECT text FROM notes WHERE id IN (:a, :b) ORDER BY id", named: ["a": 5, "b": 7])
        log.append("\(named.rows) \(named.summary.tag) \(named.summary.isExact)")
        let nearest = try database.prepare(
            "SELECT id, v <-> $1 AS d FROM notes ORDER BY v <-> $1 LIMIT 3")
        let found = try await nearest.query([5, 1, 0] as [Float])
        log.append("\(found.rows) \(found.summary.plan ?? "none") \(found.summary.rowCount)")
        for answer in try await nearest.query(
            batch: [1, 300, 700].map { [[$0, 1, 0] as [Float]] })
        {
            log.append("\(answer.rows) \(answer.summary.tag) \(answer.summary.rowCount)")
        }
        let touched = try await database.prepare("UPDATE notes SET text = $1 WHERE id = $2")
            .query(batch: [["x", 1], ["y", 2], ["z", 9_999]])
        log.append("\(touched.map(\.rows))")
        var sum: Int64 = 0
        for try await row in database.stream("SELECT id FROM notes WHERE id <= $1", 500) {
            if case .int(let id) = row[0] { sum += id }
        }
        log.append("streamed \(sum)")
        let none = try await database.query("SELECT id FROM notes WHERE id < 0")
        log.append("\(none.columns) \(none.isEmpty)")
        log.append(try await database.execute("DELETE FROM notes WHERE id > 590").tag)
    }

    private static func snapshots(
        _ database: any DatabaseAccess, _ log: inout [String]
    ) async throws {
        // Two cursors open at once, and statements between their rows.
        log.append(
            try await database.read { snapshot in
                let first = try snapshot.cursor("SELECT id FROM notes ORDER BY id")
                let second = try snapshot.cursor("SELECT text FROM notes ORDER BY id DESC")
                var seen: [String] = []
                for _ in 0..<500 {
                    guard let one = try first.next(), let two = try second.next() else { break }
                    if seen.count < 4 {
                        let count = try snapshot.query(
                            "SELECT count(*) FROM notes WHERE id > $1",
                            one[0])
                        seen.append("\(one.values) \(two.values) \(count[0].values)")
                    }
                }
                return seen.joined(separator: "; ")
            })
    }

    private struct Stop: Error {}

    private static func failures(
        _ database: any DatabaseAccess, _ log: inout [String]
    ) async throws {
        let statements = [
            "SELECT nothing FROM notes", "SELEC 1", "SELECT * FROM elsewhere",
            "INSERT INTO notes VALUES (1, 'twice')", "SELECT 1 / 0",
            "INSERT INTO notes (id, v) VALUES (7000, '[1,2]')", "COPY notes FROM STDIN",
        ]
        for sql in statements {
            log.append(await failure { _ = try await database.query(sql) })
        }
        log.append(await failure { _ = try await database.query("SELECT $2", 1) })
        log.append(
            await failure {
                for try await _ in database.stream("SELECT 10 / (500 - id) FROM notes") {}
            })
        log.append(
            await failure {
                _ = try await database.prepare("SELECT 1 / $1").query(batch: [[1], [0]])
            })
        for sql in ["BEGIN", "/* a */ COMMIT", "SET lock_timeout = 1"] {
            log.append(await failure { _ = try await database.read { try $0.query(sql) } })
        }
        // A session has one way out more than a closure, which its hint names.
        let refused = await failure {
            _ = try await database.read { try $0.query("DELETE FROM notes") }
        }
        log.append(String(refused.prefix { $0 != "|" }))
        // A thrown error undoes everything.
        log.append(
            await failure {
                try await database.write { transaction in
                    try transaction.execute("DELETE FROM notes")
                    throw Stop()
                }
            })
        // So does one that the closure does not let out.
        log.append(
            await failure {
                try await database.write { transaction in
                    try transaction.execute("DELETE FROM notes WHERE id < 100")
                    _ = try? transaction.execute("INSERT INTO notes (id) VALUES (8000), (200)")
                }
            })
        log.append("\(try await database.query("SELECT count(*), max(id) FROM notes").rows)")
    }

    private static func failure(_ body: () async throws -> Void) async -> String {
        do {
            try await body()
            return "none"
        } catch let error as DatabaseError {
            return "\(error.code.rawValue) \(error.message) | \(error.hint ?? "") | "
                + "\(error.position.map { "\($0)" } ?? "")"
        } catch {
            return "\(error)"
        }
    }

    /// The forms for synchronous code.
    private static func blockingProgram(_ database: any DatabaseAccess) throws -> [String] {
        try database.write { try $0.execute("UPSERT INTO notes (id, text) VALUES (1, 'one')") }
        let cursor = try database.cursor("SELECT id, text FROM notes ORDER BY id")
        var log = ["\(cursor.columns)"]
        for _ in 0..<3 { log.append("\(String(describing: try cursor.next()?.values))") }
        cursor.close()
        let prepared = try database.prepare("SELECT text FROM notes WHERE id = :id")
        log.append("\(try prepared.query(named: ["id": 1]).rows)")
        log.append(try database.read { "\(try $0.query(prepared, 1).count)" })
        return log
    }
}
