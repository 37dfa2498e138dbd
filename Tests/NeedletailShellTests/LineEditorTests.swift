import NeedletailShell
import Testing

@Suite struct LineEditorTests {
    @Test(
        "Editing keys do what they do in Emacs",
        arguments: [
            ("abc", "abc|"),
            ("abc<C-a>x", "x|abc"),
            ("abc<home><C-e>x", "abcx|"),
            ("abc<C-b><C-b>x", "ax|bc"),
            ("abc<left><left><right>x", "abx|c"),
            ("abc<bs><C-h>", "a|"),
            ("abc<C-a><del><C-d>", "|c"),
            ("one two<M-b>x", "one x|two"),
            ("one two<C-a><M-f>x", "onex| two"),
            ("one two<c-left><c-left>x", "x|one two"),
            ("one two<C-a><C-k>", "|"),
            ("one two<C-a><C-k><C-y><C-y>", "one twoone two|"),
            ("one two<C-u>x", "x|"),
            ("a one.two<C-w>", "a |"),
            ("a b c<C-w><C-w><C-y>", "a b c|"),
            ("one two<C-a><M-d>", "| two"),
            ("one two<C-a><M-d><M-d><C-y>", "one two|"),
            ("one two<M-\u{7F}>", "one |"),
            ("abc<C-t>", "acb|"),
            ("abc<C-a><C-f><C-t>", "ba|c"),
            ("a<M-\r>b<C-a><bs>", "a|b"),
            ("a<enter>b<C-a><C-u><up><C-k><C-k>", "|b"),
            ("ab<M-<>x<M->>y", "xaby|"),
        ])
    func editing(_ script: String, _ expected: String) {
        // `<M-<>` and `<M->>` hold the brackets themselves.
        let readable =
            script.replacing("<M-<>", with: "<home>").replacing("<M->>", with: "<end>")
        #expect(EditorScript(readable).picture == expected)
    }

    @Test("Enter starts a line until the text is whole")
    func multiline() {
        let script = EditorScript("select<enter>1;<enter>")
        #expect(script.outcomes[6] == .draw)
        #expect(script.submitted == "select\n1;")
    }

    @Test("Up and down stay in the text before they leave for the history")
    func verticalMotion() {
        #expect(
            EditorScript("abcd<enter>ef<up>", history: ["old;"]).picture == "ab|cd\nef")
        #expect(EditorScript("abcd<enter>ef<up><up>", history: ["old;"]).picture == "old;|")
        #expect(
            EditorScript("abcd<enter>ef<up><up><down>", history: ["old;"]).picture
                == "abcd\nef|")
    }

    @Test("History keeps the draft, and multi-line entries come back whole")
    func recall() {
        let history = ["first;", "two\nlines;"]
        #expect(EditorScript("dra<up>", history: history).picture == "two\nlines;|")
        #expect(EditorScript("dra<up><up><up>", history: history).picture == "first;|")
        #expect(EditorScript("dra<up><up><up><down><down>", history: history).picture == "dra|")
        #expect(EditorScript("<up><up><up><up>", history: history).outcomes.last == .bell)
    }

    @Test("Control-C, Control-D, Control-L and Control-Z are the caller's")
    func outcomes() {
        #expect(EditorScript("a<C-c>").outcomes.last == .interrupt)
        #expect(EditorScript("<C-d>").outcomes.last == .endOfInput)
        #expect(EditorScript("a<C-d>").outcomes.last == .bell)
        #expect(EditorScript("a<C-l>").outcomes.last == .clearScreen)
        #expect(EditorScript("a<C-z>").outcomes.last == .suspend)
    }

    @Test("Combining marks join their letter, and one key removes both")
    func combining() {
        var editor = EditorScript("xe").editor
        _ = editor.handle(.text("\u{301}"))
        #expect(editor.buffer.characters.count == 2)
        #expect(editor.buffer.cursor == 2)
        _ = editor.handle(.backspace)
        #expect(editor.buffer.text == "x")
    }

    @Test("A paste goes in as it is, without its control characters")
    func paste() {
        var editor = EditorScript("").editor
        _ = editor.handle(.paste("select 1;\nselect\t2;\u{1B}\u{7}"))
        #expect(editor.buffer.text == "select 1;\nselect\t2;")
    }
}

@Suite struct HistorySearchTests {
    private let history = ["select a;", "delete b;", "select c;"]

    @Test(
        "Control-R finds the newest entry first, then older ones",
        arguments: [
            ("<C-r>sel", "|select c;"),
            ("<C-r>sel<C-r>", "|select a;"),
            ("<C-r>sel<C-r><C-r>", "|select a;"),
            ("<C-r>dex<bs>", "|delete b;"),
            ("draft<C-r>sel<C-g>", "draft|"),
            ("draft<C-r>sel<C-c>", "draft|"),
            ("<C-r>sel<esc>x", "x|select c;"),
            ("<C-r>sel<right>", "s|elect c;"),
            ("<C-r>b<up>", "select a;|"),
        ])
    func search(_ script: String, _ expected: String) {
        #expect(EditorScript(script, history: history).picture == expected)
    }

    @Test("Enter runs what was found")
    func enter() {
        #expect(EditorScript("<C-r>del<enter>", history: history).submitted == "delete b;")
    }

    @Test("A search without a match says so")
    func failure() {
        let script = EditorScript("<C-r>zzz", history: history)
        #expect(script.outcomes.last == .bell)
        let frame = script.editor.frame(columns: 60, rows: 10, palette: .plain)
        #expect(frame.rows[0].text == "(failed reverse-i-search)`zzz': ")
    }
}

@Suite struct EditorCompletionTests {
    private func language(_ words: [String]) -> TestLanguage {
        let language = TestLanguage()
        language.words = words
        return language
    }

    @Test("A single candidate is taken, with a space behind")
    func single() {
        let script = EditorScript("x ta<tab>y", language: language(["table", "other"]))
        #expect(script.picture == "x table y|")
    }

    @Test("Several candidates complete what they share, then are listed")
    func several() {
        let words = language(["embed", "embedding", "other"])
        #expect(EditorScript("e<tab>", language: words).picture == "embed|")
        #expect(EditorScript("e<tab>", language: words).editor.candidates.isEmpty)
        let listed = EditorScript("e<tab><tab>", language: words).editor
        #expect(listed.candidates == ["embed", "embedding"])
        #expect(EditorScript("e<tab><tab>d", language: words).editor.candidates.isEmpty)
    }

    @Test("Nothing to complete rings the bell")
    func none() {
        #expect(EditorScript("q<tab>", language: language(["table"])).outcomes.last == .bell)
    }
}
