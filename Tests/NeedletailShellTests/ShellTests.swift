import Foundation
import NeedletailCore
import NeedletailShell
import Testing

/// A shell on a fake session, with what it printed.
private struct Run {
    let session: FakeSession
    let output: String
    let errors: String
    let status: ShellStatus

    init(
        _ session: FakeSession = FakeSession(prepared), input: String = "", columns: Int? = nil,
        _ change: (inout ShellOptions) -> Void = { _ in }
    ) throws {
        self.session = session
        let output = MemoryOutput()
        let errors = MemoryOutput()
        var options = ShellOptions()
        change(&options)
        let console = Console(
            output: output, errors: errors, input: ByteLineSource(text: input), columns: columns)
        status = try Shell(session: session, options: options, console: console).run()
        self.output = output.text
        self.errors = errors.text
    }
}

private let prepared: [String: FakeSession.Answer] = {
    var unknown = FakeSession.Answer.tag("")
    unknown.failure = DatabaseError(
        .undefinedColumn, "column \"titel\" does not exist", hint: "Did you mean \"title\"?",
        position: SourceRange(7, 12))
    var lost = FakeSession.Answer.tag("")
    lost.failure = DatabaseError(.connectionFailure, "the server is gone")
    var copyIn = FakeSession.Answer.tag("COPY 0")
    copyIn.readsInput = true
    var copyOut = FakeSession.Answer.rows([("line", .text)], [[.text("a\n")], [.text("b\n")]])
    copyOut.isCopyOut = true
    return [
        "SELECT 1": .rows([("x", .int)], [[.int(1)]], plan: "values", visited: 0),
        "SELECT :q": .rows([("x", .int)], [[.int(1)]]),
        "SELECT titel FROM docs": unknown,
        "SELECT lost": lost,
        "COPY t FROM STDIN": copyIn,
        "COPY t FROM STDIN WITH (FORMAT csv)": copyIn,
        "COPY t TO STDOUT": copyOut,
        "COPY t TO STDOUT WITH (FORMAT csv)": copyOut,
        "SHOW TABLES": .rows([("name", .text)], [[.text("docs")]]),
        "DESCRIBE docs": .rows([("name", .text)], [[.text("id")]]),
        "SHOW INDEXES": .rows([("name", .text)], [[.text("i")]]),
        "SHOW INDEXES FROM docs": .rows([("name", .text)], [[.text("i")]]),
    ]
}()

private func scratchFile(_ text: String, _ ending: String = "sql") throws -> String {
    let path = NSTemporaryDirectory() + "needletail-shell-\(UUID().uuidString).\(ending)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
}

@Suite struct ExitStatusTests {
    @Test("A script from standard input answers in tab-separated values and ends with 0")
    func success() throws {
        let run = try Run(input: "SELECT\n1;")
        #expect(run.status == .scriptStopped)
        let good = try Run(input: "SELECT 1;\n-- note\nSELECT 1")
        #expect(good.status == .success)
        #expect(good.output == "x\n1\nx\n1\n")
        #expect(good.errors == "")
    }

    @Test("The first error stops a script with 3; ON_ERROR_STOP off goes on")
    func scripts() throws {
        let stopped = try Run(input: "SELECT titel FROM docs;\nSELECT 1;")
        #expect(stopped.status == .scriptStopped)
        #expect(stopped.session.asked == ["SELECT titel FROM docs"])
        let on = try Run(input: "\\set ON_ERROR_STOP off\nSELECT titel FROM docs;\nSELECT 1;")
        #expect(on.status == .success)
        #expect(on.output == "x\n1\n")
    }

    @Test("A -c that fails ends with 1, a lost connection with 2")
    func commands() throws {
        let failed = try Run { $0.actions = [.command("SELECT titel FROM docs; SELECT 1")] }
        #expect(failed.status == .failure)
        #expect(failed.output == "")
        let lost = try Run { $0.actions = [.command("SELECT lost")] }
        #expect(lost.status == .connectionLost)
        #expect(try Run(input: "SELECT lost;").status == .connectionLost)
        #expect(try Run { $0.actions = [.command("SELECT 1")] }.status == .success)
        #expect(try Run { $0.actions = [.command("\\nonsense")] }.status == .failure)
        #expect(try Run { $0.actions = [.file("/no/such/file")] }.status == .failure)
    }

    @Test("Actions run in their order until one fails")
    func order() throws {
        let path = try scratchFile("SELECT 1;\n\\q\nSELECT titel FROM docs;")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let run = try Run {
            $0.actions = [.command("SELECT 1"), .file(path), .command("SELECT 1")]
        }
        #expect(run.status == .success)
        #expect(run.session.asked == ["SELECT 1", "SELECT 1"])
    }

