import Foundation
import Needletail
import Testing

/// Flipped bits, full disks: reported, and nothing is lost.
@Suite(.serialized) struct DamageTests {
    @Test("flipped bits are reported as XX001 when they are read, or change no answer")
    func flippedBits() throws {
        try Scratch.with { folder in
            let path = folder + "/db"
            let expected = try Self.fill(path, rows: 400)
            let file = path + "/data.mdb"
            let whole = try Data(contentsOf: URL(fileURLWithPath: file))
            let marker = Data("needle-in-a-row-".utf8)
            var random = SplitMix64(seed: KillTests.seed)
            var reported = 0
            // Bytes of rows and of vectors, found by what was stored in them.
            var places: [Int] = []
            var from = whole.startIndex
            while let found = whole.range(of: marker, in: from..<whole.endIndex) {
                places.append(found.lowerBound + 3)
                from = found.upperBound
            }
            let floats = withUnsafeBytes(of: Float(1234.5)) { Data($0) }
            from = whole.startIndex
            while let found = whole.range(of: floats, in: from..<whole.endIndex) {
                places.append(found.lowerBound)
                from = found.upperBound
            }
            try #require(places.count > 100)
            for place in places.shuffled(using: &random).prefix(40) {
                var damaged = whole
                damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                try damaged.write(to: URL(fileURLWithPath: file))
                let database = try Database.open(path)
                do {
                    let rows = try database.query("SELECT id, name, v FROM t")
                    #expect(rows.rows.map(\.values) == expected, "byte \(place): wrong answer")
                } catch let error as DatabaseError {
                    #expect(error.code == .dataCorrupted, "byte \(place): \(error)")
                    reported += 1
                }
                database.close()
            }
            try whole.write(to: URL(fileURLWithPath: file))
            #expect(reported > 20, "seed \(KillTests.seed)")
            print("flipped bits: \(reported) of 40 reported when read, 0 wrong answers")
        }
    }

    @Test("the check finds damage in pages without dying of it")
    func damagedPages() throws {
        try Scratch.with { folder in
            let path = folder + "/db"
            _ = try Self.fill(path, rows: 400)
            let file = path + "/data.mdb"
            let whole = try Data(contentsOf: URL(fileURLWithPath: file))
            var random = SplitMix64(seed: KillTests.seed)
            var found = 0
            let rounds = 60
            for _ in 0..<rounds {
                var damaged = whole
                // Beyond the two meta pages, of which one may be out of use.
                let page = Int.random(in: 2..<whole.count / 4_096, using: &random) * 4_096
                for _ in 0..<8 {
                    let place = page + Int.random(in: 0..<64, using: &random)
                    damaged[place] ^= UInt8.random(in: 1...255, using: &random)
                }
                try damaged.write(to: URL(fileURLWithPath: file))
                let process = Process()
                let products = URL(fileURLWithPath: CommandLine.arguments[0])
                    .deletingLastPathComponent()
                process.executableURL = products.appendingPathComponent("needletail")
                process.arguments = ["check", path]
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.run()
                process.waitUntilExit()
                #expect(process.terminationReason == .exit, "seed \(KillTests.seed)")
                if process.terminationStatus == 1 { found += 1 }
            }
            try whole.write(to: URL(fileURLWithPath: file))
            // A page that is free holds nothing that could be missed.
            #expect(found > rounds / 3, "seed \(KillTests.seed)")
            print("damaged pages: \(found) of \(rounds) found by CHECK")
        }
    }

    @Test("a quota refuses what does not fit with 53100 and keeps what is there")
    func quota() throws {
        try Scratch.with { folder in
            var options = DatabaseOptions()
            options.quotaBytes = 4 << 20
            let database = try Database.open(folder + "/db", options: options)
            try Self.fillUp(database)
        }
    }

    @Test("a full disk refuses what does not fit with 53100 and keeps what is there")
    func fullDisk() throws {
        try Scratch.with { folder in
            let mount = folder + "/disk"
            try FileManager.default.createDirectory(
                atPath: mount, withIntermediateDirectories: true)
            guard Self.run("/bin/mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", mount) == 0 else {
                print("not run: a full disk (mounting a small file system is not allowed here)")
                return
            }
            defer { _ = Self.run("/bin/umount", "-l", mount) }
            let database = try Database.open(mount + "/db")
            try Self.fillUp(database)
            database.close()
            let again = try Database.open(mount + "/db")
            #expect(try again.query("CHECK").isEmpty)
            again.close()
        }
    }

    /// Stores rows until one is refused; then all acknowledged ones must be there.
    private static func fillUp(_ database: Database) throws {
        try database.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT, v vector(64))")
        var stored = 0
        var refusal: DatabaseError?
        while refusal == nil, stored < 20_000 {
            do {
                try database.write { transaction in
                    for id in stored..<stored + 20 {
                        try transaction.execute(
                            "INSERT INTO t VALUES ($1, $2, $3)", id,
                            String(repeating: "n", count: 500),
                            [Float](repeating: Float(id), count: 64))
                    }
                }
                stored += 20
            } catch let error as DatabaseError {
                refusal = error
            }
        }
        #expect(refusal?.code == .diskFull, "\(String(describing: refusal))")
        #expect(refusal?.hint != nil)
        let count = try database.query("SELECT count(*) FROM t")[0][0]
        #expect(count == .int(Int64(stored)))
        #expect(
            try database.query(
                "SELECT id FROM t ORDER BY v <-> $1 LIMIT 1",
                [Float](repeating: 7, count: 64))[0][0] == .int(7))
        #expect(try database.query("CHECK").isEmpty)
    }

    private static func fill(_ path: String, rows: Int) throws -> [[Value]] {
        let database = try Database.open(path)
        try database.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT, v vector(8))")
        try database.write { transaction in
            for id in 0..<rows {
                try transaction.execute(
                    "INSERT INTO t VALUES ($1, $2, $3)", id, "needle-in-a-row-\(id)",
                    [Float](repeating: 1234.5, count: 8))
            }
        }
        let expected = try database.query("SELECT id, name, v FROM t").rows.map(\.values)
        database.close()
        return expected
    }

    private static func run(_ command: String, _ arguments: String...) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return -1 }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
