import NeedletailCore
import NeedletailShell
import Testing

/// The text of a result in one mode.
private func render(
    _ columns: [(String, ValueType)], _ rows: [[Value]], _ mode: OutputMode,
    _ change: (inout DisplaySettings) -> Void = { _ in }
) -> String {
    var settings = DisplaySettings(mode: mode)
    change(&settings)
    let output = MemoryOutput()
    var renderer = makeRenderer(settings)
    renderer.begin(columns.map { Column(name: $0.0, type: $0.1) }, to: output)
    for row in rows { renderer.add(row, to: output) }
    renderer.end(to: output)
    return output.text
}

private let columns: [(String, ValueType)] = [
    ("id", .bigint), ("name", .text), ("ok", .boolean), ("score", .double),
]
private let rows: [[Value]] = [
    [.int(1), .text("日本"), .bool(true), .double(0.1234567891)],
    [.int(200), .null, .bool(false), .double(2)],
]

@Suite struct BoxTests {
    @Test("Numbers stand right, wide characters line up, NULL has a sign")
    func box() {
        #expect(
            render(columns, rows, .box) == """
                ┌─────┬──────┬───────┬──────────┐
                │  id │ name │ ok    │    score │
                ├─────┼──────┼───────┼──────────┤
                │   1 │ 日本 │ true  │ 0.123457 │
                │ 200 │ ∅    │ false │        2 │
                └─────┴──────┴───────┴──────────┘

                """)
    }

    @Test("Long texts are cut to fit the terminal, numbers never")
    func cut() {
        let text = render(
            [("id", .bigint), ("a", .text), ("b", .text)],
            [[.int(1_234_567_890), .text("abcdefghijklmnopqrstuvwxyz"), .text("short")]], .box
        ) { $0.terminalColumns = 40 }
        #expect(
            text
                == """
                ┌────────────┬──────────────────┬───────┐
                │         id │ a                │ b     │
                ├────────────┼──────────────────┼───────┤
                │ 1234567890 │ abcdefghijklmno… │ short │
                └────────────┴──────────────────┴───────┘

                """.replacing("──────────────────", with: "─────────────────")
                .replacing("a                │", with: "a               │")
                .replacing("abcdefghijklmno…", with: "abcdefghijklmn…"))
    }

    @Test("A table that cannot fit shows records one below the other")
    func expanded() {
        let many = (0..<8).map { ("column\($0)", ValueType.text) }
        let row = (0..<8).map { Value.text("value number \($0)") }
        let text = render(Array(many), [row], .box) { $0.terminalColumns = 40 }
        #expect(text.hasPrefix("─[ 1 ]──"))
        #expect(text.contains("column7 │ value number 7\n"))
        let forced = render(Array(many), [row], .box) {
            $0.terminalColumns = 40
            $0.expanded = .off
        }
        #expect(forced.hasPrefix("┌"))
    }

    @Test("Line ends and controls in a cell are signs")
    func controls() {
        let text = render([("a", .text)], [[.text("x\ny\u{1B}[31m\tz")]], .box)
        #expect(text.contains("│ x↵y\\x1B[31m z │"))
    }

    @Test("Vectors are short, full or only named, as asked")
    func vectors() {
        let type = [("v", ValueType.vector(4))]
        let row = [[Value.vector([0.125, -0.03, 0.5, 0.25])]]
        #expect(render(type, row, .box).contains("│ [0.12, -0.03, 0.5 … +1] ‖0.57‖ │"))
        #expect(
            render(type, row, .box) { $0.vectors = .full }.contains("│ [0.125,-0.03,0.5,0.25] │"))
        #expect(render(type, row, .box) { $0.vectors = .none }.contains("│ vector(4) │"))
        #expect(ShortVector.text([1, 2]) == "[1, 2] ‖2.24‖")
        #expect(ShortVector.text([0.001, 1e9]) == "[0.001, 1e+09] ‖1000000000.00‖")
    }

    @Test("Past the rows held back, widths are final and cells are cut")
    func streaming() {
        let output = MemoryOutput()
        var renderer = makeRenderer(DisplaySettings(mode: .box))
        renderer.begin([Column(name: "a", type: .text)], to: output)
        for _ in 0..<10_000 { renderer.add([.text("ab")], to: output) }
        #expect(!output.text.isEmpty)
        renderer.add([.text("too wide")], to: output)
        renderer.end(to: output)
        #expect(output.text.hasSuffix("│ ab │\n│ t… │\n└────┘\n"))
    }

    @Test("A result that fails before anything is shown shows nothing")
    func abandoned() {
        let output = MemoryOutput()
        var renderer = makeRenderer(DisplaySettings(mode: .box))
        renderer.begin([Column(name: "a", type: .text)], to: output)
        renderer.add([.text("ab")], to: output)
        renderer.abandon(to: output)
        #expect(output.text.isEmpty)
    }
}

