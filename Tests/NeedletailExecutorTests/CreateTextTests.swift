import NeedletailCore
import NeedletailExecutor
import NeedletailPlanner
import NeedletailSyntax
import Testing

/// What `SHOW CREATE` prints must make what it was printed from.
@Suite struct CreateTextTests {
    private static let table = TableDefinition(
        id: 1, name: "Docs",
        columns: [
            .init(id: 0, name: "id", type: .bigint, isNotNull: true),
            .init(id: 1, name: "lang", type: .text),
            .init(id: 4, name: "meta", type: .jsonb),
            .init(id: 5, name: "v", type: .vector(3)),
            .init(id: 6, name: "half vector", type: .halfvec(8)),
            .init(id: 9, name: "bits", type: .bit(16)),
        ], primaryKey: [0])

    private static func vectorIndex(
        _ column: UInt16, _ vector: VectorIndexOptions
    ) -> IndexDefinition {
        IndexDefinition(
            id: 0, name: "near", tableID: 1, method: .hnsw, keys: [.init(columnID: column)],
            vector: vector)
    }

    private static let indexes: [(IndexDefinition, text: String)] = [
        (
            IndexDefinition(
                id: 0, name: "by_lang", tableID: 1, isUnique: true,
                keys: [
                    .init(columnID: 1, isDescending: true), .init(columnID: 4, path: [.key("a")]),
                ]),
            #"CREATE UNIQUE INDEX by_lang ON "Docs" (lang DESC NULLS LAST, meta.a);"#
        ),
        (
            vectorIndex(5, .init(metric: .cosine)),
            "CREATE INDEX near ON \"Docs\" USING hnsw (v vector_cosine_ops) "
                + "WITH (m = 16, ef_construction = 200, codes = 'auto');"
        ),
        (
            vectorIndex(
                6, .init(metric: .l1, m: 2, efConstruction: 4, codes: .f16, include: [1, 0])),
            "CREATE INDEX near ON \"Docs\" USING hnsw (\"half vector\" halfvec_l1_ops) "
                + "INCLUDE (lang, id) WITH (m = 2, ef_construction = 4, codes = 'f16');"
        ),
        (
            vectorIndex(9, .init(metric: .jaccard, codes: .bit)),
            "CREATE INDEX near ON \"Docs\" USING hnsw (bits bit_jaccard_ops) "
                + "WITH (m = 16, ef_construction = 200, codes = 'bit');"
        ),
    ]

    @Test(arguments: indexes)
    func `an index is printed as the statement that makes it`(
        index: IndexDefinition, text: String
    ) throws {
        let script = CreateText.text(Self.table, indexes: [index])
        #expect(script.hasSuffix("\n);\n\(text)"))
        let statement = try SQLParser.parse(statement: text)
        let bound = try Binder.bind(statement, catalog: OneTable(table: Self.table))
        #expect(
            bound.kind
                == .createIndex(
                    BoundCreateIndex(table: Self.table, definition: index, isSatisfied: false)))
    }
}

/// A catalogue with nothing but a table.
private struct OneTable: CatalogView {
    let table: TableDefinition

    func table(named name: String) -> TableDefinition? { name == table.name ? table : nil }
    func indexes(of table: TableDefinition) -> [IndexDefinition] { [] }
    func index(named name: String) -> IndexDefinition? { nil }
    func tableNames() -> [String] { [table.name] }
}
