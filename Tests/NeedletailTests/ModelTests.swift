import Needletail
import Testing

/// Random statements against a dictionary: inserts, changes, deletes, rollbacks, reopenings, and
/// searches checked by computing every distance here.
@Suite struct ModelTests {
    struct ModelRow: Equatable {
        var tag: Int?
        var name: String
        var vector: [Float]?
    }

    private static let indexes = [
        "none": [],
        "btree": ["CREATE INDEX ON t (tag)", "CREATE INDEX ON t (name DESC, tag)"],
        "ivf": ["CREATE INDEX ON t USING ivf (v vector_l2_ops)"],
        "bitmap": [
            "CREATE INDEX ON t USING bitmap (tag)", "CREATE INDEX ON t USING bitmap (name)",
        ],
    ]

    @Test("a database behaves as a dictionary does", arguments: ["none", "btree", "bitmap", "ivf"])
    func model(method: String) throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            var database = try Database.open(path)
            try database.execute(
                "CREATE TABLE t (id INT PRIMARY KEY, tag INT, name TEXT NOT NULL, v vector(4))")
            for statement in try #require(Self.indexes[method]) { try database.execute(statement) }
            var random = SplitMix64(seed: Seeded.seed)
            var model: [Int: ModelRow] = [:]
            for round in 0..<(Seeded.isSoak ? 4_000 : 250) {
                let before = model
                let keeps = Int.random(in: 0..<4, using: &random) > 0
                do {
                    try database.write { transaction in
                        for _ in 0..<Int.random(in: 1...6, using: &random) {
                            try Self.change(transaction, &model, &random)
                        }
                        // A writer sees its own changes.
                        try Self.compare(model, &random) { sql, parameters in
                            try transaction.query(sql, named: parameters)
                        }
                        if !keeps { throw Undo() }
                    }
                } catch is Undo {
                    model = before
                }
                if round % 5 == 0 {
                    let reading = database
                    try Self.compare(model, &random) { sql, parameters in
                        try reading.query(sql, named: parameters)
                    }
                }
                if round % 40 == 39 {
                    #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
                    database.close()
                    database = try Database.open(path)
                }
            }
            database.close()
        }
    }

    private struct Undo: Error {}

    private static func change(
        _ transaction: Transaction, _ model: inout [Int: ModelRow], _ random: inout SplitMix64
    ) throws {
        let id = Int.random(in: 0..<60, using: &random)
        let tag = Int.random(in: 0..<6, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0...3:
            let row = ModelRow(
                tag: tag == 5 ? nil : tag, name: "n\(Int.random(in: 0..<20, using: &random))",
                vector: tag == 0 ? nil : vector(&random))
            try transaction.execute(
                "UPSERT INTO t (id, tag, name, v) VALUES ($1, $2, $3, $4)", id, row.tag, row.name,
                row.vector)
            model[id] = row
        case 4:
            let moved = vector(&random)
            let count = try transaction.execute(
                "UPDATE t SET v = $1 WHERE tag = $2", moved, tag
            ).rowCount
            let rows = model.filter { $0.value.tag == tag }
            #expect(count == rows.count, "seed \(Seeded.seed)")
            for key in rows.keys { model[key]?.vector = moved }
        case 5:
            try transaction.execute("UPDATE t SET name = name || 'x' WHERE id < $1", id / 4)
            for key in model.keys where key < id / 4 { model[key]?.name += "x" }
        case 6:
            try transaction.execute("DELETE FROM t WHERE tag = $1", tag)
            model = model.filter { $0.value.tag != tag }
        default:
            try transaction.execute("DELETE FROM t WHERE id = $1", id)
            model[id] = nil
        }
    }

    private static func vector(_ random: inout SplitMix64) -> [Float] {
        // Few values, so that there are many ties.
        (0..<4).map { _ in Float(Int.random(in: -2...2, using: &random)) }
    }

    private static func compare(
        _ model: [Int: ModelRow], _ random: inout SplitMix64,
        query: (String, [String: any ValueConvertible]) throws -> ResultSet
    ) throws {
        let comment: Comment = "seed \(Seeded.seed)"
        let all = try query("SELECT id, tag, name, v FROM t", [:])
        #expect(all.rows.map(\.values) == model.sorted { $0.key < $1.key }.map(values), comment)
        let tag = Int.random(in: 0..<6, using: &random)
        let tagged = try query("SELECT id FROM t WHERE tag = :t ORDER BY id", ["t": tag])
        #expect(
            tagged.rows.map { $0[0] }
                == model.filter { $0.value.tag == tag }.keys.sorted().map { .int(Int64($0)) },
            comment)
        let range = try query(
            "SELECT id FROM t WHERE name >= :n ORDER BY name DESC, id LIMIT 5", ["n": "n1\(tag)"])
        let expected = model.filter { $0.value.name >= "n1\(tag)" }
            .sorted { ($1.value.name, $0.key) < ($0.value.name, $1.key) }.prefix(5)
        #expect(range.rows.map { $0[0] } == expected.map { .int(Int64($0.key)) }, comment)
        let target = vector(&random)
        for filter in [nil, tag] {
            let limit = Int.random(in: 1...12, using: &random)
            let condition = filter == nil ? "" : "WHERE tag = :t"
            let nearest = try query(
                "SELECT id, v <-> :q FROM t \(condition) ORDER BY v <-> :q LIMIT \(limit)",
                filter == nil ? ["q": target] : ["q": target, "t": tag])
            let exact = model.filter { filter == nil || $0.value.tag == filter }
                .compactMap { id, row in row.vector.map { (squared($0, target), id) } }
                .sorted { $0 < $1 }.prefix(limit)
            #expect(nearest.rows.map { $0[0] } == exact.map { .int(Int64($0.1)) }, comment)
            #expect(nearest.rows.map { $0[1] } == exact.map { .double($0.0.squareRoot()) }, comment)
        }
    }

    private static func values(_ entry: (key: Int, value: ModelRow)) -> [Value] {
        [
            .int(Int64(entry.key)), entry.value.tag.map { .int(Int64($0)) } ?? .null,
            .text(entry.value.name), entry.value.vector.map { .vector($0) } ?? .null,
        ]
    }

    /// Exact: the components are small integers.
    private static func squared(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
}
