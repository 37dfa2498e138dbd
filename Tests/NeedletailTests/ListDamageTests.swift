import Foundation
import Needletail
import NeedletailCatalog
import NeedletailExecutor
import NeedletailStorage
import Testing

/// Damage of an index of lists: answers stay right, no row is refused, it is told, and mended.
@Suite struct ListDamageTests {
    /// What is harmed.
    enum Harm: String, CaseIterable {
        case part, secondCodes, lostPart, header, numbers, centroids, lostCentroids, map

        func key(_ index: UInt32) -> StorageKey {
            switch self {
            case .part, .lostPart: .invertedList(index: index, list: 3, part: 0)
            case .secondCodes:
                .invertedList(index: index, list: 3, part: InvertedListPart.fineBit)
            case .header: .invertedList(index: index, list: 0, part: 0)
            case .numbers: .invertedList(index: index, list: 0, part: 1)
            case .centroids, .lostCentroids: .invertedList(index: index, list: 0, part: 2)
            case .map: .listMap(index: index, chunk: 0)
            }
        }

        var removes: Bool { self == .lostPart || self == .lostCentroids }
    }

    private static let nearest = "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10"
    private static let inAllLists = nearest + " WITH (probes = 40)"

    private static func make(
        _ path: String, _ source: inout ClusteredVectors, codes: String = "int8"
    ) throws -> Database {
        let database = try Database.open(path)
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, v vector(\(ClusteredVectors.dimension)))")
        try insert(0..<2_000, &source) { try database.execute($0, $1, $2) }
        try database.execute(
            "CREATE INDEX t_v ON t USING ivf (v vector_l2_ops) "
                + "WITH (lists = 40, codes = '\(codes)')")
        return database
    }

    private static func insert(
        _ ids: Range<Int>, _ source: inout ClusteredVectors,
        _ execute: (String, Int, [Float]) throws -> Void
    ) throws {
        for id in ids { try execute("INSERT INTO t VALUES ($1, $2)", id, source.next()) }
    }

    private static func index(_ database: Database) throws -> UInt32 {
        let scope = try database.engine.readScope()
        defer { scope.close() }
        return try #require(scope.catalog.index(named: "t_v")).id
    }

    private static func harm(_ database: Database, _ harm: Harm) throws {
        let key = harm.key(try index(database))
        let transaction = try database.engine.store.beginWrite()
        var bytes = try #require(try transaction.writer.view.bytes(key))
        if harm.removes {
            try transaction.writer.delete(key)
        } else {
            bytes[bytes.count / 2] ^= 0x40
            try transaction.writer.put(key, bytes)
        }
        try transaction.commit()
    }

    private static func state(_ database: Database) throws -> String {
        for row in try database.query("SHOW INDEXES FROM t") where row["name"] == .text("t_v") {
            if case .text(let words)? = row["state"] { return words }
        }
        return ""
    }

    private static func findings(_ database: Database) throws -> [String] {
        try database.query("CHECK TABLE t").map { row in
            if case .text(let words) = row[1] { words } else { "" }
        }
    }

    /// Waits up to a minute.
    private static func eventually(_ condition: () throws -> Bool) throws -> Bool {
        for _ in 0..<3_000 {
            if try condition() { return true }
            usleep(20_000)
        }
        return false
    }

    private static func ids(_ rows: ResultSet) -> [Value] { rows.map { $0[0] } }

    private static func expectMended(_ database: Database, _ target: [Float]) throws {
        #expect(
            try eventually {
                let plan = try database.query(inAllLists, target).summary.plan
                let isWhole = try findings(database).isEmpty
                // It may be built once more where CHECK read an older snapshot.
                return try isWhole && plan?.hasPrefix("ivf(t_v) probes=40") == true
                    && state(database).contains("lists of")
            })
    }

    @Test("what is damaged is searched around, told, and built anew", arguments: Harm.allCases)
    func searched(harm: Harm) throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            var source = ClusteredVectors(seed: 21)
            var database = try Self.make(path, &source)
            try Self.harm(database, harm)
            database.close()
            let target = source.next()
            var options = DatabaseOptions()
            options.isReadOnly = true
            // Nobody mends it here.
            database = try Database.open(path, options: options)
            #expect(try !Self.findings(database).isEmpty)
            #expect(try Self.state(database) == "damaged")
            let found = try database.query(Self.inAllLists, target)
            let exact = try database.query(Self.nearest + " WITH (exact)", target)
            // Searches do not look at the map, and a list without parts has no rows for them.
            if harm != .lostPart { #expect(Self.ids(found) == Self.ids(exact)) }
            if harm != .map, harm != .lostPart {
                let notice = found.summary.notices.first { $0.code == .indexCorrupted }
                #expect(notice?.message.contains("t_v") == true)
                #expect(notice?.hint == "REINDEX builds it anew.")
            }
            database.close()
            database = try Database.open(path)
            defer { database.close() }
            _ = try database.query("CHECK TABLE t")
            try Self.expectMended(database, target)
        }
    }

    @Test("what is damaged refuses no row, and is built anew", arguments: Harm.allCases)
    func written(harm: Harm) throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            var source = ClusteredVectors(seed: 22)
            var database = try Self.make(path, &source)
            try Self.harm(database, harm)
            database.close()
            var options = DatabaseOptions()
            options.isReadOnly = true
            // What is remembered of centroids goes, as if another process had written them.
            database = try Database.open(path, options: options)
            _ = try database.query("CHECK TABLE t")
            database.close()
            database = try Database.open(path)
            let target = source.next()
            try database.write { transaction in
                try transaction.execute("DELETE FROM t WHERE id % 2 = 0")
                try Self.insert(5_000..<5_300, &source) { try transaction.execute($0, $1, $2) }
                let found = try transaction.query(Self.inAllLists, target)
                let exact = try transaction.query(Self.nearest + " WITH (exact)", target)
                #expect(Self.ids(found) == Self.ids(exact))
                #expect(found.summary.notices.contains { $0.code == .indexCorrupted })
                let words = try transaction.query("SHOW INDEXES FROM t").rows.last?["state"]
                #expect(words == .text("damaged") || words == .text("rebuilding"))
                #expect(try !transaction.query("CHECK TABLE t").isEmpty)
            }
            #expect(try database.query("SELECT count(*) FROM t").first?[0] == .int(1_300))
            try Self.expectMended(database, target)
            try database.execute("DELETE FROM t WHERE id < 1000")
            #expect(try database.query("CHECK").isEmpty)
            database.close()
        }
    }

    @Test("REINDEX mends an index that a change has left behind")
    func rebuilt() throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            var source = ClusteredVectors(seed: 23)
            let database = try Self.make(path, &source, codes: "auto")
            try Self.harm(database, .part)
            database.close()
            let again = try Database.open(path)
            try again.execute("DELETE FROM t WHERE id >= 1000")
            try again.execute("REINDEX INDEX t_v")
            #expect(try again.query("CHECK").isEmpty)
            let plan = try again.query(Self.inAllLists, source.next()).summary.plan
            #expect(plan == "ivf(t_v) probes=40 of 40")
            again.close()
        }
    }

    @Test(
        "CHECK finds a bit of a code that its checksum covers",
        arguments: [
            ("auto", false), ("int8", true), ("int4", true), ("f16", true), ("f32", true),
        ])
    func codes(codes: String, isSecond: Bool) throws {
        try TemporaryFolder.with { folder in
            var source = ClusteredVectors(seed: 24)
            let database = try Self.make(folder + "/db", &source, codes: codes)
            defer { database.close() }
            #expect(try database.query("CHECK").isEmpty)
            let index = try Self.index(database)
            let transaction = try database.engine.store.beginWrite()
            let number = isSecond ? InvertedListPart.fineBit : 0
            let part = try #require(
                try transaction.writer.view.listPart(index: index, list: 5, part: number))
            var bytes = Array(part.codes)
            bytes[isSecond ? bytes.count / 2 : 7] ^= 0x10
            let entries = part.entryCount
            try bytes.withUnsafeBytes { bytes in
                try transaction.writer.putListPart(
                    index: index, list: 5, part: number, entryCount: entries, bytes)
            }
            try transaction.commit()
            let findings = try Self.findings(database)
            #expect(findings.count == 1)
            #expect(
                findings.first?.contains("1 rows have other codes in lists than their vectors")
                    == true)
            try database.execute("REINDEX INDEX t_v")
            #expect(try database.query("CHECK").isEmpty)
        }
    }
}