    @Test("With -1 all is committed, or all is rolled back")
    func singleTransaction() throws {
        let good = try Run {
            $0.actions = [.command("SELECT 1")]
            $0.isSingleTransaction = true
        }
        #expect(good.session.asked == ["BEGIN", "SELECT 1", "COMMIT"])
        let bad = try Run(input: "SELECT 1;\nSELECT titel FROM docs;") {
            $0.isSingleTransaction = true
        }
        #expect(bad.session.asked.last == "ROLLBACK")
        #expect(bad.status == .scriptStopped)
    }

    @Test("Text that is no UTF-8 is refused with its line")
    func encoding() throws {
        let path = try scratchFile("")
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data([0x0A, 0xFF, 0x0A]).write(to: URL(fileURLWithPath: path))
        let run = try Run { $0.actions = [.file(path)] }
        #expect(run.errors.contains("ERROR 22021: line 2"))
    }
}

@Suite struct ErrorReportTests {
    @Test("An error shows its place and its remedy")
    func place() throws {
        let run = try Run { $0.actions = [.command("SELECT titel FROM docs")] }
        #expect(
            run.errors == """
                ERROR 42703: column "titel" does not exist
                LINE 1:8: SELECT titel FROM docs
                                 ^^^^^
                HINT: Did you mean "title"?

                """)
    }

    @Test("In a script it also names the file and the line")
    func script() throws {
        let path = try scratchFile("SELECT 1;\n\\echo x\n\nSELECT titel FROM docs;\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let run = try Run { $0.actions = [.file(path)] }
        #expect(run.errors.hasPrefix("\(path):4: ERROR 42703:"))
    }
}

@Suite struct CommandTests {
    private func output(_ lines: String, mode: OutputMode = .csv) throws -> String {
        try Run(input: lines) { $0.mode = mode }.output
    }

    @Test("Looking around asks the session")
    func describe() throws {
        let run = try Run(input: "\\dt\n\\d docs\n.schema\n\\di\n\\di docs\n.tables\n")
        #expect(
            run.session.asked == [
                "SHOW TABLES", "DESCRIBE docs", "SHOW INDEXES FROM docs", "SHOW TABLES",
                "SHOW INDEXES", "SHOW INDEXES FROM docs", "SHOW TABLES",
            ])
        #expect(run.status == .success)
    }

    @Test("Questions are asked about the last query, whatever was asked or done since")
    func questions() throws {
        let run = try Run(
            input: "\\set ON_ERROR_STOP off\nSELECT :q;\nINSERT INTO t;\n\\dt\n\\recall\n"
                + "\\recall 20\n\\why 7\n\\why O'Neil -2.5 '7' :q\n"
        ) {
            $0.variables = ["q=3"]
        }
        let asked = run.session.askedWithParameters.suffix(4)
        #expect(
            asked.map(\.sql) == [
                "RECALL 100 FOR SELECT :q", "RECALL 20 FOR SELECT :q", "WHY 7 FOR SELECT :q",
                "WHY 'O''Neil', -2.5, '7', :q FOR SELECT :q",
            ])
        #expect(asked.allSatisfy { $0.parameters == .named(["q": .int(3)]) })
    }

    @Test("Questions without a query or a key say what they need")
    func questionsWithoutQuery() throws {
        #expect(try Run(input: "\\recall\n").errors.contains("ERROR 26000"))
        #expect(try Run(input: "SELECT 1;\n\\recall many\n").errors.contains("ERROR 22023"))
        #expect(try Run(input: "SELECT 1;\n\\why\n").errors.contains("as in \\why 7"))
    }

    @Test("Values are bound to the parameters that are used, never pasted")
    func parameters() throws {
        let run = try Run(input: "\\set q '1; DROP'\n\\set other 2\nSELECT :q;\nSELECT 1;") {
            $0.variables = ["third=3"]
        }
        #expect(
            run.session.askedWithParameters == [
                .init(sql: "SELECT :q", parameters: .named(["q": .text("1; DROP")])),
                .init(sql: "SELECT 1", parameters: .none),
            ])
        #expect(
            try output("\\set q 'a'\n\\set n 5\n\\unset q\n\\set\n") == "n = 5\n")
    }

    @Test("The form of results can be changed on the way")
    func modes() throws {
        #expect(
            try output("SELECT 1;\n\\mode jsonl\nSELECT 1;\n.mode tsv\nSELECT 1;")
                == "x\n1\n{\"x\":1}\nx\n1\n")
        #expect(try output("\\mode psql\n\\x on\nSELECT 1;").hasPrefix("-[ RECORD 1 ]\nx | 1\n"))
        #expect(try output("\\mode psql\nSELECT 1 \\gx").hasPrefix("-[ RECORD 1 ]"))
        #expect(try output("\\echo one  'two  three'") == "one two  three\n")
    }

    @Test("Tags and times are told where people read them")
    func tags() throws {
        #expect(try output("CREATE TABLE t (a int);", mode: .psql) == "CREATE\n")
        #expect(try output("CREATE TABLE t (a int);", mode: .json) == "")
        #expect(
            try output("\\timing on\nSELECT 1;", mode: .psql)
                == " x \n---\n 1\n(1 row)\n\nTime: 0.210 ms\n")
        #expect(
            try Run(columns: 80) { $0.actions = [.command("SELECT 1")] }.output
                .hasSuffix("└───┘\n1 row · 0.21 ms · values\n"))
        let quiet = try Run(columns: 80) {
            $0.actions = [.command("CREATE TABLE t (a int)")]
            $0.isQuiet = true
        }
        #expect(quiet.output == "")
    }

    @Test("Results go to a file and back")
    func redirect() throws {
        let path = try scratchFile("", "out")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = try output("\\o \(path)\nSELECT 1;\n\\o\nSELECT 1;")
        #expect(text == "x\n1\n")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "x\n1\n")
    }

    @Test("Scripts include scripts, but not for ever")
    func include() throws {
        let path = try scratchFile("SELECT 1;\n")
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try output("\\i \(path)\n.read \(path)\n") == "x\n1\nx\n1\n")
        try Data("\\i \(path)\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try Run(input: "\\i \(path)\n").errors.contains("54001"))
    }

    @Test("Echo-all prints statements before their results")
    func echoAll() throws {
        let run = try Run(input: "SELECT 1;") { $0.echoesAll = true }
        #expect(run.output == "SELECT 1;\nx\n1\n")
    }
}

