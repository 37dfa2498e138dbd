import Foundation
import Needletail
import Testing

/// Columns of every type that an index may include.
@Suite struct IncludedTypesTests {
    @Test("every type is kept to the last bit, with NULLs, in one segment and in many widths")
    func types() throws {
        let columns = [
            ("flag", "BOOLEAN"), ("small", "SMALLINT"), ("whole", "INT"), ("long", "BIGINT"),
            ("single", "REAL"), ("twice", "DOUBLE PRECISION"), ("day", "DATE"),
            ("moment", "TIMESTAMPTZ"), ("tag", "UUID"), ("word", "TEXT"), ("raw", "BYTEA"),
        ]
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: 65)
            var database = try Database.open(folder + "/db")
            let list = columns.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, \(list), v vector(12))")
            let names = columns.map(\.0).joined(separator: ", ")
            try database.execute(
                "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) INCLUDE (\(names))")
            let holes = columns.map { ":\($0.0)" }.joined(separator: ", ")
            let filters = [
                "flag", "small > 0", "whole = -2147483648", "long < 0", "single > 1.5",
                "twice = 0", "twice::text = '-0'", "twice > 1e300", "day < '2000-01-01'",
                "moment > '2020-01-01'", "tag = '00000000-0000-0000-0000-000000000007'",
                "word = 'é'", "word LIKE 'w%'", "raw = '\\x00ff'", "word IS NULL",
                "flag IS NULL AND day IS NULL", "length(word) > 20",
                "small::bigint + whole > long / 2",
            ]
            for count in [0, 1, 64, 700, 3_000] {
                let many = count > 1_000
                try database.execute("TRUNCATE t")
                try database.write { transaction in
                    for id in 0..<count {
                        var row = Self.values(id, many: many, &random)
                        for place in row.indices where Int.random(in: 0..<9, using: &random) == 0 {
                            row[place] = .null
                        }
                        var named: [String: any ValueConvertible] = [:]
                        for (column, value) in zip(columns, row) { named[column.0] = value }
                        named["v"] = IndexFixture.vector(&random)
                        try transaction.execute(
                            "INSERT INTO t VALUES (\(id), \(holes), :v)", named: named)
                    }
                }
                try database.execute("REINDEX INDEX t_v")
                database.close()
                database = try Database.open(folder + "/db")
                #expect(try database.query("CHECK TABLE t").rows.map { $0[1] } == [], "\(count)")
                let vector = IndexFixture.vector(&random)
                for filter in filters {
                    let sql = "SELECT id FROM t WHERE \(filter) ORDER BY v <-> $1 LIMIT 9"
                    let found = try database.query(sql + " WITH (ef_search = 1000)", vector)
                    let exact = try database.query(sql + " WITH (exact)", vector)
                    #expect(found.rows.map(\.values) == exact.rows.map(\.values), "\(filter)")
                }
            }
            database.close()
        }
    }

    /// Values whose arrays are as narrow as can be, or have to be wide.
    private static func values(
        _ id: Int, many: Bool, _ random: inout SplitMix64
    ) -> [Value] {
        let number = Int64(id)
        let doubles: [Double] = [0, -0.0, .nan, .infinity, 1e308, .leastNonzeroMagnitude, 0.1]
        let words = ["é", "e\u{301}", "", "w", "a word of more than fifteen bytes", "w\u{0}x"]
        return [
            .bool(id % 3 == 0), .int(number % 5 - 2),
            .int(many ? [.init(Int32.min), .init(Int32.max), 0][id % 3] : number % 300),
            .int(many ? [.min, .max, -1][id % 3] : number % 100 - 50),
            .double(Double(Float(id) / 8)), .double(many ? doubles[id % 7] : Double(id) / 4),
            .date(CalendarDate(days: Int32(id * (many ? 700 : 1)))),
            .timestamp(Timestamp(microseconds: many ? .max / 4 * (number % 3 - 1) : number)),
            .uuid(UUIDValue(high: 0, low: UInt64(id % 20))),
            .text(many ? "w\(id)" : words[id % words.count]),
            .bytes(many ? [UInt8(id & 255), UInt8(id >> 8)] : [0, 255]),
        ]
    }
}
