import Foundation
import NeedletailCore
import NeedletailSyntax
import Synchronization
import Testing

@Suite("Nesting")
struct DepthTests {
    /// Runs `body` on a thread with a stack of 512 KiB, as small as threads come.
    static func onSmallStack<Result: Sendable>(
        _ body: @escaping @Sendable () -> Result
    ) -> Result? {
        let box = Box<Result>()
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let value = body()
            box.value.withLock { $0 = value }
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        done.wait()
        return box.value.withLock { $0 }
    }

    private final class Box<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }

    static let shapes: [(opening: String, inner: String, closing: String)] = [
        ("(", "1", ")"), ("NOT ", "TRUE", ""), ("[", "1", "]"), ("- ", "a", ""), ("+", "a", ""),
        ("CASE WHEN ", "TRUE", " THEN 1 END"), ("CASE ", "1", " WHEN 1 THEN 1 END"),
        ("CASE WHEN TRUE THEN 1 ELSE ", "1", " END"), ("(SELECT ", "1", ")"),
        ("f(", "1", ")"), ("f((SELECT ", "1", "))"), ("a[", "1", "]"), ("a IN (", "1", ")"),
        ("a IN (SELECT ", "1", ")"), ("EXISTS (SELECT ", "1", ")"), ("CAST(", "1", " AS int)"),
        ("a BETWEEN 1 AND (", "1", ")"), ("a LIKE (", "1", ")"), ("a = ANY (", "1", ")"),
        ("(1, ", "1", ")"), ("1 + (", "1", ")"), ("a AND (b OR ", "c", ")"),
        ("f(k => ", "1", ")"), ("count(*) FILTER (WHERE ", "TRUE", ")"),
        ("1 OR 1 AND NOT 1 = 1 || 1 + 1 * 1 ^ (", "1", ")"),
        ("(SELECT 1 FROM (", "SELECT 1", "))"), ("(SELECT 1 UNION (", "SELECT 1", "))"),
        ("(WITH a AS (", "SELECT 1", ") SELECT 1)"),
    ]

    @Test("100,000 levels are refused with 54001 on a stack of 512 KiB", arguments: 0..<28)
    func tooDeep(shape: Int) {
        let (opening, inner, closing) = Self.shapes[shape]
        let text =
            "SELECT " + String(repeating: opening, count: 100_000) + inner
            + String(repeating: closing, count: 100_000)
        let code = Self.onSmallStack { () -> DatabaseError.Code? in
            do throws(DatabaseError) {
                _ = try SQLParser.parse(statement: text)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code == .some(.statementTooComplex), "\(opening)")
    }

    @Test(
        "the deepest that is allowed can be parsed, printed and compared there", arguments: 0..<28)
    func deepest(shape: Int) {
        let (opening, inner, closing) = Self.shapes[shape]
        let works = Self.onSmallStack { () -> Bool in
            var deepest: (levels: Int, text: String)?
            for levels in 1...Limits.nestingDepthMax {
                let text =
                    "SELECT " + String(repeating: opening, count: levels) + inner
                    + String(repeating: closing, count: levels)
                guard let tree = try? SQLParser.parse(statement: text) else { break }
                guard levels % 4 == 1 || levels > 180 else { continue }
                guard let again = try? SQLParser.parse(statement: tree.sql), again == tree,
                    again.hashValue == tree.hashValue
                else { return false }
                deepest = (levels, text)
            }
            return (deepest?.levels ?? 0) >= 20
        }
        #expect(works == true, "\(opening)")
    }

    @Test(
        "chains of operators that build high trees are refused",
        arguments: [" + 1", " || a", "::int", "[1]", " IS NULL", " <-> a", "[1].a", " ^ 2"])
    func chains(link: String) {
        let text = "SELECT (a)" + String(repeating: link, count: 100_000)
        let code = Self.onSmallStack { () -> DatabaseError.Code? in
            do throws(DatabaseError) {
                _ = try SQLParser.parse(statement: text)
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code == .some(.statementTooComplex))
    }

    @Test("chains within chains are refused before they get high")
    func chainsWithinChains() {
        let chain = String(repeating: " + 1", count: 150)
        let text =
            "SELECT " + String(repeating: "(", count: 150) + "1"
            + String(repeating: chain + ")", count: 150)
        #expect(throws: DatabaseError.self) { try SQLParser.parse(statement: text) }
    }

    @Test(
        "long flat lists are no deeper than short ones",
        arguments: [
            ("a", " AND a"), ("a", " OR a"), ("a", ", a"), ("(SELECT 1)", ", (SELECT 1)"),
            ("1", " UNION ALL SELECT 1"), ("1 FROM t", " CROSS JOIN t"), ("1 FROM t", ", t"),
            ("a IN (1", ", 1"), ("CASE WHEN 1 THEN 1", " WHEN 1 THEN 1"),
        ])
    func flat(first: String, more: String) throws {
        var text = "SELECT " + first + String(repeating: more, count: 20_000)
        if first.hasPrefix("a IN") { text += ")" }
        if first.hasPrefix("CASE") { text += " END" }
        let statement = text
        let isSame = Self.onSmallStack { () -> Bool in
            guard let tree = try? SQLParser.parse(statement: statement) else { return false }
            return (try? SQLParser.parse(statement: tree.sql)) == tree
        }
        #expect(isSame == true)
    }

    @Test("nested comments of any depth are one blank")
    func comments() throws {
        let text =
            String(repeating: "/*", count: 100_000) + String(repeating: "*/", count: 100_000)
            + "SELECT 1"
        #expect(try SQLParser.parse(statement: text).sql == "SELECT 1")
    }
}
