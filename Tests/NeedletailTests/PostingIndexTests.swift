import Needletail
import NeedletailBitmap
import NeedletailCatalog
import NeedletailExecutor
import NeedletailStorage
import Testing

/// Bitmap indexes against a dictionary of rows: random inserts, changes, deletes, rollbacks and
/// reopenings, of every type.
@Suite struct PostingIndexTests {
    struct Item: Equatable {
        var flag: Bool?
        var number: Int?
        var float: Double?
        var word: String?
        var tags: [String]?
        var document: String?
    }

    private static let schema = [
        """
        CREATE TABLE t (id INT PRIMARY KEY, flag BOOLEAN, number INT, float DOUBLE PRECISION,
            word TEXT, tags TEXT[], document JSONB)
        """,
        "CREATE INDEX t_flag ON t USING bitmap (flag)",
        "CREATE INDEX t_number ON t USING bitmap (number)",
        "CREATE INDEX t_float ON t USING bitmap (float)",
        "CREATE INDEX t_word ON t USING bitmap (word)",
        "CREATE INDEX t_page ON t USING bitmap (document.page)",
        "CREATE INDEX t_tags ON t USING gin (tags)",
        "CREATE INDEX t_document ON t USING gin (document)",
    ]

    private static let words = [
        "", "a", "b", "e\u{301}", "\u{E9}", "\0", String(repeating: "x", count: 600) + "1",
        String(repeating: "x", count: 600) + "2", String(repeating: "x", count: 470),
    ]

    private static let documents = [
        "{}", "[]", "1", "1.0", "\"k\"", "[\"k\", 1]", "{\"k\": null}", "{\"page\": 1}",
        "{\"page\": 1.0, \"k\": {}}", "{\"page\": null}", "{\"page\": \"1\"}",
        "{\"page\": 2, \"k\": [{\"a\": 1, \"b\": 2}, {\"a\": 3}]}", "[[1], [2]]", "[[1, 2]]",
        "[{\"page\": 1}]",
        "{\"k\": [{\"a\": 1}, {\"b\": 2}]}", "{\"k\": {\"page\": 1}}", "null",
    ]

    private struct Undo: Error {}

