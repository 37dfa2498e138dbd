import Foundation
import Needletail
import Testing

/// `COPY` from and to index files of FAISS.
@Suite struct FAISSCopyTests {
    private static func withTable(
        rows: Int = 300, _ body: (Database, (String) -> String, [[Float]]) throws -> Void
    ) throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v vector(6), note TEXT)")
            var random = SplitMix64(seed: Seeded.seed)
            let insert = try database.prepare("INSERT INTO t VALUES ($1, $2, 'x')")
            let vectors = (0..<rows).map { _ in
                (0..<6).map { _ in Float.random(in: -1...1, using: &random) }
            }
            try database.write { transaction in
                for (row, vector) in vectors.enumerated() {
                    try transaction.execute(insert, 2 * row + 10, vector)
                }
            }
            try body(database, { "\(folder)/\($0)" }, vectors)
        }
    }

    @Test(
        "what was written is read again, with its ids",
        arguments: ["Flat", "IVF4,Flat", "IVF4,SQ8", "HNSW8"])
    func roundTrip(kind: String) throws {
        try Self.withTable { database, path, vectors in
            let file = path("t.faiss")
            let written = try database.execute(
                "COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT faiss, INDEX '\(kind)')")
            #expect(written.tag == "COPY 300")
            try database.execute("CREATE TABLE u (id BIGINT PRIMARY KEY, v vector(6))")
            let read = try database.execute("COPY u FROM '\(file)' (FORMAT faiss)")
            #expect(read.tag == "COPY 300")
            for (row, vector) in vectors.enumerated() {
                let id = 2 * row + 10
                let found = try database.query("SELECT v FROM u WHERE id = $1", id)
                guard case .vector(let components)? = found.first?[0] else {
                    Issue.record("row \(id) is missing")
                    continue
                }
                if kind.hasSuffix("SQ8") {
                    for (left, right) in zip(components, vector) {
                        #expect(abs(left - right) < 0.02)
                    }
                } else {
                    #expect(components == vector)
                }
            }
        }
    }

    @Test("vectors alone are numbered by the table that takes them, also as halves")
    func vectorsAlone() throws {
        try Self.withTable(rows: 20) { database, path, vectors in
            let file = path("v.faiss")
            try database.execute(
                "COPY (SELECT v FROM t ORDER BY id) TO '\(file)' (FORMAT faiss, METRIC ip)")
            try database.execute(
                "CREATE TABLE u (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, h halfvec(6))")
            try database.execute("COPY u (h) FROM '\(file)' (FORMAT faiss)")
            let rows = try database.query("SELECT h::vector(6) FROM u ORDER BY id")
            #expect(rows.count == 20)
            for (row, vector) in zip(rows, vectors) {
                guard case .vector(let components) = row[0] else { continue }
                for (left, right) in zip(components, vector) { #expect(abs(left - right) < 0.001) }
            }
        }
    }

    @Test("what does not fit is told, and nothing is left behind")
    func refusals() throws {
        try Self.withTable(rows: 20) { database, path, _ in
            let file = path("t.faiss")
            func refusal(_ sql: String) -> DatabaseError? {
                do throws(DatabaseError) {
                    try database.execute(sql)
                    return nil
                } catch {
                    return error
                }
            }
            let cases: [(String, DatabaseError.Code)] = [
                ("COPY t TO '\(file)' (FORMAT faiss)", .datatypeMismatch),
                ("COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT faiss, INDEX 'PQ8')", "22023"),
                ("COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT faiss, METRIC l1)", "22023"),
                ("COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT csv, INDEX 'Flat')", "22023"),
                ("COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT faiss, HEADER)", "22023"),
                (
                    "COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT faiss, INDEX 'IVF50,Flat')",
                    "22023"
                ),
                ("COPY (SELECT id, v FROM t LIMIT 0) TO '\(file)' (FORMAT faiss)", "22000"),
                ("COPY (SELECT id, v FROM t) TO STDOUT (FORMAT faiss)", .notSupported),
                ("COPY t FROM '\(file)' (FORMAT faiss, INDEX 'Flat')", "22023"),
            ]
            for (sql, code) in cases {
                let error = refusal(sql)
                #expect(error?.code == code, "\(sql): \(String(describing: error))")
            }
            #expect(!FileManager.default.fileExists(atPath: file))
            try database.execute("COPY (SELECT id, v FROM t) TO '\(file)' (FORMAT faiss)")
            #expect(refusal("COPY t FROM '\(file)' (FORMAT faiss)")?.code == .datatypeMismatch)
            #expect(refusal("COPY t (id, v) FROM '\(file)' (FORMAT faiss)")?.code == "23505")
            try database.execute("CREATE TABLE w (id INT PRIMARY KEY, v vector(7))")
            #expect(refusal("COPY w FROM '\(file)' (FORMAT faiss)")?.code == .dataException)
            #expect(try database.query("SELECT count(*) FROM t").first?[0] == .int(20))
        }
    }
}
