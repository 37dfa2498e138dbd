import NeedletailSyntax
import Testing

@Suite("Shapes of statements")
struct StatementShapeTests {
    @Test(
        "no literal is left and names stay",
        arguments: [
            (
                "SELECT id FROM docs WHERE name = 'secret' AND n > 12.5",
                "SELECT id FROM docs WHERE name = ? AND n > ?"
            ),
            (
                "SELECT id FROM docs ORDER BY v <-> '[1,2,3]' LIMIT 10",
                "SELECT id FROM docs ORDER BY v <-> ? LIMIT ?"
            ),
            (
                "INSERT INTO t VALUES (1, 'a', E'b\\n', X'ff', b64'AAAA')",
                "INSERT INTO t VALUES (?, …)"
            ),
            ("SELECT [1, 2, 3], 4", "SELECT [?, …], ?"),
            ("select /* secret */ $1, :name -- secret\n", "select $1, :name"),
            ("SELECT  \n 1\t;", "SELECT ?;"),
            ("SET application_name = secret", "SET …"),
            ("SELECT 'secret", "SELECT …"),
            ("secret '", "…"),
            ("", ""),
        ])
    func shapes(_ sql: String, _ shape: String) {
        #expect(StatementShape.text(of: sql) == shape)
    }

    @Test("a long statement is cut, and a literal cut in two does not show")
    func long() {
        let names = (0..<200).map { "column_\($0)" }.joined(separator: ", ")
        let shape = StatementShape.text(of: "SELECT \(names) FROM t")
        #expect(shape.utf8.count < StatementShape.bytesMax + 40)
        #expect(shape.hasSuffix(" …"))
        let vector = (0..<3_000).map { "\($0).5" }.joined(separator: ",")
        #expect(
            StatementShape.text(of: "SELECT id FROM t ORDER BY v <-> [\(vector)]")
                == "SELECT id FROM t ORDER BY v <-> [?, … …")
        let text = String(repeating: "secret ", count: 3_000)
        #expect(!StatementShape.text(of: "SELECT '\(text)'").contains("secret"))
    }
}
