import Foundation
import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("Printing and parsing again")
struct RoundTripTests {
    static let isSoak = ProcessInfo.processInfo.environment["NEEDLETAIL_SOAK"] == "1"

    @Test("gives back every random tree")
    func randomTrees() throws {
        let base = UInt64.random(in: 0..<1_000_000_000)
        var failures = 0
        for offset in 0..<UInt64(Self.isSoak ? 200_000 : 2_000) {
            let seed = base + offset
            var random = RandomTree(seed: seed)
            let tree = random.statement(Int(seed % 4) + 1)
            let text = tree.sql
            do throws(DatabaseError) {
                let parsed = try SQLParser.parse(statement: text)
                if parsed == tree && parsed.sql == text { continue }
                Issue.record("seed \(seed): \(text)\nparses as\n\(parsed.sql)")
            } catch {
                let lines = Diagnostic(error, in: text).lines.joined(separator: "\n")
                Issue.record("seed \(seed): \(text)\n\(lines)")
            }
            failures += 1
            if failures == 5 { return }
        }
    }

    @Test(
        "puts parentheses only where they are needed",
        arguments: [
            ("((a + (b * c)))", "a + b * c"), ("(a + b) * c", "(a + b) * c"),
            ("a - (b - c)", "a - (b - c)"), ("(a - b) - c", "a - b - c"),
            ("NOT (a = b)", "NOT a = b"), ("(NOT a) = b", "(NOT a) = b"),
            ("(a AND b) OR c", "a AND b OR c"), ("a AND (b OR c)", "a AND (b OR c)"),
            ("(a <=> b) < 0.5", "a <=> b < 0.5"), ("1 - (a <=> b)", "1 - (a <=> b)"),
            ("(a)::int", "a::int"), ("(-a)::int", "(-a)::int"), ("-(a::int)", "-a::int"),
            ("(a = b) IS NULL", "a = b IS NULL"), ("a = (b IS NULL)", "a = (b IS NULL)"),
            ("-(-a)", "- -a"), ("-(-1)", "- -1"), ("-(1)", "-(1)"), ("a - -1", "a - -1"),
            ("(a.b).c", "(a.b).c"),
            ("(f(a)).b", "f(a).b"), ("((SELECT 1))", "(SELECT 1)"),
            ("CAST(a AS character varying(3))", "a::varchar(3)"), ("a != b", "a <> b"),
            ("\"abc\" + \"Abc\" + \"select\"", "abc + \"Abc\" + \"select\""),
            ("$q + :r", ":q + :r"), ("e'\\x41'", "'A'"), ("x'0a'", "X'0A'"),
        ])
    func minimal(text: String, printed: String) throws {
        #expect(try SQLParser.parseExpression(text).sql == printed)
    }

    @Test("writes a table the way a person would")
    func createTable() throws {
        let text = """
            create table docs (id bigint primary key, embedding vector(3) not null,
            meta jsonb default '{}', constraint c check (id > 0)) with (compress)
            """
        #expect(
            try SQLParser.parse(statement: text).sql == """
                CREATE TABLE docs (
                    id bigint PRIMARY KEY,
                    embedding vector(3) NOT NULL,
                    meta jsonb DEFAULT '{}',
                    CONSTRAINT c CHECK (id > 0)
                ) WITH (compress)
                """)
    }

    @Test("ignores where nodes stand when it compares them")
    func positions() throws {
        let one = try SQLParser.parse(statement: "SELECT a+1 FROM t")
        let other = try SQLParser.parse(statement: "select  a + 1\nfrom \"t\"")
        #expect(one == other && one.hashValue == other.hashValue)
        #expect(one.range != other.range)
    }
}
