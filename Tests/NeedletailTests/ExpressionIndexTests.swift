import Needletail
import NeedletailCatalog
import NeedletailExecutor
import NeedletailStorage
import Testing

/// Indexes on expressions against a table without any: the same statements, the same answers.
@Suite struct ExpressionIndexTests {
    private static let columns = """
        (id INT PRIMARY KEY, name TEXT, n INT, note TEXT, meta JSONB, v vector(2))
        """

    private static let indexes = [
        "btree": [
            "(lower(name), id)", "(((meta->>'page')::int) DESC)", "((n % 4), name)",
            "((100 / n))", "((length(name) > 3))", "(n, (coalesce(name, note)))",
            "((vector_norm(v)))",
        ],
        "bitmap": [
            "USING bitmap (lower(name))", "USING bitmap (((meta->>'page')::int))",
            "USING bitmap ((n % 4))", "USING bitmap ((100 / n))",
            "USING gin ((string_to_array(name, 'a')))", "USING gin ((meta->'tags'))",
        ],
        "graph": [
            "USING hnsw (v vector_l2_ops) INCLUDE (n)", "(lower(name))",
            "USING bitmap (((meta->>'page')::int))", "((vector_norm(v)), (n % 4))",
            "((100 / n))",
        ],
    ]

    private static let words = [
        "", "a", "A", "ab", "aB", "Ba", "caba", "e\u{301}", "\u{E9}",
        String(repeating: "x", count: 600) + "1", String(repeating: "X", count: 600) + "2",
        String(repeating: "x", count: 470),
    ]

    private struct Undo: Error {}

