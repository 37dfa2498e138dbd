import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Testing

@Suite struct SearchOptionsTests {
    private func options(
        _ clause: String, _ parameters: [Value] = []
    ) throws -> SearchOptions {
        let sql = "SELECT id FROM docs ORDER BY embedding <-> '[1,2,3]' LIMIT 5 \(clause)"
        let statement = try SQLParser.parse(statement: sql)
        let bound = try Binder.bind(statement, catalog: FakeCatalog.sample())
        guard case .query(let query) = bound.kind else {
            Issue.record("not a query")
            return SearchOptions()
        }
        return try SearchOptions(query.options, parameters: parameters)
    }

    @Test func `constants arrive as they are`() throws {
        #expect(try options("") == SearchOptions())
        #expect(try options("WITH (recall = 0.95)") == SearchOptions(recall: 0.95))
        #expect(try options("WITH (recall = 1)") == SearchOptions(recall: 1))
        #expect(try options("WITH (ef_search = 100)") == SearchOptions(efSearch: 100))
        #expect(try options("WITH (hnsw.ef_search = 7)") == SearchOptions(efSearch: 7))
        #expect(try options("WITH (exact)") == SearchOptions(isExact: true))
        #expect(try options("WITH (exact = true)") == SearchOptions(isExact: true))
        #expect(
            try options("WITH (exact = off, ef_search = 9)") == SearchOptions(efSearch: 9))
    }

    @Test func `limits arrive in rows and milliseconds`() throws {
        #expect(try options("WITH (max_visited = 5)") == SearchOptions(maxVisited: 5))
        #expect(
            try options("WITH (exact, timeout = '2s')")
                == SearchOptions(isExact: true, timeoutMilliseconds: 2_000))
        #expect(
            try options("WITH (timeout = $1)", [.int(7)]) == SearchOptions(timeoutMilliseconds: 7))
        #expect(try options("WITH (timeout = $1)", [.null]) == SearchOptions())
    }

    @Test func `parameters are read when they have values, and NULL says nothing`() throws {
        #expect(try options("WITH (ef_search = $1)", [.int(40)]) == SearchOptions(efSearch: 40))
        #expect(try options("WITH (recall = $1)", [.double(0.5)]) == SearchOptions(recall: 0.5))
        #expect(try options("WITH (recall = $1)", [.null]) == SearchOptions())
    }

    @Test(arguments: [
        ("ef_search", Value.int(0)), ("ef_search", .int(1_001)), ("ef_search", .int(.max)),
        ("max_visited", .int(0)), ("timeout", .int(0)), ("recall", .double(0)),
        ("recall", .double(1.01)), ("recall", .double(.nan)),
    ])
    func `a parameter out of range is refused`(name: String, value: Value) {
        let error = #expect(throws: DatabaseError.self) {
            try options("WITH (\(name) = $1)", [value])
        }
        #expect(error?.code == .invalidParameter)
    }
}
