import NeedletailCore
import NeedletailShell
import Testing

/// Names for completion tests.
private final class TestNames: NameSource {
    var tables = ["docs", "documents", "Mixed"]
    var settings = ["hnsw.ef_search", "lock_timeout"]
    var variables = ["q", "query"]

    func columns(of table: String) -> [String] {
        table == "docs" ? ["id", "title", "embedding"] : []
    }
}

@Suite struct PromptTests {
    private let editing = SQLEditing(completer: Completer(names: TestNames()))

    @Test(
        "Each line's prompt says what is open, as in psql",
        arguments: [
            ("", ["="]),
            ("select\n", ["=", "-"]),
            ("select (\n1,\n", ["=", "(", "("]),
            ("select 'a\nb\n", ["=", "'", "'"]),
            ("select 'a\nb'\n", ["=", "'", "-"]),
            ("select \"a\n", ["=", "\""]),
            ("/* a\nb\n*/\nselect", ["=", "*", "*", "="]),
            ("select 1;\nselect\n2", ["=", "=", "-"]),
            ("-- note\n\nselect", ["=", "=", "="]),
            ("\\d docs", ["="]),
        ])
    func signs(_ text: String, _ signs: [String]) {
        #expect(editing.prompts(for: text) == signs.map { "needletail\($0)> " })
    }

    @Test("The prompt marks an open and an aborted transaction")
    func transaction() {
        editing.transactionMark = "*"
        #expect(editing.prompts(for: "select\n") == ["needletail=*> ", "needletail-*> "])
    }

    @Test(
        "Text is whole where the lexer says so",
        arguments: [
            ("select 1;", EnteredText.statements(["select 1"], expanded: false)),
            ("select 1", .unfinished),
            ("select ';", .unfinished),
            ("select 1; -- done", .statements(["select 1"], expanded: false)),
            ("select 1; select 2;", .statements(["select 1", "select 2"], expanded: false)),
            ("select 1; select 2", .unfinished),
            ("select 1 \\gx", .statements(["select 1"], expanded: true)),
            ("select 1\n\\g", .statements(["select 1"], expanded: false)),
            ("select '\\g", .unfinished),
            ("  ", .statements([], expanded: false)),
            ("\\d docs", .command("\\d docs")),
            (".tables", .command(".tables")),
            (".5", .unfinished),
            ("select\n\\r", .commandAfter(open: "select", command: "\\r")),
            ("copy t from stdin;", .statements(["copy t from stdin"], expanded: false)),
            ("copy t from stdin;\n1\n", .unfinished),
            ("copy t from stdin;\n1\n\\.", .script("copy t from stdin;\n1\n\\.")),
        ])
    func whole(_ text: String, _ expected: EnteredText) {
        #expect(EnteredText(text) == expected)
    }

    @Test("Colours follow the lexer")
    func colours() {
        let styles = editing.styles(for: "select 1 -- x")
        #expect(styles.map(\.style) == [.keyword, .number, .comment])
        #expect(styles.map(\.range) == [0..<6, 7..<8, 9..<13])
        #expect(editing.styles(for: "\\d docs").map(\.range) == [0..<2])
    }
}

@Suite struct CompleterTests {
    private let completer = Completer(names: TestNames())

    @Test(
        "Completion knows what may stand where",
        arguments: [
            ("SELECT * FROM do", ["docs", "documents"]),
            ("select * from mi", ["\"Mixed\""]),
            ("SELECT tit", ["title"]),
            ("CREATE TABLE t (a bigi", ["bigint"]),
            ("SELECT '1'::bigi", ["bigint"]),
            ("SELECT bigi", []),
            ("INSERT INTO docu", ["documents"]),
            ("SET lo", ["lock_timeout"]),
            ("SHOW ta", ["tables"]),
            ("SEL", ["SELECT"]),
            ("sel", ["select"]),
            ("select 1; del", ["delete from"]),
            ("SELECT docs.em", ["embedding"]),
            ("SELECT :qu", ["query"]),
            ("SELECT 'do", []),
            ("-- SEL", []),
            ("\\dt", ["\\dt"]),
            ("\\d do", ["docs", "documents"]),
            (".ta", [".tables"]),
            ("\\mode js", ["json", "jsonl"]),
            ("\\vectors f", ["full"]),
            ("\\h cre", ["CREATE INDEX", "CREATE TABLE"]),
        ])
    func candidates(_ before: String, _ expected: [String]) {
        // Tables named after the cursor count too.
        let after = before.hasPrefix("SELECT") && !before.contains("FROM") ? " FROM docs" : ""
        #expect(completer.completion(before: before, after: after).candidates == expected)
    }

    @Test("Names of files complete after \\i and in COPY")
    func files() {
        let plain = completer.completion(before: "\\i /et", after: "")
        #expect(plain.candidates.contains("etc/"))
        #expect(completer.completion(before: "COPY t FROM '/et", after: "").replaced == 2)
    }

    @Test("Names come from the session, once, and never inside a transaction")
    func session() {
        let session = FakeSession([
            "SHOW TABLES": .rows([("name", .text)], [[.text("docs")]]),
            "DESCRIBE docs": .rows(
                [("position", .int), ("name", .text)], [[.int(1), .text("id")]]),
        ])
        let catalog = SessionCatalog(session: session)
        #expect(catalog.tables == ["docs"])
        #expect(catalog.tables == ["docs"])
        #expect(catalog.columns(of: "docs") == ["id"])
        #expect(session.asked == ["SHOW TABLES", "DESCRIBE docs"])
        catalog.forget()
        _ = try? session.start("BEGIN", parameters: .none, input: nil)
        #expect(catalog.tables.isEmpty)
        #expect(session.asked.last == "BEGIN")
    }
}

