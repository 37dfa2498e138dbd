import NeedletailCore
import NeedletailSyntax
import Testing

/// What is taken out of a text, and what is left alone.
@Suite struct LiteralShapeTests {
    @Test(
        arguments: [
            ("SELECT a FROM t WHERE id = 1234", "SELECT a FROM t WHERE id = $1  ", [.int(1234)]),
            (
                "select a from t where id=12 and n<>345", "select a from t where id=$1 and n<>$2 ",
                [
                    .int(12), .int(345),
                ]
            ),
            (
                "SELECT a FROM t WHERE k = 'abc' LIMIT 10",
                "SELECT a FROM t WHERE k = $1    LIMIT 10",
                [
                    .text("abc")
                ]
            ),
            (
                "SELECT m->>'x' FROM t WHERE k >= ''", "SELECT m->>'x' FROM t WHERE k >= $1",
                [.text("")]
            ),
            (
                #"SELECT "a" FROM "t""t" WHERE "k" = 77"#,
                #"SELECT "a" FROM "t""t" WHERE "k" = $1"#,
                [
                    .int(77)
                ]
            ),
            (
                "SELECT é FROM t WHERE k = 'né' AND j = 10",
                "SELECT é FROM t WHERE k = $1    AND j = $2",
                [
                    .text("né"), .int(10),
                ]
            ),
        ] as [(String, String, [Value])])
    func `literals beside a comparison are taken out in place`(
        text: String, shape: String, values: [Value]
    ) throws {
        let found = try #require(LiteralShape(text))
        #expect(found.text == shape)
        #expect(found.values == values)
        #expect(found.text.utf8.count == text.utf8.count, "positions stay")
    }

    @Test(arguments: [
        "SELECT 12", "SELECT a FROM t LIMIT 10", "SELECT a FROM t WHERE id = 1",
        "SELECT a FROM t WHERE id = 12.5", "SELECT a FROM t WHERE id = 12e3",
        "SELECT a FROM t WHERE id = 12x", "SELECT a FROM t WHERE id = -12",
        "SELECT a FROM t WHERE id =-12", "SELECT a FROM t WHERE id = 99999999999999999999",
        "SELECT a FROM t WHERE id = $1 AND n = 12", "SELECT a FROM t WHERE id = :x AND n = 12",
        "SELECT a FROM t WHERE id = 12 -- twelve", "SELECT a FROM t WHERE id = /* 12 */ 13",
        "SELECT a FROM t WHERE k = E'a\\'' AND n = 12", "SELECT a FROM t WHERE k = 'it''s'",
        "SELECT a FROM t WHERE k = 'no end", "SELECT a FROM t ORDER BY v <=> '[1,2,3]'",
        "SELECT a FROM t WHERE \"id = 12", "UPDATE t SET a = 12 WHERE id = 12", "", "SELECT", "s",
    ])
    func `nothing is taken out of`(text: String) {
        #expect(LiteralShape(text) == nil)
    }

    @Test func `no more literals are taken out than there are names of two characters`() throws {
        let text =
            "SELECT a FROM t WHERE "
            + (10...21).map { "n\($0) = \($0)" }.joined(separator: " AND ")
        let shape = try #require(LiteralShape(text))
        #expect(shape.values == (10...18).map { .int($0) })
        #expect(shape.text.hasSuffix("n21 = 21"))
    }

    @Test func `long texts are left alone`() {
        let text = "SELECT a FROM t WHERE id = 12 AND k = '\(String(repeating: "x", count: 1_100))'"
        #expect(LiteralShape(text) == nil)
    }
}
