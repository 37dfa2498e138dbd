import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Testing

/// What the golden files cannot show.
@Suite struct BinderTests {
    private let catalog: FakeCatalog

    init() throws { catalog = try FakeCatalog.sample() }

    private func bind(
        _ sql: String, declared: [ParameterKey: ValueType] = [:]
    ) throws -> BoundStatement {
        try Binder.bind(
            try SQLParser.parse(statement: sql), catalog: catalog, declaredParameters: declared)
    }

    private func query(_ sql: String) throws -> BoundQuery {
        guard case .query(let query) = try bind(sql).kind else {
            throw DatabaseError(.internalError, "not a query: \(sql)")
        }
        return query
    }

    @Test func `declared parameters keep their types`() throws {
        let bound = try bind(
            "SELECT $1, :name".replacing(":name", with: "$2"),
            declared: [.position(1): .bigint, .position(2): .vector(3)])
        #expect(bound.parameters.map(\.type) == [.bigint, .vector(3)])
        let named = try bind("SELECT :q + 1", declared: [.name("q"): .double])
        #expect(named.parameters == [BoundParameter(name: "q", type: .double)])
    }

    @Test func `a parameter takes the type of its first use`() throws {
        let bound = try bind("SELECT id FROM docs WHERE year = $1 AND id = $1 AND lang = $2")
        #expect(bound.parameters.map(\.type) == [.int, .text])
    }

    @Test func `a parameter against a JSON path keeps its own type`() throws {
        let bound = try bind("SELECT id FROM docs WHERE meta.page = $1")
        #expect(bound.parameters.map(\.type) == [.unknown])
        let filter = try #require(try query("SELECT id FROM docs WHERE meta.page = $1").filter)
        guard case .compare(.equal, let path, let value) = filter.kind else {
            Issue.record("not a comparison: \(filter)")
            return
        }
        #expect(path.type == .jsonb && value.type == .jsonb)
    }

    @Test(arguments: [
        ("meta.n > 5", JSON.int(5)), ("meta.n > 2.5", .double(2.5)), ("meta.n = 'x'", .string("x")),
        ("meta.n = true", .bool(true)), ("meta.n = '{}'", .string("{}")),
    ])
    func `scalars against a JSON path become JSON by what they are`(
        condition: String, json: JSON
    ) throws {
        let filter = try #require(try query("SELECT 1 FROM docs WHERE \(condition)").filter)
        #expect(filter.children.last?.kind == .constant(.json(json)))
    }

    @Test func `numbers of two types are compared without a cast`() throws {
        let filter = try #require(try query("SELECT 1 FROM users WHERE score = 0.1").filter)
        #expect(filter.children.map(\.type) == [.real, .double])
    }

    @Test func `ranges of subexpressions survive binding`() throws {
        let sql = "SELECT id / 0 FROM docs"
        let bound = try query(sql)
        #expect(bound.projections[0].expression.range == SourceRange(7, 13))
    }

    @Test func `aggregates that mean the same are computed once`() throws {
        let bound = try query("SELECT count(*), count(*) + 1 FROM docs HAVING count(*) > 2")
        #expect(bound.grouping?.aggregates.count == 1)
    }

    @Test func `a thousand rows of parameters bind`() throws {
        let rows = (0..<1_000).map { "($\(2 * $0 + 1), $\(2 * $0 + 2))" }.joined(separator: ", ")
        let bound = try bind("INSERT INTO docs (id, doc) VALUES \(rows)")
        #expect(bound.parameters.count == 2_000)
        #expect(bound.parameters.allSatisfy { $0.type == .bigint || $0.type == .text })
    }

    @Test func `an index that a definition names is found again by its JSON path`() throws {
        let plan = try Planner.plan(try query("SELECT id FROM docs WHERE meta.page IN (1, 2)"))
        #expect(plan.summary == "index(docs_meta_page_idx)")
    }

    @Test(arguments: [
        ("SELECT id FROM docs WHERE id = 1", "key(docs)"),
        ("SELECT id FROM docs ORDER BY embedding <=> '[1,2,3]'", "exact(docs.embedding)"),
        (
            "SELECT id FROM docs ORDER BY embedding <=> '[1,2,3]' LIMIT 1",
            "hnsw(docs_embedding_idx)"
        ),
        ("SELECT id FROM docs", "scan(docs)"),
        ("SELECT max(year) FROM docs WHERE lang = 'en'", "index(docs_lang_year_idx)"),
        ("SELECT count(*) FROM docs WHERE lang = 'en'", "slots(docs)"),
    ])
    func `a plan is summed up in a word`(sql: String, summary: String) throws {
        #expect(try Planner.plan(try query(sql)).summary == summary)
    }
}