@Suite struct PsqlTests {
    @Test("Aligned tables are psql's, blank for blank")
    func aligned() {
        #expect(
            render(columns, rows, .psql)
                == [
                    " id  | name | ok |    score     ",
                    "-----+------+----+--------------",
                    "   1 | 日本 | t  | 0.1234567891",
                    " 200 |      | f  |            2",
                    "(2 rows)",
                    "",
                    "",
                ].joined(separator: "\n"))
    }

    @Test("One row, one text column: centred header, no blanks at the end")
    func single() {
        #expect(
            render([("?column?", .text)], [[.text("hi")]], .psql)
                == " ?column? \n----------\n hi\n(1 row)\n\n")
        #expect(render([("x", .int)], [], .psql) == " x \n---\n(0 rows)\n\n")
    }

    @Test("Line ends in a cell continue it with a plus")
    func multiline() {
        #expect(
            render([("a", .text), ("b", .int)], [[.text("x\nyy"), .int(5)]], .psql)
                == " a  | b \n----+---\n x +| 5\n yy | \n(1 row)\n\n")
        #expect(
            render([("a", .text)], [[.text("x\nyy")]], .psql)
                == " a  \n----\n x +\n yy\n(1 row)\n\n")
    }

    @Test("Expanded records have psql's title line")
    func expanded() {
        let text = render([("id", .bigint), ("name", .text)], rows.map { Array($0[..<2]) }, .psql) {
            $0.expanded = .on
        }
        #expect(
            text
                == [
                    "-[ RECORD 1 ]", "id   | 1", "name | 日本", "-[ RECORD 2 ]", "id   | 200",
                    "name | ",
                    "", "",
                ].joined(separator: "\n"))
        let wide = render([("a", .text)], [[.text("0123456789abcdef")]], .psql) {
            $0.expanded = .on
        }
        #expect(wide.hasPrefix("-[ RECORD 1 ]-------\na | 0123456789abcdef\n"))
        #expect(render([("a", .text)], [], .psql) { $0.expanded = .on } == "(0 rows)\n\n")
    }

    @Test("Without a header there is no count either")
    func tuplesOnly() {
        #expect(
            render([("a", .int)], [[.int(1)]], .psql) { $0.showsHeader = false } == " 1\n\n")
    }
}

