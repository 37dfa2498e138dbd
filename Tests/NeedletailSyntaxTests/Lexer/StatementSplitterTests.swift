import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("The statement splitter")
struct StatementSplitterTests {
    static let script = """
        SELECT 1; -- a comment; with a semicolon
        SELECT ';', "a;b", E'\\';', /* ; /* ; */ ; */ $1
          FROM t;;  ;
        INSERT INTO t VALUES ('it''s; two
        lines'); SELECT (1, [2]) ; last
        """
    static let pieces = [
        StatementSplitter.Piece(text: "SELECT 1", line: 1),
        .init(text: "SELECT ';', \"a;b\", E'\\';', /* ; /* ; */ ; */ $1\n  FROM t", line: 2),
        .init(text: "INSERT INTO t VALUES ('it''s; two\nlines')", line: 4),
        .init(text: "SELECT (1, [2])", line: 5), .init(text: "last", line: 5),
    ]

    @Test("gives the same statements however the text is cut", arguments: 1...20)
    func chunks(size: Int) throws {
        var splitter = StatementSplitter()
        var pieces: [StatementSplitter.Piece] = []
        var rest = Self.script[...]
        while !rest.isEmpty {
            pieces += try splitter.feed(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        if let last = splitter.finish() { pieces.append(last) }
        #expect(pieces == Self.pieces)
        #expect(splitter.state == .empty)
    }

    @Test("agrees with the parser about the corpus", arguments: Corpus.entries)
    func corpus(entry: CorpusEntry) throws {
        guard !entry.isError else { return }
        var splitter = StatementSplitter()
        var pieces = try splitter.feed(entry.sql)
        if let last = splitter.finish() { pieces.append(last) }
        let alone = try pieces.map { try SQLParser.parse(statement: $0.text) }
        #expect(alone == (try SQLParser.parse(script: entry.sql)))
    }

    @Test(
        "says what is open",
        arguments: [
            ("", .empty), ("  \n", .empty), ("-- a\n", .empty), ("SELECT 1;\n", .empty),
            ("SELECT 1\n", .insideStatement), ("SELECT", .insideStatement),
            ("SELECT (1,\n", .insideParentheses), ("SELECT [1,\n", .insideParentheses),
            ("SELECT (1)\n", .insideStatement), ("SELECT 'a\n", .insideString),
            ("SELECT ('a\n", .insideString), ("SELECT 'a'", .insideStatement),
            ("SELECT E'a\\'\n", .insideString), ("SELECT \"a\n", .insideQuotedName),
            ("SELECT /* a\n", .insideComment), ("/* a /* */\n", .insideComment),
            ("/* a */\n", .empty), ("SELECT 1) \n", .insideStatement), ("SELECT (1; ", .empty),
        ] as [(String, StatementSplitter.State)])
    func state(text: String, state: StatementSplitter.State) throws {
        var splitter = StatementSplitter()
        _ = try splitter.feed(text)
        #expect(splitter.state == state)
    }

    @Test("returns what is unfinished at the end")
    func unfinished() throws {
        var splitter = StatementSplitter()
        #expect(try splitter.feed("SELECT 'a").isEmpty)
        #expect(splitter.finish() == StatementSplitter.Piece(text: "SELECT 'a", line: 1))
        #expect(try splitter.feed("  -- nothing").isEmpty)
        #expect(splitter.finish() == nil)
    }

    @Test("forgets what it was told to")
    func reset() throws {
        var splitter = StatementSplitter()
        _ = try splitter.feed("SELECT '")
        splitter.reset()
        #expect(splitter.state == .empty)
        #expect(try splitter.feed("SELECT 1;").map(\.text) == ["SELECT 1"])
    }

    @Test("refuses a statement that grows past the limit, and is empty then")
    func tooLong() throws {
        var splitter = StatementSplitter()
        let part = String(repeating: "x", count: 1 << 20)
        _ = try splitter.feed("'")
        #expect(throws: DatabaseError.self) {
            for _ in 0...64 { _ = try splitter.feed(part) }
        }
        #expect(splitter.state == .empty)
    }
}
