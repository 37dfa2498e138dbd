import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Testing

/// The text and JSON forms of plans.
@Suite struct ExplainTests {
    private func describe(_ sql: String) throws -> ExplainNode {
        let statement = try SQLParser.parse(statement: sql)
        let bound = try Binder.bind(statement, catalog: try FakeCatalog.sample())
        return try ExplainText.describe(bound.kind, parameters: bound.parameters)
    }

    @Test func `measurements stand behind the operators they belong to`() throws {
        let tree = try describe("SELECT id FROM docs WHERE body = 'x' ORDER BY doc LIMIT 2")
        let lines = tree.lines { "(\($0.path))" }
        #expect(
            lines == [
                "Limit  (rows=2)  (0)",
                "  ->  Sort  (0.0.0)",
                "        Sort Key: doc",
                "        Keeps: 2",
                "        ->  Seq Scan on docs  (0.0.0.0)",
                "              Filter: (body = 'x')",
            ])
    }

    @Test func `the JSON form has the same nodes`() throws {
        let tree = try describe("DELETE FROM docs WHERE id = 5")
        let json = tree.json { node in
            [JSONObject.Member(key: "Path", value: .string(node.path))]
        }
        let scan = JSON.object(
            JSONObject([
                .init(key: "Node", value: .string("Index Scan using docs_pkey on docs")),
                .init(key: "Index Cond", value: .string("(id = 5)")),
                .init(key: "Path", value: .string("0")),
            ]))
        #expect(
            json
                == .object(
                    JSONObject([
                        .init(key: "Node", value: .string("Delete from docs")),
                        .init(key: "Path", value: .string("W")),
                        .init(key: "Plans", value: .array([scan])),
                    ])))
    }

    @Test func `a subquery is planned once and named where it is used`() throws {
        let tree = try describe("SELECT id FROM docs WHERE id = (SELECT max(id) FROM users)")
        let lines = tree.lines()
        #expect(lines.count { $0.contains("SubPlan 1") } == 2)
        #expect(!lines.contains { $0.contains("SubPlan 2") })
    }

    @Test func `long vectors are shortened`() throws {
        let components = (0..<3).map { _ in "0.5" }.joined(separator: ",")
        let tree = try describe("SELECT id FROM docs ORDER BY embedding <=> '[\(components)]'")
        #expect(tree.details.first?.text == "(embedding <=> '[0.5,0.5,0.5]')")
        let long = [Float](repeating: 0.5, count: 8)
        let text = ExplainText.text(of: .constant(.vector(long), .vector(8)), columns: [])
        #expect(text == "'[0.5,0.5,0.5,… 8 in all]'")
    }
}