@Suite struct PlainModeTests {
    @Test("CSV quotes what needs it and tells NULL from empty")
    func csv() {
        let text = render(
            [("a", .text), ("b,c", .int), ("v", .vector(2))],
            [
                [.text("x \"y\", z"), .int(1), .vector([1, 2.5])],
                [.text(""), .null, .null],
                [.text("two\nlines"), .int(2), .null],
            ], .csv)
        #expect(
            text == """
                a,"b,c",v
                "x ""y"", z",1,"[1,2.5]"
                "",,
                "two
                lines",2,

                """)
    }

    @Test("TSV escapes as COPY does")
    func tsv() {
        let text = render(
            [("a", .text), ("b", .boolean)],
            [[.text("x\ty\\z\n"), .bool(true)], [.null, .bool(false)]], .tsv)
        #expect(text == "a\tb\nx\\ty\\\\z\\n\ttrue\n\\N\tfalse\n")
        #expect(render([("a", .int)], [[.int(1)]], .tsv) { $0.showsHeader = false } == "1\n")
    }

    @Test("JSON is one array, lines are one object each, vectors in full")
    func json() {
        let columns: [(String, ValueType)] = [
            ("id", .bigint), ("t", .text), ("x", .double), ("v", .vector(3)), ("j", .jsonb),
        ]
        let rows: [[Value]] = [
            [
                .int(1), .text("a\"b\n"), .double(0.5), .vector([1, 0.5, -2]),
                .json(.object(JSONObject([.init(key: "k", value: .array([.int(1), .null]))]))),
            ],
            [.int(9_007_199_254_740_993), .null, .double(.nan), .null, .null],
        ]
        #expect(
            render(columns, rows, .jsonl) == """
                {"id":1,"t":"a\\"b\\n","x":0.5,"v":[1,0.5,-2],"j":{"k":[1,null]}}
                {"id":9007199254740993,"t":null,"x":"NaN","v":null,"j":null}

                """)
        #expect(
            render([("id", .bigint)], [[.int(1)], [.int(2)]], .json)
                == "[\n  {\"id\": 1},\n  {\"id\": 2}\n]\n")
        #expect(render([("id", .bigint)], [], .json) == "[]\n")
    }

    @Test("Markdown is padded and escapes bars")
    func markdown() {
        #expect(
            render([("id", .bigint), ("name", .text)], [[.int(7), .text("a|b")]], .markdown)
                == """
                |  id | name |
                | --: | :--- |
                |   7 | a\\|b |

                """)
    }

    @Test("Lines name every value")
    func line() {
        #expect(
            render(
                [("id", .bigint), ("name", .text)], [[.int(1), .text("a")], [.int(2), .null]], .line
            )
                == "  id = 1\nname = a\n\n  id = 2\nname = \n")
    }
}

@Suite struct SummaryTests {
    @Test("The footer tells rows, time, plan, exactness and work")
    func footer() {
        var summary = StatementSummary(
            tag: "SELECT 2", rowCount: 2, plan: "exact(docs.embedding)", visited: 12_345,
            elapsedNanoseconds: 210_000)
        #expect(
            SummaryLine.text(summary, hasRows: true, isTimed: true)
                == "2 rows · 0.21 ms · exact(docs.embedding) · 12,345 visited")
        summary.isExact = false
        summary.truncated = "timeout"
        summary.distances = 1_031
        summary.rowCount = 1
        #expect(
            SummaryLine.text(summary, hasRows: true, isTimed: true)
                == "1 row · 0.21 ms · exact(docs.embedding) · approximate · cut short: timeout "
                + "· 12,345 visited · 1,031 distances")
        #expect(
            SummaryLine.text(.init(tag: "INSERT 0 1"), hasRows: false, isTimed: false)
                == "INSERT 0 1")
    }

    @Test(
        "Durations have about three digits",
        arguments: [
            (0, "0.00 ms"), (35_140_000, "35.1 ms"), (999_000_000, "999 ms"),
            (2_350_000_000, "2.35 s"), (187_000_000_000, "3:07 min"),
            (3_723_000_000_000, "1:02:03 min"),
        ] as [(Int64, String)])
    func durations(_ nanoseconds: Int64, _ expected: String) {
        #expect(DecimalText.duration(nanoseconds: nanoseconds) == expected)
    }

    @Test("Progress says share, rows, rate and time left, within the terminal")
    func progress() {
        let line = ProgressLine(label: "COPY packages")
        let progress = StatementProgress(rowsDone: 39_412, rowsTotal: nil, fraction: 0.62)
        #expect(
            line.text(progress, seconds: 1.6212, columns: 100)
                == "COPY packages  ██████░░░░  62 %  39,412 rows  24,310 rows/s  ETA 0:01")
        #expect(line.text(progress, seconds: 2, columns: 20) == "COPY packages  █████")
        #expect(
            line.text(.init(rowsDone: 5), seconds: 0, columns: 80) == "COPY packages  5 rows")
        #expect(
            line.text(.init(rowsDone: 5, rowsTotal: 10), seconds: 1, columns: 80)
                == "COPY packages  █████░░░░░  50 %  5 rows  5 rows/s  ETA 0:01")
    }
}
