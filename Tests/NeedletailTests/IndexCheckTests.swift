import Foundation
import Needletail
import NeedletailIndex
import Testing

/// `CHECK` of vector indexes: silent about sound ones, and each kind of damage is found.
@Suite struct IndexCheckTests {
    private static func findings(_ database: Database) throws -> [String] {
        try database.query("CHECK TABLE t").rows.map { row in
            if case .text(let finding) = row[1] { return finding }
            return ""
        }
    }

    @Test("nothing is found after inserts, deletes, updates, NULLs, folds, REINDEX and reopening")
    func sound() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 31)
            var database = try IndexFixture.make(folder + "/db", rows: 600, &random)
            func check(_ event: String) throws {
                let findings = try Self.findings(database)
                #expect(findings == [], "after \(event)")
            }
            try check("build")
            try database.execute("DELETE FROM t WHERE id % 5 = 0")
            try check("deletes")
            try database.execute("UPDATE t SET v = NULL WHERE id % 7 = 0")
            try check("NULLs")
            try IndexFixture.insert(1_000..<1_300, into: database, &random)
            try check("inserts")
            try database.execute("UPDATE t SET v = (SELECT v FROM t WHERE id = 1) WHERE id < 100")
            try check("updates to one vector")
            try database.execute("REINDEX INDEX t_v")
            try check("rebuild")
            for batch in 0..<5 {
                let first = 10_000 + batch * 1_000
                try IndexFixture.insert(first..<first + 1_000, into: database, &random)
                try database.execute("DELETE FROM t WHERE id % 13 = $1", batch)
                try check("batch \(batch)")
            }
            database.close()
            database = try Database.open(folder + "/db")
            try check("reopening")
            database.close()
        }
    }

    @Test("cut, changed and missing files are found, with the place and the remedy")
    func files() throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 32)
            let path = folder + "/db"
            var database = try IndexFixture.make(path, rows: 9_000, &random)
            let file = try #require(try IndexFixture.files(path).first)
            let whole = try Data(contentsOf: file)
            func findings(_ bytes: Data?) throws -> String {
                database.close()
                try FileManager.default.removeItem(at: file)
                if let bytes { try bytes.write(to: file) }
                // Nothing in the background may write.
                var options = DatabaseOptions()
                options.isReadOnly = true
                database = try Database.open(path, options: options)
                let found = try Self.findings(database)
                #expect(found.allSatisfy { $0.contains("XX002; REINDEX INDEX t_v rebuilds it") })
                if bytes == nil { try whole.write(to: file) }
                return found.joined(separator: "; ")
            }
            func changed(_ place: Int) -> Data {
                var bytes = whole
                bytes[place] ^= 4
                return bytes
            }
            try #require(whole.count > 1 << 20)
            let count = (whole.count + (1 << 20) - 1) >> 20
            #expect(
                try findings(changed(whole.count - 5)).contains(
                    "section \(count - 1) of \(count) fails its checksum"))
            #expect(
                try findings(changed(4_096)).contains("section 0 of \(count) fails its checksum"))
            #expect(try findings(changed(2)).contains("its header is damaged"))
            #expect(try findings(changed(9)).contains("its header is that of another segment"))
            #expect(
                try findings(whole.prefix(whole.count - 100)).contains(
                    "its file has \(whole.count - 100) bytes of \(whole.count)"))
            #expect(try findings(Data()).contains("its header is damaged"))
            #expect(try findings(nil).contains("its file is missing"))
            #expect(try findings(whole) == "")
            database.close()
        }
    }

    @Test("a graph or bitmap that was built wrongly is found")
    func contents() throws {
        var random = SplitMix64(seed: 33)
        func findings(_ harm: (inout IndexFixture.Spoiled) -> Void) throws -> String {
            try TemporaryFolder.with { folder in
                let path = folder + "/db"
                // With a key there would be arrays, which have to fit the bitmap.
                let whole = try IndexFixture.make(path, rows: 300, hasKey: false, &random)
                let database = try IndexFixture.spoil(whole, path, harm)
                defer { database.close() }
                #expect(try database.query("CHECK TABLE t").count > 0)
                return try Self.findings(database).joined(separator: "; ")
            }
        }
        func record(_ node: Int, _ spoiled: IndexFixture.Spoiled) -> Int {
            spoiled.graph + spoiled.shape.recordsOffset + node * spoiled.shape.recordBytes
        }
        #expect(
            try findings { $0.put(1 << 20, at: $0.graph) }.contains(
                "node 0 of level 0 links to node 1048576 of 300"))
        #expect(
            try findings { spoiled in
                spoiled.bytes[record(7, spoiled) + 20] ^= 1
            }.contains("1 rows have other codes than their vectors"))
        #expect(
            try findings { spoiled in
                spoiled.put(spoiled.word(record(3, spoiled) + 12), at: record(4, spoiled) + 12)
            }.contains("1 rows are named twice"))
        #expect(
            try findings { $0.put(900, at: record(4, $0) + 12) }.contains(
                "node 4 names slot 900 of 300"))
        #expect(
            try findings { $0.put(.max, at: $0.slots + 36) }.contains(
                "it claims slots up to 319 of 300"))
        #expect(
            try findings { $0.bytes[$0.slots] = 0 }.contains(
                "8 rows are named and not claimed, the first at slot 0"))
        #expect(
            try findings { spoiled in
                spoiled.put(spoiled.word(record(3, spoiled) + 12), at: record(4, spoiled) + 12)
            }.contains("1 rows with a vector are claimed and not named"))
    }
}