@Suite struct CopyTests {
    @Test("Rows below COPY FROM STDIN are its input, up to the mark")
    func standardInput() throws {
        let run = try Run(input: "COPY t FROM STDIN;\n1;x\n2\n\\.\nSELECT 1;\n")
        #expect(run.session.received == "1;x\n2\n")
        #expect(run.session.givenInput == ["COPY t FROM STDIN"])
        #expect(run.output == "x\n1\n")
        #expect(run.status == .success)
    }

    @Test("Rows below a COPY that failed are not taken for statements")
    func failedCopy() throws {
        let run = try Run(
            input: "\\set ON_ERROR_STOP off\nCOPY no FROM STDIN;\n1;\n\\.\nSELECT 1;\n")
        #expect(run.session.asked == ["COPY no FROM STDIN", "SELECT 1"])
    }

    @Test("To a remote session the prompt sends the file itself")
    func remote() throws {
        let path = try scratchFile("1,a\n2,b\n", "csv")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let run = try Run {
            $0.actions = [.command("COPY t FROM '\(path)'")]
            $0.isRemote = true
            $0.mode = .psql
        }
        #expect(run.session.asked == ["COPY t FROM STDIN WITH (FORMAT csv)"])
        #expect(run.session.received == "1,a\n2,b\n")
        #expect(run.output == "COPY 2\n")
        let out = try Run {
            $0.actions = [.command("COPY t TO '\(path)'")]
            $0.isRemote = true
        }
        #expect(out.status == .success)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "a\nb\n")
        let missing = try Run {
            $0.actions = [.command("COPY t FROM '/no/such/file.csv'")]
            $0.isRemote = true
        }
        #expect(missing.errors.hasPrefix("ERROR 58P01: could not open file"))
    }

    @Test("A local session opens files itself, and COPY TO STDOUT is printed as it is")
    func local() throws {
        let run = try Run { $0.actions = [.command("COPY t TO STDOUT")] }
        #expect(run.output == "a\nb\n")
    }
}

@Suite struct CheckWorkerTests {
    private func check(_ script: String) throws -> [String] {
        var findings: [String] = []
        let worker = CheckWorker(executable: "/bin/sh", arguments: ["-c", script])
        let outcome = try worker.run { findings.append($0) }
        #expect(outcome == .complete(findings: findings.count))
        return findings
    }

    @Test("Findings are handed on, and a whole check without any finds nothing")
    func findings() throws {
        #expect(try check("echo end") == [])
        #expect(try check("echo 'finding page 7'; echo end") == ["page 7"])
    }

    @Test("A child that crashes, fails or stops early is a finding")
    func crash() throws {
        let crashed = try check("echo 'finding page 7'; kill -SEGV $$")
        #expect(crashed.count == 2)
        #expect(crashed[1].contains("signal 11"))
        let failing = CheckWorker(executable: "/bin/sh", arguments: ["-c", "exit 3"])
        #expect(try failing.run { _ in } == .failed)
        #expect(try check(":") == ["the check ended before it had looked at everything"])
    }
}
