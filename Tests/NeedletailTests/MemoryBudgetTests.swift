import Foundation
import Needletail
import NeedletailExecutor
import Testing

/// A table four times as large as its budget of memory. How many pages of it are in memory is
/// looked at in a process of its own: see the tests of the server.
@Suite(.serialized) struct MemoryBudgetTests {
    private static let dimension = 1_024
    private static let rows = 16_384
    private static let budget = 16 << 20

    private static func vector(_ random: inout SplitMix64) -> [Float] {
        let center = Int.random(in: 0..<64, using: &random)
        var shape = SplitMix64(seed: UInt64(center))
        return (0..<dimension).map { _ in
            Float.random(in: -1...1, using: &shape) + Float.random(in: -0.5...0.5, using: &random)
        }
    }

    private static func fill(_ path: String) throws {
        let database = try Database.open(path)
        defer { database.close() }
        try database.execute(
            "CREATE TABLE t (id INT PRIMARY KEY, grp INT, v vector(\(dimension)))")
        var random = SplitMix64(seed: 7)
        for first in stride(from: 0, to: rows, by: 2_048) {
            try database.write { transaction in
                for id in first..<first + 2_048 {
                    try transaction.execute(
                        "INSERT INTO t VALUES ($1, $2, $3)", id, id % 10, vector(&random))
                }
            }
        }
        // Blocks with rows that are gone, and with rows that have no vector.
        try database.execute("DELETE FROM t WHERE id % 97 = 0")
        try database.execute("UPDATE t SET v = NULL WHERE id % 193 = 0")
        try database.execute("CREATE INDEX t_v ON t USING ivf (v vector_l2_ops) WITH (lists = 64)")
    }

    private static let statements = [
        "SELECT id FROM t ORDER BY v <-> $1 LIMIT 10",
        "SELECT id, v <-> $1 FROM t ORDER BY v <-> $1 LIMIT 5 WITH (exact)",
        "SELECT id FROM t WHERE grp = 3 ORDER BY v <-> $1 LIMIT 10",
        "SELECT id FROM t WHERE grp < 9 ORDER BY v <-> $1 LIMIT 10 WITH (filter = post)",
        "SELECT count(*), sum(grp) FROM t WHERE id >= 0",
    ]

    /// What all statements answer to some queries.
    private static func answers(_ database: Database) throws -> [[[Value]]] {
        var random = SplitMix64(seed: 11)
        var found: [[[Value]]] = []
        for _ in 0..<6 {
            let query = vector(&random)
            for sql in statements {
                let rows = try sql.contains("$1") ? database.query(sql, query) : database.query(sql)
                found.append(rows.map(\.values))
            }
        }
        return found
    }

    @Test("answers are those without a budget")
    func sameAnswers() throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            try Self.fill(path)
            let free = try Database.open(path)
            let unbounded = try Self.answers(free)
            free.close()
            var options = DatabaseOptions()
            options.memoryBudget = Self.budget
            let database = try Database.open(path, options: options)
            let bounded = try Self.answers(database)
            #expect(bounded == unbounded)
            // Writers and what looks at everything read ahead as well.
            var random = SplitMix64(seed: 23)
            try database.write { transaction in
                for id in Self.rows..<Self.rows + 500 {
                    try transaction.execute(
                        "INSERT INTO t VALUES ($1, $2, $3)", id, id % 10, Self.vector(&random))
                }
            }
            let findings = try database.query("CHECK")
            #expect(findings.isEmpty)
            let count = try database.query("SELECT count(*) FROM t").first?[0]
            let gone = (0..<Self.rows).count { $0 % 97 == 0 }
            #expect(count == .int(Int64(Self.rows - gone + 500)))
            database.close()
        }
    }

    @Test("a database in a transaction reads its own rows under a budget")
    func ownRows() throws {
        try TemporaryFolder.with { folder in
            var options = DatabaseOptions()
            options.memoryBudget = Limits.memoryBudgetBytesMin
            let database = try Database.open(folder + "/db", options: options)
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, v vector(512))")
            try database.execute("CREATE INDEX ON t USING ivf (v vector_l2_ops)")
            var random = SplitMix64(seed: 3)
            // Beyond half of the budget while it is open: from then on it reads ahead.
            for first in stride(from: 0, to: 4_000, by: 1_000) {
                try database.write { transaction in
                    for id in first..<first + 1_000 {
                        let vector = (0..<512).map { _ in Float.random(in: -1...1, using: &random) }
                        try transaction.execute("INSERT INTO t VALUES ($1, $2)", id, vector)
                        guard id % 250 == 249 else { continue }
                        let nearest = try transaction.query(
                            "SELECT id FROM t ORDER BY v <-> $1 LIMIT 1 WITH (probes = 1000)",
                            vector)
                        #expect(nearest.first?[0] == .int(Int64(id)))
                    }
                }
            }
            database.close()
        }
    }

    @Test("a budget that is too small is 22023, and says how small")
    func tooSmall() throws {
        try TemporaryFolder.with { folder in
            var options = DatabaseOptions()
            options.memoryBudget = 1 << 20
            let error = #expect(throws: DatabaseError.self) {
                _ = try Database.open(folder + "/db", options: options)
            }
            #expect(error?.code == .invalidParameter)
            #expect(error?.message.contains("1048576") == true)
            #expect(error?.message.contains("\(Limits.memoryBudgetBytesMin)") == true)
            #expect(error?.hint?.isEmpty == false)
        }
    }
}
