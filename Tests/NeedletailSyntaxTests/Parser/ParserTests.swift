import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("The parser")
struct ParserTests {
    @Test(
        "notes the parameters of each statement",
        arguments: [
            ("SELECT 1", ParameterUse.none, 0), ("SELECT $2, $1, $2", .positional(2), 2),
            ("SELECT $3", .positional(3), 3),
            ("SELECT :b, $a, :b", .named(["b", "a"]), 2),
            ("EXPLAIN SELECT :q LIMIT :n WITH (ef_search = :ef)", .named(["q", "n", "ef"]), 3),
        ])
    func parameters(text: String, use: ParameterUse, count: Int) throws {
        let statement = try SQLParser.parse(statement: text)
        #expect(statement.parameters == use)
        #expect(statement.parameterCount == count)
        if case .named(let names) = use { #expect(statement.parameterNames == names) }
    }

    @Test("keeps the parameters of the statements of a script apart")
    func scriptParameters() throws {
        let statements = try SQLParser.parse(script: "SELECT $1; SELECT :a; SELECT 1")
        #expect(statements.map(\.parameterCount) == [1, 1, 0])
    }

    @Test(
        "takes one statement and the semicolons around it", arguments: ["SELECT 1", ";SELECT 1;;"])
    func semicolons(text: String) throws {
        #expect(try SQLParser.parse(statement: text).sql == "SELECT 1")
    }

    @Test("refuses a second statement, at its first word")
    func secondStatement() {
        let error = #expect(throws: DatabaseError.self) {
            try SQLParser.parse(statement: "SELECT 1; DROP TABLE docs")
        }
        #expect(error?.code == .syntaxError)
        #expect(error?.position == SourceRange(10, 14))
    }

    @Test("says that a statement is empty", arguments: ["", " \n", ";", "-- nothing"])
    func empty(text: String) {
        let error = #expect(throws: DatabaseError.self) { try SQLParser.parse(statement: text) }
        #expect(error?.code == .syntaxError)
        #expect(error?.message == "the statement is empty")
    }

    @Test("returns no statements of an empty script", arguments: ["", ";;", "/* */ ; -- x"])
    func emptyScript(text: String) throws {
        #expect(try SQLParser.parse(script: text).isEmpty)
    }

    @Test("refuses a statement longer than the limit with 54000")
    func tooLong() {
        let mebibyte = String(repeating: " ", count: 1 << 20)
        let text = String(repeating: mebibyte, count: Limits.statementBytesMax >> 20) + " "
        let error = #expect(throws: DatabaseError.self) { try SQLParser.parse(statement: text) }
        #expect(error?.code == .programLimit)
    }

    @Test(
        "refuses bytes that are no UTF-8 with 22021 at the first of them",
        arguments: [
            ([0x41, 0xFF], 1), ([0xC3], 0), ([0xE0, 0x80, 0x80], 0), ([0x20, 0xED, 0xA0, 0x80], 1),
            ([0xF4, 0x90, 0x80, 0x80], 0), ([0xC3, 0xA4, 0xE2, 0x82], 2),
        ] as [([UInt8], Int)])
    func encoding(bytes: [UInt8], offset: Int) {
        let error = #expect(throws: DatabaseError.self) { try SourceText(bytes: bytes) }
        #expect(error?.code == .invalidEncoding)
        #expect(error?.position == SourceRange(offset, offset + 1))
    }

    @Test("refuses U+0000 in text and outside", arguments: ["SELECT 'a\0b'", "SELECT \0"])
    func nul(text: String) {
        let error = #expect(throws: DatabaseError.self) { try SQLParser.parse(statement: text) }
        #expect(error?.code == .invalidEncoding)
    }

    @Test("reads an expression on its own, and nothing behind it")
    func expressions() throws {
        #expect(try SQLParser.parseExpression("year > 2020").sql == "year > 2020")
        #expect(throws: DatabaseError.self) { try SQLParser.parseExpression("1; SELECT 2") }
        #expect(throws: DatabaseError.self) { try SQLParser.parseExpression("") }
    }

    @Test("gives every node the bytes it stands on")
    func ranges() throws {
        let text = "SELECT  a + f(b) AS c FROM t"
        guard case .select(let query) = try SQLParser.parse(statement: text).kind,
            case .select(let core) = query.body,
            case .expression(let sum, let alias) = core.items.first,
            case .binary(_, let left, let right) = sum.kind
        else {
            Issue.record("another tree")
            return
        }
        #expect(sum.range == SourceRange(8, 16))
        #expect(left.range == SourceRange(8, 9))
        #expect(right.range == SourceRange(12, 16))
        #expect(alias?.range == SourceRange(20, 21))
        #expect(core.from.first?.source.range == SourceRange(27, 28))
    }

    @Test("skips a byte order mark")
    func byteOrderMark() throws {
        #expect(try SQLParser.parse(statement: "\u{FEFF}SELECT 1").sql == "SELECT 1")
    }

    @Test("keeps the exact text of numbers beside their value")
    func numbers() throws {
        let kinds = try ["1.50", "9223372036854775808", "-9223372036854775808"].map {
            try SQLParser.parseExpression($0).kind
        }
        #expect(
            kinds == [
                .literal(.decimal("1.50", 1.5)),
                .literal(.decimal("9223372036854775808", 9223372036854775808)),
                .literal(.integer(.min)),
            ])
    }
}
