import Foundation
import Needletail
import Testing

/// Filtered searches in every way there is, against a naive evaluation of the same filter.
@Suite struct FilteredSearchTests {
    private static let dimension = 8

    private struct Record {
        var id: Int
        var group: Int?
        var name: String?
        var score: Double?
        var isOpen: Bool?
        var day: Int?
        var page: Int?
        var tags: [String]?
        var vector: [Float]?
    }

    /// A condition as SQL says it, and what it is for a record: `nil` is unknown.
    private struct Condition {
        let sql: String
        let holds: (Record) -> Bool?
    }

    private static func record(_ id: Int, _ random: inout SplitMix64) -> Record {
        func some<T>(_ value: T) -> T? { Int.random(in: 0..<10, using: &random) == 0 ? nil : value }
        return Record(
            id: id, group: some(Int.random(in: 0..<40, using: &random)),
            name: some("name \(Int.random(in: 0..<6, using: &random))"),
            score: some((Double.random(in: -1...1, using: &random) * 100).rounded() / 100),
            isOpen: some(Bool.random(using: &random)),
            day: some(Int.random(in: 0..<300, using: &random)),
            page: some(Int.random(in: 0..<100, using: &random)),
            tags: some(
                (0..<6).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
                    .map { "t\($0)" }),
            vector: Int.random(in: 0..<30, using: &random) == 0
                ? nil : (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) })
    }

    private static let date = "DATE '2026-01-01' + "

    private static func atom(_ random: inout SplitMix64) -> Condition {
        let (number, other) = (
            Int.random(in: -2..<42, using: &random), Int.random(in: 0..<42, using: &random)
        )
        let text = "name \(Int.random(in: 0..<7, using: &random))"
        let real = (Double.random(in: -1.1...1.1, using: &random) * 100).rounded() / 100
        switch Int.random(in: 0..<21, using: &random) {
        case 0: return Condition(sql: "grp = \(number)") { $0.group.map { $0 == number } }
        case 1: return Condition(sql: "grp < \(number)") { $0.group.map { $0 < number } }
        case 2:
            return Condition(sql: "grp BETWEEN \(number) AND \(other)") {
                $0.group.map { $0 >= number && $0 <= other }
            }
        case 3:
            return Condition(sql: "grp IN (\(number), \(other), 7)") {
                $0.group.map { [number, other, 7].contains($0) }
            }
        case 4: return Condition(sql: "name = '\(text)'") { $0.name.map { $0 == text } }
        case 5: return Condition(sql: "name <> '\(text)'") { $0.name.map { $0 != text } }
        case 6: return Condition(sql: "name IS NULL") { $0.name == nil }
        case 7: return Condition(sql: "score >= \(real)") { $0.score.map { $0 >= real } }
        case 8: return Condition(sql: "score < \(real)") { $0.score.map { $0 < real } }
        case 9: return Condition(sql: "open") { $0.isOpen }
        case 10:
            return Condition(sql: "day > '\(text10(number))'") { $0.day.map { $0 > number } }
        case 11:
            return Condition(sql: "meta.page = \(other)") { $0.page.map { $0 == other } }
        case 12:
            return Condition(sql: "meta @> '{\"page\": \(other)}'") { $0.page == other }
        case 13...17: return listAtom(&random)
        case 18, 19: return computedAtom(&random)
        default:
            return Condition(sql: "id % 5 = \(other % 5)") { $0.id % 5 == other % 5 }
        }
    }

    /// A condition on what some indexes compute.
    private static func computedAtom(_ random: inout SplitMix64) -> Condition {
        let number = Int.random(in: 0..<100, using: &random)
        let word = "NAME \(number % 7)"
        let page = "(meta->>'page')::int"
        switch Int.random(in: 0..<7, using: &random) {
        case 0:
            return Condition(sql: "\(page) BETWEEN \(number) AND \(number + 9)") {
                $0.page.map { $0 >= number && $0 <= number + 9 }
            }
        case 1:
            return Condition(sql: "\(page) IN (\(number), 7, \(number / 2))") {
                $0.page.map { [number, 7, number / 2].contains($0) }
            }
        case 2: return Condition(sql: "\(page) IS NULL") { $0.page == nil }
        case 3:
            return Condition(sql: "upper(name) = '\(word)'") {
                $0.name.map { $0.uppercased() == word }
            }
        case 4:
            return Condition(sql: "upper(name) >= '\(word)'") {
                $0.name.map { $0.uppercased() >= word }
            }
        case 5:
            return Condition(sql: "id % 5 = \(number % 5)") { $0.id % 5 == number % 5 }
        default:
            return Condition(sql: "(score > 0.5)") { $0.score.map { $0 > 0.5 } }
        }
    }

    /// A condition on an array, or on what a query gives.
    private static func listAtom(_ random: inout SplitMix64) -> Condition {
        let number = Int.random(in: 0..<7, using: &random)
        let (first, second) = ("t\(number)", "t\(Int.random(in: 0..<7, using: &random))")
        switch Int.random(in: 0..<5, using: &random) {
        case 0:
            return Condition(sql: "tags @> ARRAY['\(first)', '\(second)']") {
                $0.tags.map { Set($0).isSuperset(of: [first, second]) }
            }
        case 1:
            return Condition(sql: "tags && ARRAY['\(first)', '\(second)']") {
                $0.tags.map { !Set($0).isDisjoint(with: [first, second]) }
            }
        case 2:
            return Condition(sql: "'\(first)' = ANY(tags)") { $0.tags.map { $0.contains(first) } }
        case 3:
            return Condition(sql: "id IN (SELECT n FROM picks WHERE n % 7 = \(number))") {
                $0.id < 800 && $0.id % 7 == number
            }
        default:
            return Condition(sql: "grp IN (SELECT n FROM picks WHERE n % 7 = \(number))") {
                $0.group.map { $0 % 7 == number }
            }
        }
    }

    /// The day `number` days after the first of January 2026.
    private static func text10(_ number: Int) -> String {
        let day = Date(timeIntervalSince1970: 1_767_225_600 + Double(number) * 86_400)
        return String(day.formatted(.iso8601).prefix(10))
    }

    private static func condition(_ depth: Int, _ random: inout SplitMix64) -> Condition {
        guard depth > 0 else { return atom(&random) }
        let left = condition(Int.random(in: 0..<depth, using: &random), &random)
        let right = condition(Int.random(in: 0..<depth, using: &random), &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Condition(sql: "NOT (\(left.sql))") { left.holds($0).map { !$0 } }
        case 1:
            return Condition(sql: "(\(left.sql) OR \(right.sql))") { record in
                let (left, right) = (left.holds(record), right.holds(record))
                if left == true || right == true { return true }
                return left == nil || right == nil ? nil : false
            }
        default:
            return Condition(sql: "\(left.sql) AND \(right.sql)") { record in
                let (left, right) = (left.holds(record), right.holds(record))
                if left == false || right == false { return false }
                return left == nil || right == nil ? nil : true
            }
        }
    }

    private static func value<T: ValueConvertible>(_ value: T?) -> any ValueConvertible {
        if let value { return value }
        return Value.null
    }

    private static func put(_ records: [Record], _ database: Database) throws {
        let statement = try database.prepare(
            "UPSERT INTO t VALUES ($1, $2, $3, $4, $5, $6::date, $7::jsonb, $8::text[], $9)")
        try database.write { transaction in
            for record in records {
                try transaction.execute(
                    statement, record.id, value(record.group), value(record.name),
                    value(record.score), value(record.isOpen), value(record.day.map(text10)),
                    value(record.page.map { "{\"page\": \($0)}" } ?? "{}"),
                    value(record.tags.map { "{\($0.joined(separator: ","))}" }),
                    value(record.vector))
            }
        }
    }

    private static func distance(_ left: [Float], _ right: [Float]) -> Double {
        zip(left, right).reduce(0) {
            $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
        }.squareRoot()
    }

    private static let indexes = [
        ["INCLUDE (grp, name, score, open, day)"], ["INCLUDE (name)", "(grp)"],
        ["", "(grp)", "(name)", "(score)", "(day)", "(meta.page)", "(open)"], [""],
        ["INCLUDE (score, id)", "(name, grp)"],
        [
            "", "USING bitmap (grp)", "USING bitmap (name)", "USING bitmap (open)",
            "USING bitmap (score)", "USING gin (tags)", "USING gin (meta)",
        ],
        [
            "", "(((meta->>'page')::int))", "(upper(name), id)", "((id % 5))", "((score > 0.5))",
        ],
        [
            "INCLUDE (name)", "USING bitmap (((meta->>'page')::int))", "USING bitmap (upper(name))",
            "USING bitmap ((id % 5))", "(upper(name) DESC)",
        ],
    ]

    @Test("all ways give the rows that a naive evaluation gives", arguments: indexes.indices)
    func differential(number: Int) throws {
        try TemporaryFolder.with { folder in
            var random = SplitMix64(seed: Seeded.seed &+ UInt64(number))
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute(
                """
                CREATE TABLE t (id INT PRIMARY KEY, grp INT, name TEXT, score DOUBLE PRECISION,
                open BOOLEAN, day DATE, meta JSONB, tags TEXT[], v vector(8))
                """)
            try database.execute("CREATE TABLE picks (n INT PRIMARY KEY)")
            try database.execute("INSERT INTO picks SELECT * FROM generate_series(0, 799)")
            var records: [Int: Record] = [:]
            for id in 0..<1_500 { records[id] = Self.record(id, &random) }
            try Self.put(Array(records.values), database)
            let indexes = Self.indexes[number]
            try database.execute(
                "CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) \(indexes[0]) WITH (m = 8)")
            for columns in indexes.dropFirst() {
                try database.execute("CREATE INDEX ON t \(columns)")
            }
            var counts = Counts()
            for round in 0..<(Seeded.isSoak ? 850 : 18) {
                for _ in 0..<20 {
                    let condition = Self.condition(Int.random(in: 0..<4, using: &random), &random)
                    try Self.compare(
                        condition, records, database, "seed \(Seeded.seed), round \(round)",
                        &random,
                        &counts)
                }
                // Rows come, change and go; the masks of the filters met so far with them.
                var changed: [Record] = []
                for _ in 0..<Int.random(in: 0..<60, using: &random) {
                    let id = Int.random(in: 0..<1_700, using: &random)
                    changed.append(Self.record(id, &random))
                    records[id] = changed.last
                }
                try Self.put(changed, database)
                let gone = Int.random(in: 0..<1_700, using: &random)
                records[gone] = nil
                try database.execute("DELETE FROM t WHERE id = \(gone)")
            }
            #expect(
                counts.walked * 100 >= counts.right * 95,
                "seed \(Seeded.seed): \(counts.walked) of \(counts.right) by walks")
        }
    }

    private static func compare(
        _ condition: Condition, _ records: [Int: Record], _ database: Database,
        _ context: String, _ random: inout SplitMix64, _ counts: inout Counts
    ) throws {
        let query = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
        let k = Int.random(in: 1..<15, using: &random)
        let matches = records.values.filter { condition.holds($0) == true && $0.vector != nil }
            .map { (id: $0.id, distance: distance($0.vector ?? [], query)) }
            .sorted { ($0.distance, $0.id) < ($1.distance, $1.id) }
        let right = matches.prefix(k).map(\.id)
        let sql = "SELECT id FROM t WHERE \(condition.sql) ORDER BY v <-> $1 LIMIT \(k)"
        for way in ["exact", "filter = 'pre'"] {
            let found = try ids(database, "\(sql) WITH (\(way))", query)
            #expect(found == right, "\(context): \(sql), \(way)")
        }
        let passing = Set(matches.map(\.id))
        for way in ["filter = 'auto'", "filter = 'post'"] {
            let found = try ids(database, "\(sql) WITH (\(way), ef_search = 1000)", query)
            #expect(found.count == right.count, "\(context): \(sql), \(way) is short")
            #expect(passing.isSuperset(of: found), "\(context): \(sql), \(way)")
            let hits = Set(found).intersection(right).count
            #expect(hits * 10 >= right.count * 8, "\(context): \(sql), \(way): \(hits)")
        }
        try told(
            condition, sql, query, matches: records.values.count { condition.holds($0) == true },
            database, context)
        // A walk that is made whatever it costs may miss some, where few rows pass.
        let walked = try ids(database, "\(sql) WITH (filter = 'in', ef_search = 1000)", query)
        #expect(walked.count == right.count, "\(context): \(sql) is short by a walk")
        #expect(passing.isSuperset(of: walked), "\(context): \(sql) by a walk")
        counts.right += right.count
        counts.walked += Set(walked).intersection(right).count
    }

    /// What is counted, and what `EXPLAIN` says before and after the search.
    private static func told(
        _ condition: Condition, _ sql: String, _ query: [Float], matches: Int,
        _ database: Database, _ context: String
    ) throws {
        let counted = try database.query("SELECT count(*) FROM t WHERE \(condition.sql)")[0][0]
        #expect(counted == .int(Int64(matches)), "\(context): count, \(condition.sql)")
        func strategy(_ explain: String) throws -> String {
            try database.query("\(explain) \(sql)", query).map { row in
                if case .text(let line) = row[0] { return line }
                return ""
            }.first { $0.contains("Strategy: ") } ?? ""
        }
        let before = try strategy("EXPLAIN")
        if before.contains(" exact, cost ") {
            #expect(
                before.contains("matches \(grouped(matches)) of "),
                "\(context): \(condition.sql): \(before) instead of \(matches)")
            let after = try strategy("EXPLAIN ANALYZE")
            #expect(after.contains("matches \(grouped(matches)) of "), "\(context): \(after)")
        }
    }

    private static func grouped(_ count: Int) -> String {
        count < 1_000 ? "\(count)" : "\(count / 1_000),\(String(format: "%03d", count % 1_000))"
    }

    /// Of the rows that should be found, those that a walk has.
    private struct Counts {
        var right = 0
        var walked = 0
    }

    private static func ids(
        _ database: Database, _ sql: String, _ query: [Float]
    ) throws -> [Int] {
        try database.query(sql, query).map { row in
            if case .int(let id) = row[0] { return Int(id) }
            return -1
        }
    }
}
