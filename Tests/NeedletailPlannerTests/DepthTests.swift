import Foundation
import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Synchronization
import Testing

/// The deepest statements that the parser lets through, on the stack that a worker thread has.
@Suite struct DepthTests {
    private static func nested(_ open: String, _ core: String, _ close: String) -> String {
        var depth = Limits.nestingDepthMax
        while depth > 1 {
            let sql =
                String(repeating: open, count: depth) + core
                + String(repeating: close, count: depth)
            if (try? SQLParser.parse(statement: "SELECT " + sql)) != nil { return "SELECT " + sql }
            depth -= 1
        }
        return "SELECT \(core)"
    }

    static let statements = [
        nested("NOT ", "true", ""), nested("- ", "$1", ""), nested("(1 + ", "1", ")"),
        nested("abs(", "1", ")"), nested("CASE WHEN true THEN ", "1", " END"),
        nested("(SELECT ", "1", ")"), nested("coalesce(1, ", "2", ")"),
        nested("", "1", "::text::int"), nested("", "'{}'::jsonb", "->'a'"),
        nested("1 IN (1, ", "1", ")").replacing("1 IN (1, 1 IN", with: "true IN (false, 1 IN"),
        nested("* FROM (SELECT ", "1", ") t"),
        nested("* FROM docs CROSS JOIN LATERAL (SELECT ", "1", ") t"),
        nested("id FROM docs WHERE id IN (SELECT ", "1", ")"),
    ]

    @Test(arguments: statements)
    func `the deepest statements bind and plan on a stack of 4 MiB`(sql: String) throws {
        let catalog = try FakeCatalog.sample()
        let lines = Mutex<[String]>([])
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let result = BindingText.lines(for: sql, catalog: catalog)
            lines.withLock { $0 = result }
            done.signal()
        }
        thread.stackSize = 4 << 20
        thread.start()
        done.wait()
        #expect(!lines.withLock { $0 }.isEmpty)
    }
}
