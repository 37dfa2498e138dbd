import Testing

/// The rules themselves: what each one finds, and what it leaves alone.
struct RuleProofTests {
    private func swift(
        _ text: String, at path: String = "Sources/NeedletailText/Sample.swift"
    )
        -> TextFile
    {
        TextFile(path: path, text: text)
    }

    @Test(
        "a trap is found",
        arguments: [
            "let value = try! load()", "let name = names.first!", "let last = table[3]!",
            "let text = value as! String", "fatalError(\"never\")", "var view: View!",
            "call(value!, 2)", "print(\"hello\")", "let text = \"\\(names.first!)\"",
        ])
    func findsTraps(line: String) {
        #expect(TrapRules.findings(in: swift(line)).count == 1)
    }

    @Test(
        "what only looks like a trap is left alone",
        arguments: [
            "if left != right { return }", "guard !done, !(a && b) else { return }",
            "// do not use try! here", "let text = \"stop!\"", "file.print(line)",
            "func print(_ line: String) {}", "let raw = #\"as! \"quoted\" !\"#",
            "let same = left !== right", "let flags = [!first, !second]", "fingerprint(value)",
        ])
    func leavesOthersAlone(line: String) {
        #expect(TrapRules.findings(in: swift(line)).map(\.remedy) == [])
    }

    @Test("the prompt may print, and so may a target with a function of that name")
    func somePrint() {
        let files = [
            swift("func print(_ call: Call) {}", at: "Sources/NeedletailSyntax/Printer.swift"),
            swift("print(1)", at: "Sources/NeedletailWire/Frame.swift"),
        ]
        #expect(
            TrapRules.printingTargets(among: files)
                == ["NeedletailShell", "NeedletailTool", "NeedletailSyntax"])
        #expect(TrapRules.findings(in: files[1], mayPrint: true).isEmpty)
    }

    @Test(
        "unsafe code without its sentence is found",
        arguments: [
            ("func f(_ p: UnsafeRawPointer) {}", 1),
            ("// SAFETY: the caller keeps it alive.\nfunc f(_ p: UnsafeRawPointer) {}", 0),
            ("// SAFETY: ok\nfunc f(_ p: UnsafeRawPointer) {}", 1),
            ("final class Box: @unchecked Sendable {}", 1),
            ("// SAFETY: the lock guards both fields.\nfinal class Box: @unchecked Sendable {}", 0),
            ("// Unsafe is only a word here\nlet a = \"UnsafePointer\"", 0),
        ])
    func findsUnexplained(text: String, count: Int) {
        #expect(SafetyRules.findings(in: swift(text)).count == count)
    }

    @Test("a sentence far from an unchecked promise does not count")
    func distanceMatters() {
        let gap = String(repeating: "\n", count: 20)
        let text =
            "// SAFETY: the lock guards both fields.\(gap)final class A: @unchecked Sendable {}"
        #expect(SafetyRules.findings(in: swift(text)).map(\.line) == [21])
    }

    @Test(
        "an open end or old code in a comment is found",
        arguments: [
            ("// " + "TODO: later", 1), ("// " + "TODO(#12): the format has no room for it yet", 0),
            ("// let total = 3", 1), ("// for row in rows {", 1), ("// }", 1), ("// f(x);", 1),
            ("/// let total = 3", 0), ("// let the caller decide", 0), ("// return early", 1),
            ("// the rest may return early", 0), ("let a = \"// }\"", 0),
        ])
    func findsOldCode(text: String, count: Int) {
        #expect(CommentRules.findings(in: swift(text)).count == count)
    }

    @Test(
        "a name that says nothing is found",
        arguments: [
            ("struct PathUtils {}", 1), ("enum JSONHelper {}", 1),
            ("final class PoolManager {}", 1),
            ("protocol BaseCursor {}", 1), ("struct ScanV2 {}", 1), ("enum Base64 {}", 0),
            ("struct CommonTable {}", 0), ("struct Database {}", 0), ("struct Baseline {}", 0),
            ("let manager = 1", 0),
        ])
    func findsEmptyNames(text: String, count: Int) {
        #expect(NameRules.findings(in: swift(text)).count == count)
    }

    @Test("a file name is judged like a type's")
    func judgesFileNames() {
        let file = swift("", at: "Sources/NeedletailText/StringUtils.swift")
        #expect(NameRules.findings(in: file).count == 1)
    }

    @Test("too long a file, a line and a function are found")
    func findsLongOnes() {
        let body = Array(repeating: "    work()", count: 70)
        let long = (["func f() {"] + body + ["}"]).joined(separator: "\n")
        #expect(ShapeRules.findings(in: swift(long)).map(\.line) == [1])
        let wide = "let a = \"" + String(repeating: "x", count: 92) + "\""
        #expect(ShapeRules.findings(in: swift(wide)).map(\.line) == [1])
        let tall = String(repeating: "\n", count: 401)
        #expect(ShapeRules.findings(in: swift(tall)).map(\.line) == [401])
    }

    @Test(
        "a place on one machine is found",
        arguments: [
            ("see /" + "work/notes", 1), ("cd /" + "root", 1), ("`/" + "home/me`", 1),
            ("\"/" + "tmp/x\"", 1), ("TMPDIR or \"/" + "tmp\"", 0), ("a/work/b", 0),
            ("https://example.org/home/", 0), ("and/or", 0), ("/workers", 0), ("~/home", 0),
        ])
    func findsMachinePaths(text: String, count: Int) {
        #expect(ProseRules.machinePaths(in: TextFile(path: "a.md", text: text)).count == count)
    }

    @Test(
        "a page without exactly one title is found",
        arguments: [
            ("# One\n\n## Two", 0), ("## Two", 1), ("# One\n# Two", 1),
            ("# One\n```sh\n# a comment\n```", 0),
        ])
    func findsTitles(text: String, count: Int) {
        #expect(ProseRules.titles(in: TextFile(path: "a.md", text: text)).count == count)
    }

    @Test(
        "a path that is not there is found",
        arguments: [
            ("`Sources/NeedletailCore`", 0), ("`Sources/Nowhere/File.swift`", 1),
            ("`Package.swift`", 0), ("`Nowhere.swift`", 1), ("[code](Sources/)", 0),
            ("[code](Sources/Nowhere)", 1), ("[site](https://example.org)", 0),
            ("`and/or`", 0), ("`.build/release/needletail`", 0), ("`SELECT 1`", 0),
            ("```\n`Sources/Nowhere`\n```", 0),
        ])
    func findsMissingPaths(text: String, count: Int) {
        let file = TextFile(path: "a.md", text: text)
        #expect(ProseRules.missingPaths(in: file, of: Repository.current).count == count)
    }
}
