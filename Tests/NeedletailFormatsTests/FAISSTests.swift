import Foundation
import NeedletailCore
import NeedletailFormats
import Testing

/// Fixtures are the same 40 vectors of 8 dimensions, written by FAISS 1.15.1 in each form of index;
/// ids, where there are some, are 100, 103, 106 and so on.
@Suite struct FAISSTests {
    private static let exact = [
        "flat-l2", "flat-ip", "idmap", "idmap2", "ivf-flat", "hnsw",
    ]

    private static func path(_ name: String, _ ending: String = "faiss") throws -> String {
        try #require(
            Bundle.module.path(forResource: name, ofType: ending, inDirectory: "Fixtures"))
    }

    private static func vectors() throws -> [[Float]] {
        let file = try NPYFile(path: path("vectors", "npy"))
        return try (0..<file.rowCount).map { try file.row($0) }
    }

    /// Vectors by the places that their ids stand for.
    private static func read(_ path: String) throws -> [Int: [Float]] {
        let file = try FAISSFile(path: path)
        var found: [Int: [Float]] = [:]
        for start in stride(from: 0, to: file.rowCount, by: 7) {
            var (ids, floats): ([Int64], [Float]) = ([], [])
            let rows = start..<min(start + 7, file.rowCount)
            try file.read(rows, ids: &ids, into: &floats)
            try #require(ids.count == rows.count)
            for (place, id) in ids.enumerated() {
                let row = Int(file.hasIDs ? (id - 100) / 3 : id)
                found[row] = Array(
                    floats[place * file.dimension..<(place + 1) * file.dimension])
            }
        }
        return found
    }

    @Test("every vector comes back with its id", arguments: exact)
    func vectorsComeBack(name: String) throws {
        let expected = try Self.vectors()
        let found = try Self.read(Self.path(name))
        #expect(found.count == 40)
        #expect(try FAISSFile(path: Self.path(name)).dimension == 8)
        for (row, vector) in expected.enumerated() { #expect(found[row] == vector, "\(row)") }
    }

    @Test("of quantised vectors come the middles of their cells")
    func quantised() throws {
        let expected = try Self.vectors()
        let found = try Self.read(Self.path("ivf-sq8"))
        #expect(found.count == 40)
        for (row, vector) in expected.enumerated() {
            let near = try #require(found[row])
            for (left, right) in zip(vector, near) { #expect(abs(left - right) < 0.02) }
        }
    }

    @Test("an index that keeps no vectors is refused by its kind")
    func otherKind() throws {
        let path = try Self.path("ivf-pq")
        let error = expectRefusal(.notSupported) { () throws(DatabaseError) in
            try FAISSFile(path: path)
        }
        #expect(error?.message.contains("\"IwPQ\"") == true)
        #expect(error?.hint?.contains(".npy") == true)
    }

    @Test("what is cut, longer or no index at all is refused")
    func malformed() throws {
        let folder = try TemporaryFolder()
        for name in Self.exact + ["ivf-sq8"] {
            let whole = [UInt8](try Data(contentsOf: URL(filePath: Self.path(name))))
            for count in [0, 3, 4, 20, 40, whole.count / 2, whole.count - 1] {
                let path = folder.file("cut")
                try Data(whole.prefix(count)).write(to: URL(filePath: path))
                expectRefusal(.badCopyFormat) { () throws(DatabaseError) in
                    try FAISSFile(path: path)
                }
            }
            let path = folder.file("longer")
            try Data(whole + [0]).write(to: URL(filePath: path))
            expectRefusal(.badCopyFormat) { () throws(DatabaseError) in
                try FAISSFile(path: path)
            }
        }
    }

    @Test("bytes at random trap nothing")
    func fuzz() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("fuzz")
        let samples = try (Self.exact + ["ivf-sq8", "ivf-pq"]).map { name in
            [UInt8](try Data(contentsOf: URL(filePath: Self.path(name))))
        }
        Fuzzing.run("FAISS", samples: samples) { bytes throws(DatabaseError) in
            guard (try? Data(bytes).write(to: URL(filePath: path))) != nil else { return }
            let file = try FAISSFile(path: path)
            var (ids, floats): ([Int64], [Float]) = ([], [])
            try file.read(0..<file.rowCount, ids: &ids, into: &floats)
            #expect(ids.count == file.rowCount)
            #expect(floats.count == file.rowCount * file.dimension)
        }
    }
}