    @Test("postings are what a dictionary says, through every kind of change")
    func model() throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            var database = try Database.open(path)
            for statement in Self.schema { try database.execute(statement) }
            var random = SplitMix64(seed: Seeded.seed)
            var model: [Int: Item] = [:]
            for round in 0..<(Seeded.isSoak ? 2_000 : 120) {
                let before = model
                do {
                    try database.write { transaction in
                        for _ in 0..<Int.random(in: 1...8, using: &random) {
                            try Self.change(transaction, &model, &random)
                        }
                        if Int.random(in: 0..<4, using: &random) == 0 { throw Undo() }
                    }
                } catch is Undo {
                    model = before
                }
                if round % 8 == 0 { try Self.compare(database, model) }
                if round % 40 == 39 {
                    #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
                    database.close()
                    database = try Database.open(path)
                }
            }
            try database.execute("REINDEX TABLE t")
            try Self.compare(database, model)
            try database.execute("TRUNCATE t")
            try Self.compare(database, [:])
            #expect(try database.query("CHECK").isEmpty)
            database.close()
        }
    }

    private static func change(
        _ transaction: Transaction, _ model: inout [Int: Item], _ random: inout SplitMix64
    ) throws {
        let id = Int.random(in: 0..<40, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0...4:
            let item = self.item(&random)
            try transaction.execute(
                "UPSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)", id, item.flag,
                item.number, item.float, item.word, item.tags, item.document)
            model[id] = item
        case 5:
            let word = words.randomElement(using: &random)
            try transaction.execute("UPDATE t SET word = $1, flag = NULL WHERE id < $2", word, id)
            for key in model.keys where key < id {
                model[key]?.word = word
                model[key]?.flag = nil
            }
        default:
            try transaction.execute("DELETE FROM t WHERE id = $1", id)
            model[id] = nil
        }
    }

    private static func item(_ random: inout SplitMix64) -> Item {
        func maybe<T>(_ value: T) -> T? {
            Int.random(in: 0..<5, using: &random) == 0 ? nil : value
        }
        let count = Int.random(in: 0...3, using: &random)
        let tags = (0..<count).map { _ in words.randomElement(using: &random) ?? "" }
        return Item(
            flag: maybe(Bool.random(using: &random)),
            number: maybe(Int.random(in: -2...2, using: &random)),
            float: maybe([0, -0.0, 1.5, .nan, -.infinity].randomElement(using: &random) ?? 0),
            word: maybe(words.randomElement(using: &random) ?? ""), tags: maybe(tags),
            document: maybe(documents.randomElement(using: &random) ?? "{}"))
    }

    // MARK: Comparing

    /// Answers of the index are held against SQL, which evaluates every row.
    private struct Comparison {
        let scope: TransactionScope
        let snapshot: Snapshot

        func reader(_ name: String) throws -> PostingReader {
            let index = try #require(scope.catalog.index(named: name))
            let table = try #require(scope.catalog.table(id: index.tableID))
            return try #require(PostingReader(view: scope.view, index: index, table: table))
        }

        func ids(_ slots: SlotBitmap) throws -> Set<Value> {
            let table = try #require(scope.catalog.table(named: "t"))
            let rows = try scope.reader(table).rows(needed: .all)
            return Set(try slots.slots.map { try rows.row(at: Slot($0))[0] })
        }

        func expect(
            _ slots: SlotBitmap?, _ condition: String, _ value: (any ValueConvertible)?
        )
            throws
        {
            let slots = try #require(slots)
            let rows =
                if let value {
                    try snapshot.query("SELECT id FROM t WHERE \(condition)", value)
                } else {
                    try snapshot.query("SELECT id FROM t WHERE \(condition)")
                }
            #expect(
                try ids(slots) == Set(rows.rows.map { $0[0] }),
                "\(condition), \(String(describing: value)), seed \(Seeded.seed)")
        }
    }

    private static func compare(_ database: Database, _ model: [Int: Item]) throws {
        let scope = try database.engine.readScope()
        defer { scope.close() }
        try database.read { snapshot in
            let comparison = Comparison(scope: scope, snapshot: snapshot)
            try compareValues(comparison)
            try compareArrays(comparison)
            try compareDocuments(comparison)
            let words = Set(model.values.compactMap(\.word).map { Array($0.utf8) })
            let reader = try comparison.reader("t_word")
            #expect(try reader.distinctCount(atMost: 100) == words.count)
            #expect(try reader.distinctCount(atMost: 0) == (words.isEmpty ? 0 : nil))
        }
    }

    private static func compareValues(_ comparison: Comparison) throws {
        for name in ["flag", "number", "float", "word"] {
            let reader = try comparison.reader("t_\(name)")
            try comparison.expect(reader.slotsOfNull(), "\(name) IS NULL", nil)
        }
        for flag in [true, false] {
            let reader = try comparison.reader("t_flag")
            try comparison.expect(reader.slots(equalTo: .bool(flag)), "flag = $1", flag)
        }
        for number in -3...2 {
            let reader = try comparison.reader("t_number")
            try comparison.expect(
                reader.slots(equalTo: .int(Int64(number))), "number = $1", number)
            #expect(
                try reader.count(equalTo: .int(Int64(number)))
                    == reader.slots(equalTo: .int(Int64(number))).count)
            let bound = ValueRange.Bound(value: .int(Int64(number)), isInclusive: false)
            try comparison.expect(
                reader.slots(in: ValueRange(prefix: [], lower: bound), atMost: 10),
                "number > $1", number)
            #expect(
                try reader.slots(in: ValueRange(prefix: [], upper: bound), atMost: -1) == nil)
        }
        for float in [0, -0.0, 1.5, .nan, -.infinity] as [Double] {
            let reader = try comparison.reader("t_float")
            try comparison.expect(reader.slots(equalTo: .double(float)), "float = $1", float)
        }
        for word in words {
            let reader = try comparison.reader("t_word")
            try comparison.expect(reader.slots(equalTo: .text(word)), "word = $1", word)
            for isInclusive in [true, false] {
                let bound = ValueRange.Bound(value: .text(word), isInclusive: isInclusive)
                try comparison.expect(
                    reader.slots(in: ValueRange(prefix: [], lower: bound), atMost: 100),
                    isInclusive ? "word >= $1" : "word > $1", word)
                try comparison.expect(
                    reader.slots(in: ValueRange(prefix: [], upper: bound), atMost: 100),
                    isInclusive ? "word <= $1" : "word < $1", word)
            }
        }
    }

    private static func compareArrays(_ comparison: Comparison) throws {
        let reader = try comparison.reader("t_tags")
        try comparison.expect(reader.slotsOfNull(), "tags IS NULL", nil)
        try comparison.expect(reader.slotsOfEmptyArray(), "cardinality(tags) = 0", nil)
        try comparison.expect(
            reader.slots(containing: []), "tags @> $1::text[]", [String]())
        for word in words {
            for wanted in [[word], [word, "a"], [word, "b", word]] {
                let values = wanted.map { Value.text($0) }
                try comparison.expect(
                    reader.slots(containing: values), "tags @> $1::text[]", wanted)
                try comparison.expect(
                    reader.slots(overlapping: values), "tags && $1::text[]", wanted)
            }
        }
    }

    private static func compareDocuments(_ comparison: Comparison) throws {
        let reader = try comparison.reader("t_document")
        try comparison.expect(reader.slotsOfNull(), "document IS NULL", nil)
        for key in ["k", "page", "a"] {
            try comparison.expect(reader.slots(hasKey: key), "document ? $1", key)
        }
        let page = try comparison.reader("t_page")
        try comparison.expect(page.slotsOfNull(), "document.page IS NULL", nil)
        for (value, text) in [(JSON.int(1), "1"), (.double(1), "1.0"), (.string("1"), "\"1\"")] {
            try comparison.expect(
                page.slots(equalTo: .json(value)), "document.page = $1::jsonb", text)
            try comparison.expect(
                reader.slots(path: [.key("page")], equalTo: value), "document.page = $1::jsonb",
                text)
        }
        try comparison.expect(
            page.slots(
                in: ValueRange(
                    prefix: [],
                    lower: ValueRange.Bound(value: .json(.int(1)), isInclusive: false)),
                atMost: 10), "document.page > 1", nil)
        for text in documents {
            guard
                case .json(let json) = try comparison.snapshot.query("SELECT $1::jsonb", text)
                    .rows[0][0]
            else { continue }
            let match = try reader.match(containing: json)
            if match.isExact {
                try comparison.expect(match.slots, "document @> $1::jsonb", text)
            } else {
                let rows = try comparison.snapshot.query(
                    "SELECT id FROM t WHERE document @> $1::jsonb", text)
                #expect(
                    try comparison.ids(match.slots).isSuperset(of: rows.rows.map { $0[0] }),
                    "\(text), seed \(Seeded.seed)")
            }
        }
    }

    // MARK: Life

    @Test("an index made of filled tables is that of rows that came later")
    func late() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute(Self.schema[0])
            var random = SplitMix64(seed: Seeded.seed)
            var model: [Int: Item] = [:]
            try database.write { transaction in
                for _ in 0..<80 { try Self.change(transaction, &model, &random) }
            }
            for statement in Self.schema.dropFirst() { try database.execute(statement) }
            try Self.compare(database, model)
            #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
            database.close()
        }
    }

    @Test("CHECK finds a slot that is missing, and one that is too much")
    func damage() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, flag BOOLEAN)")
            try database.execute("CREATE INDEX t_flag ON t USING bitmap (flag)")
            try database.execute("INSERT INTO t VALUES (1, true), (2, false)")
            let scope = try database.engine.readScope()
            let index = try #require(scope.catalog.index(named: "t_flag"))
            scope.close()
            func set(_ slot: UInt32, _ isIn: Bool) throws {
                let transaction = try database.engine.store.beginWrite()
                try transaction.writer.setPosting(
                    index: index.id, posting: [0x40, 1], slot: Slot(slot), isIn: isIn)
                try transaction.commit()
            }
            func findings() throws -> [Value] {
                try database.query("CHECK TABLE t").rows.map { $0[1] }
            }
            try set(0, false)
            #expect(
                try findings().first
                    == .text("the row at slot 0 has no entry in index \"t_flag\""))
            try set(0, true)
            #expect(try findings().isEmpty)
            try set(1, true)
            #expect(
                try findings()
                    == [.text("index \"t_flag\" has 3 entries where the rows have 2")])
            try set(1, false)
            try set(9, true)
            #expect(
                try database.query("CHECK").rows.map { $0[1] }.first.map { "\($0)" }?
                    .contains("rows that are not live") == true)
            database.close()
        }
    }
}