    @Test("answers are those of rows without an index", arguments: ["btree", "bitmap", "graph"])
    func model(method: String) throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/db"
            var database = try Database.open(path)
            var random = SplitMix64(seed: Seeded.seed)
            for table in ["t", "u"] {
                try database.execute("CREATE TABLE \(table) \(Self.columns)")
            }
            let isLate = Bool.random(using: &random)
            if !isLate { try Self.createIndexes(method, database) }
            for round in 0..<(Seeded.isSoak ? 1_500 : 100) {
                if isLate, round == 20 { try Self.createIndexes(method, database) }
                let statements = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    Self.change(&random)
                }
                let keeps = Int.random(in: 0..<4, using: &random) > 0
                do {
                    try database.write { transaction in
                        for (sql, parameters) in statements {
                            for table in ["t", "u"] {
                                try transaction.execute(
                                    sql.replacing("TABLE", with: table), named: parameters)
                            }
                        }
                        let context = "seed \(Seeded.seed), round \(round), inside"
                        try Self.compare(&random, context) { try transaction.query($0) }
                        if !keeps { throw Undo() }
                    }
                } catch is Undo {}
                if !isLate || round >= 20 { try Self.refuse(database, &random) }
                let reading = database
                try Self.compare(&random, "seed \(Seeded.seed), round \(round)") {
                    try reading.query($0)
                }
                if round % 25 == 24 {
                    #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
                    database.close()
                    database = try Database.open(path)
                }
            }
            try database.execute("REINDEX TABLE t")
            try Self.compare(&random, "seed \(Seeded.seed), made anew") { try database.query($0) }
            #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
            database.close()
        }
    }

    private static func createIndexes(_ method: String, _ database: Database) throws {
        for keys in try #require(indexes[method]) {
            try database.execute("CREATE INDEX ON t \(keys)")
        }
    }

    private static func change(
        _ random: inout SplitMix64
    ) -> (String, [String: any ValueConvertible]) {
        let id = Int.random(in: 0..<40, using: &random)
        let word = words.randomElement(using: &random) ?? ""
        let page = Int.random(in: -3..<12, using: &random)
        let documents = [
            "{}", "{\"page\": \(page)}", "{\"page\": \"\(page)\", \"tags\": [\"a\", 1]}",
        ]
        let meta = documents.randomElement(using: &random) ?? "{}"
        let n = Int.random(in: 1..<30, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3:
            let sparse = Bool.random(using: &random)
            return (
                "UPSERT INTO TABLE VALUES (:id, :name, :n, 'note', :meta::jsonb, :v)",
                [
                    "id": id, "name": sparse ? nil as String? : word, "n": sparse ? nil : n,
                    "meta": Bool.random(using: &random) ? meta : nil as String?,
                    "v": sparse ? nil : [Float(page), Float(n)],
                ]
            )
        case 4:
            return ("UPDATE TABLE SET name = :name WHERE n % 4 = :n", ["name": word, "n": n % 4])
        case 5: return ("UPDATE TABLE SET note = :name WHERE id < :id", ["name": word, "id": id])
        case 6:
            return (
                "UPDATE TABLE SET v = :v WHERE lower(name) = lower(:name)",
                ["v": [Float(n), Float(page)], "name": word]
            )
        case 7:
            return (
                "UPDATE TABLE SET meta = :meta::jsonb WHERE 100 / n = :n", ["meta": meta, "n": n]
            )
        case 8: return ("DELETE FROM TABLE WHERE (meta->>'page')::int = :page", ["page": page])
        default: return ("DELETE FROM TABLE WHERE id = :id", ["id": id])
        }
    }

    /// What an index cannot compute leaves no trace, wherever in a statement it comes.
    private static func refuse(_ database: Database, _ random: inout SplitMix64) throws {
        let id = Int.random(in: 50..<90, using: &random)
        let statements = [
            "INSERT INTO t (id, n) VALUES (\(id), 3), (\(id + 1), 0)",
            "UPDATE t SET n = 0 WHERE id = (SELECT min(id) FROM t)",
            "INSERT INTO t (id, n) VALUES ((SELECT min(id) FROM t), 1) "
                + "ON CONFLICT (id) DO UPDATE SET n = 0",
        ]
        guard try !database.query("SELECT id FROM t LIMIT 1").isEmpty else { return }
        let sql = statements.randomElement(using: &random) ?? ""
        let error = #expect(throws: DatabaseError.self) { try database.execute(sql) }
        #expect(error?.code == .divisionByZero, "\(sql), seed \(Seeded.seed)")
        #expect(error?.hint?.contains("(100 / n)") == true, "\(sql)")
    }

    private static let conditions = [
        "lower(name) = 'WORD'", "lower(name) IN ('WORD', 'a', 'ab')", "lower(name) >= 'WORD'",
        "lower(name) > 'a' AND lower(name) < 'WORD'", "lower(name) IS NULL",
        "lower(name) LIKE 'a%'", "(meta->>'page')::int = NUMBER",
        "(meta->>'page')::int BETWEEN NUMBER AND NUMBER + 4", "(meta->>'page')::int < 2.5",
        "(meta->>'page')::int IN (1, NUMBER)", "(meta->>'page')::int IS NULL", "n % 4 = 1",
        "n % 4 = 1 AND name > 'a'", "n % 4 IS NULL", "100 / n = NUMBER", "100 / n >= NUMBER",
        "100 / n IN (SELECT id FROM u WHERE id < NUMBER)", "length(name) > 3",
        "NOT (length(name) > 3)", "n = NUMBER AND coalesce(name, note) = 'WORD'",
        "vector_norm(v) < NUMBER", "vector_norm(v) IS NULL",
        "'b' = ANY(string_to_array(name, 'a'))", "string_to_array(name, 'a') @> ARRAY['c', 'b']",
        "meta->'tags' @> '[1]'", "lower(name) = 'WORD' AND (meta->>'page')::int > NUMBER",
        "lower(name) = 'a' OR n % 4 = 2",
    ]

    private static let orders = [
        "lower(name), id", "lower(name) DESC, id DESC", "(meta->>'page')::int DESC, id",
        "(meta->>'page')::int NULLS FIRST, id", "n % 4, name, id", "100 / n DESC NULLS LAST, id",
    ]

    private static func compare(
        _ random: inout SplitMix64, _ context: String, _ query: (String) throws -> ResultSet
    ) throws {
        var queries = orders.map { "SELECT id FROM TABLE ORDER BY \($0) LIMIT 9" }
        for _ in 0..<12 {
            let word = (words.randomElement(using: &random) ?? "").lowercased()
            let condition = (conditions.randomElement(using: &random) ?? "")
                .replacing("WORD", with: word)
                .replacing("NUMBER", with: "\(Int.random(in: -2..<14, using: &random))")
            queries.append("SELECT * FROM TABLE WHERE \(condition) ORDER BY id")
            queries.append(
                "SELECT id FROM TABLE WHERE \(condition) ORDER BY v <-> '[1,1]', id LIMIT 5 "
                    + "WITH (filter = 'pre')")
        }
        for sql in queries {
            let indexed = try query(sql.replacing("TABLE", with: "t")).rows.map(\.values)
            let plain = try query(sql.replacing("TABLE", with: "u")).rows.map(\.values)
            #expect(indexed == plain, "\(context): \(sql)")
        }
    }

    /// By bytes, as SQL compares: what is canonically equal may differ.
    private static func lowered(_ text: String?) -> [UInt8]? {
        text.map { Array($0.lowercased().utf8) }
    }

    @Test("a unique expression keeps rows apart as a dictionary does")
    func unique() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT)")
            try database.execute("CREATE UNIQUE INDEX t_name ON t (lower(name))")
            var random = SplitMix64(seed: Seeded.seed)
            var model: [Int: String?] = [:]
            for _ in 0..<400 {
                let id = Int.random(in: 0..<12, using: &random)
                let word =
                    Int.random(in: 0..<9, using: &random) == 0
                    ? nil : Self.words.randomElement(using: &random)
                let key = Self.lowered(word)
                let isTaken =
                    key != nil
                    && model.contains { $0.key != id && Self.lowered($0.value) == key }
                do throws(DatabaseError) {
                    try database.execute("UPSERT INTO t VALUES ($1, $2)", id, word)
                    #expect(!isTaken, "\(id), \(word ?? "NULL"), seed \(Seeded.seed)")
                    model[id] = word
                } catch {
                    #expect(error.code == .uniqueViolation && isTaken, "seed \(Seeded.seed)")
                }
                if let word, Int.random(in: 0..<8, using: &random) == 0 {
                    try database.execute("DELETE FROM t WHERE lower(name) = lower($1)", word)
                    model = model.filter { Self.lowered($0.value) != key }
                }
            }
            let rows = try database.query("SELECT id, name FROM t ORDER BY id").rows
            #expect(
                rows.map(\.values)
                    == model.sorted { $0.key < $1.key }.map { key, name in
                        [.int(Int64(key)), name.map { .text($0) } ?? .null]
                    }, "seed \(Seeded.seed)")
            #expect(try database.query("CHECK").isEmpty, "seed \(Seeded.seed)")
        }
    }

    @Test("CHECK finds an entry that is missing, and one that is too much")
    func damage() throws {
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            defer { database.close() }
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, flag BOOLEAN)")
            try database.execute("CREATE INDEX t_not ON t ((NOT flag))")
            try database.execute("INSERT INTO t VALUES (1, true), (2, false)")
            let scope = try database.engine.readScope()
            let index = try #require(scope.catalog.index(named: "t_not"))
            scope.close()
            func key(_ slot: UInt32) -> StorageKey {
                .orderedIndex(index: index.id, encoded: [0x40, 0], slot: Slot(slot))
            }
            func change(_ body: (StorageWriter) throws -> Void) throws {
                let transaction = try database.engine.store.beginWrite()
                try body(transaction.writer)
                try transaction.commit()
            }
            func findings() throws -> [Value] {
                try database.query("CHECK TABLE t").rows.map { $0[1] }
            }
            #expect(try findings().isEmpty)
            try change { try $0.delete(key(0)) }
            #expect(
                try findings().first
                    == .text("the row at slot 0 has no entry in index \"t_not\""))
            try change { try $0.putSealed(key(0), []) }
            #expect(try findings().isEmpty)
            try change { try $0.putSealed(key(1), []) }
            #expect(try findings() == [.text("index \"t_not\" has 3 entries for 2 rows")])
        }
    }

    @Test("an expression of a later version is in the way of writes alone, and can be dropped")
    func later() throws {
        try TemporaryFolder.with { folder in
            var database = try Database.open(folder + "/db")
            try database.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT)")
            let transaction = try database.engine.store.beginWrite()
            let scope = try database.engine.writeScope(transaction.writer)
            let table = try #require(scope.catalog.table(named: "t"))
            try scope.define { writer throws(DatabaseError) in
                _ = try writer.createIndex(
                    IndexDefinition(
                        id: 0, name: "t_later", tableID: table.id,
                        keys: [
                            .init(
                                IndexExpression(text: "later(name)", type: .text, columnIDs: [1]))
                        ]), on: table
                ) { _ in }
            }
            try transaction.commit()
            database.close()
            database = try Database.open(folder + "/db")
            defer { database.close() }
            #expect(try database.query("SELECT * FROM t WHERE lower(name) = 'x'").isEmpty)
            let error = #expect(throws: DatabaseError.self) {
                try database.execute("INSERT INTO t VALUES (1, 'x')")
            }
            #expect(error?.code == .unsupportedFormat)
            #expect(error?.message.contains("later(name)") == true)
            try database.execute("DROP INDEX t_later")
            try database.execute("INSERT INTO t VALUES (1, 'x')")
            #expect(try database.query("CHECK").isEmpty)
        }
    }
}
