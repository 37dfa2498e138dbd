import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Testing

/// The trees that the executor runs.
@Suite struct PlannerTests {
    private let catalog: FakeCatalog

    init() throws { catalog = try FakeCatalog.sample() }

    private func query(_ sql: String) throws -> BoundQuery {
        let statement = try SQLParser.parse(statement: sql)
        guard case .query(let query) = try Binder.bind(statement, catalog: catalog).kind else {
            throw DatabaseError(.internalError, "not a query: \(sql)")
        }
        return query
    }

    private func search(_ plan: Plan) -> ExactSearch? {
        switch plan {
        case .exactSearch(let search): search
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .sort(let input, _, _, _), .limit(let input, _, _),
            .trim(let input, _):
            search(input)
        default: nil
        }
    }

    @Test func `the distance of a search is read from behind the slot`() throws {
        let plan = try Planner.plan(
            try query(
                "SELECT embedding <=> $1, 1 - (embedding <=> $1) FROM docs "
                    + "ORDER BY embedding <=> $1 LIMIT 3"))
        guard case .limit(.project(_, let projections), _, _) = plan else {
            Issue.record("unexpected plan \(plan)")
            return
        }
        var read: Set<Int> = []
        for projection in projections { projection.expression.collectColumns(into: &read) }
        #expect(read == [8])
    }

    @Test func `a limit and an offset of constants are added up`() throws {
        let plan = try Planner.plan(
            try query("SELECT id FROM docs ORDER BY embedding <-> '[1,2,3]' LIMIT 3 OFFSET 4"))
        #expect(search(plan)?.count?.kind == .constant(.int(7)))
        let largest = try Planner.plan(
            try query(
                "SELECT id FROM docs ORDER BY embedding <-> '[1,2,3]' "
                    + "LIMIT 9223372036854775807 OFFSET 4"))
        #expect(search(largest)?.count?.kind == .constant(.int(.max)))
    }

    @Test func `a search that is sorted again asks for every row`() throws {
        let plan = try Planner.plan(
            try query("SELECT id FROM docs ORDER BY embedding <-> '[1,2,3]', lang LIMIT 3"))
        let found = try #require(self.search(plan))
        #expect(found.count == nil)
    }

    @Test func `subqueries take the fastest order`() throws {
        let plan = try Planner.plan(try query("SELECT id FROM docs"), orderIsSeen: false)
        guard case .project(.tableScan(let scan), _) = plan else {
            Issue.record("unexpected plan \(plan)")
            return
        }
        #expect(scan.access == .slots)
    }

    @Test func `a limit shows the order even in a subquery`() throws {
        let plan = try Planner.plan(try query("SELECT id FROM docs LIMIT 1"), orderIsSeen: false)
        guard case .limit(.project(.tableScan(let scan), _), _, _) = plan else {
            Issue.record("unexpected plan \(plan)")
            return
        }
        #expect(scan.access == .primaryKeyOrder(descending: false))
    }

    @Test func `updates and deletes always get the slot`() throws {
        let docs = try #require(catalog.table(named: "docs"))
        let bound = try query("SELECT id FROM docs WHERE year = 3")
        let scan = Planner.planScan(
            table: docs, indexes: catalog.indexes(of: docs), filter: bound.filter, needed: [0])
        #expect(scan.needed == [0, 3, 7])
        guard case .index(let index, let condition, false) = scan.access else {
            Issue.record("unexpected access \(scan.access)")
            return
        }
        #expect(index.name == "docs_year_idx")
        #expect(condition.equal.count == 1)
    }

    @Test(arguments: [
        ("a%", "a", "b"), ("ab_c", "ab", "ac"), ("a\\%b%", "a%b", "a%c"), ("é%", "é", "ê"),
        ("z\u{10FFFF}%", "z\u{10FFFF}", "{"), ("\u{D7FF}%", "\u{D7FF}", "\u{E000}"),
    ])
    func `a LIKE pattern bounds its matches`(pattern: String, lower: String, upper: String) throws {
        let plan = try Planner.plan(try query("SELECT id FROM docs WHERE lang LIKE '\(pattern)'"))
        guard case .project(.tableScan(let scan), _) = plan,
            case .index(_, let condition, _) = scan.access
        else {
            Issue.record("unexpected plan \(plan)")
            return
        }
        #expect(condition.lower?.value.kind == .constant(.text(lower)))
        #expect(condition.upper?.value.kind == .constant(.text(upper)))
    }

    @Test func `an expression keeps its meaning when it is rewritten`() throws {
        let bound = try query(
            "SELECT CASE WHEN NOT (year IN (1, 2) OR lang LIKE 'a' ESCAPE '!') THEN tags[1] "
                + "ELSE coalesce(name, 'x') END, (meta.a).b FROM (SELECT 1 AS year, 'a' AS lang, "
                + "ARRAY['x'] AS tags, 'n' AS name, '{}'::jsonb AS meta) t")
        for projection in bound.projections {
            let same = projection.expression.rewritten { _ in nil }
            #expect(same == projection.expression)
            #expect(projection.expression.withoutRanges.range == nil)
            #expect(projection.expression.means(projection.expression.withoutRanges))
        }
    }
}