@Suite struct CommandLineTests {
    @Test("Commands are read with their arguments, quoted or not")
    func parsing() throws {
        let line = try MetaCommandLine(parsing: "\\set q '[1, 0]' \"x y\" z''")
        #expect(line.command == .set)
        #expect(line.texts == ["q", "[1, 0]", "x y", "z''"])
        #expect(line.arguments.map(\.isQuoted) == [false, true, false, false])
        #expect(try MetaCommandLine(parsing: ".tables").command == .tables)
        #expect(try MetaCommandLine(parsing: "  \\d;").command == .describe)
    }

    @Test(
        "Unknown commands name the nearest",
        arguments: [
            ("\\tmiing", "\\timing"), (".tabels", ".tables"), ("\\vektors", "\\vectors"),
            ("\\ech", "\\echo"),
        ])
    func suggestion(_ typed: String, _ meant: String) {
        let error = #expect(throws: DatabaseError.self) { try MetaCommandLine(parsing: typed) }
        #expect(error?.code == .syntaxError)
        #expect(error?.hint?.contains("Did you mean \(meant)?") == true)
    }

    @Test("A command that is like no other only points at the help")
    func noSuggestion() {
        let error = #expect(throws: DatabaseError.self) { try MetaCommandLine(parsing: "\\qqqqqq") }
        #expect(error?.hint == "\\? lists all commands.")
        #expect(throws: DatabaseError.self) { try MetaCommandLine(parsing: "\\echo 'open") }
    }

    @Test("Names of commands are unique, and all are in the help")
    func names() {
        let names = MetaCommand.allCases.flatMap(\.names)
        #expect(Set(names).count == names.count)
        let help = CommandHelp.text(palette: .plain)
        for name in names { #expect(help.contains(name)) }
    }

    @Test("Help on a statement is found by its beginning")
    func statementHelp() {
        #expect(StatementHelp.text(for: "create table", palette: .plain).hasPrefix("CREATE TABLE"))
        #expect(StatementHelp.entries(matching: "create").count == 2)
        #expect(StatementHelp.text(for: "SELCT", palette: .plain).contains("Did you mean SELECT?"))
    }
}

@Suite struct VariablesTests {
    @Test(
        "Bare numbers and words are values, quotes keep text",
        arguments: [
            ("10", false, Value.int(10)), ("2.5", false, .double(2.5)),
            ("true", false, .bool(true)),
            ("null", false, .null), ("[1,0]", false, .text("[1,0]")), ("10", true, .text("10")),
            ("e", false, .text("e")), ("1e5", false, .double(100_000)),
            ("inf", false, .text("inf")),
        ])
    func values(_ text: String, _ isQuoted: Bool, _ expected: Value) throws {
        var variables = Variables()
        try variables.set("x", to: text, isQuoted: isQuoted)
        #expect(variables.values["x"] == expected)
    }

    @Test("Names that cannot be parameters are refused", arguments: ["", "1a", "a b", "a-b", "'"])
    func names(_ name: String) {
        var variables = Variables()
        let error = #expect(throws: DatabaseError.self) {
            try variables.set(name, to: "1", isQuoted: false)
        }
        #expect(error?.code == .invalidParameter)
    }
}

@Suite struct CopyRedirectTests {
    @Test(
        "Files become streams, with the format their name stands for",
        arguments: [
            ("COPY t FROM 'a.csv'", "COPY t FROM STDIN WITH (FORMAT csv)", "a.csv"),
            (
                "copy t (a, b) from 'x''y.jsonl.gz'",
                "copy t (a, b) from STDIN WITH (FORMAT jsonl)",
                "x'y.jsonl.gz"
            ),
            ("COPY t FROM 'a.dat'", "COPY t FROM STDIN", "a.dat"),
            (
                "COPY t FROM 'a.csv' WITH (FORMAT jsonl)", "COPY t FROM STDIN WITH (FORMAT jsonl)",
                "a.csv"
            ),
            ("COPY t FROM 'a.csv' (HEADER)", "COPY t FROM STDIN (FORMAT csv, HEADER)", "a.csv"),
            (
                "COPY (SELECT 'x' FROM t) TO 'out.csv'",
                "COPY (SELECT 'x' FROM t) TO STDOUT WITH (FORMAT csv)", "out.csv"
            ),
        ])
    func redirect(_ sql: String, _ expected: String, _ path: String) {
        let redirect = CopyRedirect(sql)
        #expect(redirect?.statement == expected)
        #expect(redirect?.path == path)
    }

    @Test(
        "Nothing else is touched",
        arguments: [
            "COPY t FROM STDIN", "COPY t TO STDOUT (FORMAT csv)", "SELECT 'COPY t FROM ''x'''",
            "COPY t FROM", "COPY t FROM 'open",
        ])
    func untouched(_ sql: String) {
        #expect(CopyRedirect(sql) == nil)
    }
}

@Suite struct ScriptBufferTests {
    @Test("Statements come out with the line they start on")
    func lines() throws {
        var script = ScriptBuffer()
        #expect(try script.append("select 1; select\n").map(\.text) == ["select 1"])
        #expect(try script.append("  2;\n\n-- x\n  select 3\n;").map(\.line) == [1, 5])
        #expect(script.isBlank)
        #expect(try script.append("select 4", line: 40).isEmpty)
        #expect(!script.isBlank)
        let rest = script.takeRest()
        #expect(rest?.text == "select 4")
        #expect(rest?.line == 40)
    }
}
