import Foundation
import Needletail
import NeedletailServer
import Testing

@Suite("Server on a real database", .serialized)
struct RealDatabaseTests {
    /// Every transaction of the writer replaces all rows by those of the next generation.
    private static let rowsOfGeneration = 50
    private static let generations = 40

    @Test("two hundred connections query while one writes, and each answer is one snapshot's")
    func readersAndWriter() throws {
        let server = try RealServer()
        let writer = try server.connect()
        #expect(
            Self.answer(
                writer, "CREATE TABLE t (id BIGINT PRIMARY KEY, generation BIGINT, v vector(4))"
            ).contains("\"done\":\"CREATE TABLE\""))
        #expect(Self.write(1, on: writer))
        let writing = inBackground {
            (2...Self.generations).allSatisfy { Self.write($0, on: writer) }
        }

        let readers = try (0..<200).map { _ in try server.connect() }
        var newest = [Int](repeating: 0, count: readers.count)
        for _ in 0..<10 {
            for reader in readers {
                reader.send(
                    """
                    {"id":1,"q":"SELECT count(*), min(generation), max(generation) FROM t"}
                    {"id":2,"q":"SELECT generation FROM t ORDER BY v <-> '[1,2,3,4]' LIMIT 50"}\n
                    """)
            }
            for (place, reader) in readers.enumerated() {
                let counted = try #require(Self.numbers(reader))
                #expect(counted.count == 3 && counted[0] == Self.rowsOfGeneration, "\(counted)")
                #expect(counted[1] == counted[2], "\(counted)")
                #expect(counted[1] >= newest[place], "a later answer was of an older snapshot")
                let nearest = try #require(Self.numbers(reader))
                #expect(nearest.count == Self.rowsOfGeneration, "\(nearest.count) rows")
                #expect(Set(nearest).count == 1 && nearest[0] >= counted[1])
                newest[place] = nearest[0]
            }
        }
        #expect(writing.wait())
        #expect(server.server.statistics.connections == 201)
        #expect(try server.database.query("SELECT max(generation) FROM t")[0][0] == .int(40))
        #expect(try server.database.query("CHECK").isEmpty)
    }

    /// Replaces the rows in one transaction of two statements.
    private static func write(_ generation: Int, on client: RawClient) -> Bool {
        let rows = (0..<rowsOfGeneration).map {
            "(\(generation * 1_000 + $0), \(generation), '[\($0),2,3,4]')"
        }
        return [
            "BEGIN READ WRITE", "DELETE FROM t",
            "INSERT INTO t VALUES " + rows.joined(separator: ", "), "COMMIT",
        ]
        .allSatisfy { answer(client, $0).contains("\"done\"") }
    }

    private static func answer(_ client: RawClient, _ sql: String) -> String {
        client.send("{\"id\":0,\"q\":\"\(sql)\"}\n")
        return client.receiveLines(1).last ?? ""
    }

    /// All numbers in the rows of the next reply; `nil` for an error.
    private static func numbers(_ client: RawClient) -> [Int]? {
        guard let line = client.receiveLines(1).first,
            let reply = try? JSONSerialization.jsonObject(with: Data(line.utf8)),
            let rows = (reply as? [String: Any])?["rows"] as? [[Int]]
        else { return nil }
        return rows.flatMap(\.self)
    }
}
