import NeedletailCore
import NeedletailShell
import Testing

@Suite struct EditorFrameTests {
    private func frame(
        _ text: String, columns: Int = 20, rows: Int = 10, cursor: Int? = nil
    ) -> EditorFrame {
        var editor = EditorScript("", text: text).editor
        if let cursor {
            for _ in 0..<(editor.buffer.characters.count - cursor) { _ = editor.handle(.left) }
        }
        return editor.frame(columns: columns, rows: rows, palette: .plain)
    }

    @Test("Each line has its prompt, and the cursor is behind the text")
    func lines() {
        let frame = frame("select\n1")
        #expect(frame.rows.map(\.text) == ["=> select", "-> 1"])
        #expect((frame.cursorRow, frame.cursorColumn) == (1, 4))
    }

    @Test("Long lines wrap at the terminal's edge, wide characters whole")
    func wrapping() {
        let ascii = frame("abcdefghij", columns: 8)
        #expect(ascii.rows.map(\.text) == ["=> abcde", "fghij"])
        let wide = frame("日本語日本", columns: 8)
        #expect(wide.rows.map(\.text) == ["=> 日本", "語日本"])
        #expect(wide.rows.map(\.width) == [7, 6])
        #expect((wide.cursorRow, wide.cursorColumn) == (1, 6))
    }

    @Test("A line that ends at the edge puts the cursor on the next row")
    func fullRow() {
        let frame = frame("abcde", columns: 8)
        #expect(frame.rows.map(\.text) == ["=> abcde", ""])
        #expect((frame.cursorRow, frame.cursorColumn) == (1, 0))
    }

    @Test("Where the text is taller than the terminal, the cursor's part is shown")
    func tall() {
        let text = (0..<30).map { "line\($0)" }.joined(separator: "\n")
        let frame = frame(text, columns: 20, rows: 5)
        #expect(frame.rows.count == 5)
        #expect(frame.rows[frame.cursorRow].text == "-> line29")
    }

    @Test("Tabs and controls are drawn as cells")
    func controls() {
        #expect(frame("a\tb").rows[0].text == "=> a    b")
    }

    @Test("Candidates stand in columns below")
    func candidates() {
        let language = TestLanguage()
        language.words = ["alpha", "beta", "gamma", "delta"].map { "x" + $0 }
        let editor = EditorScript("x<tab>", language: language).editor
        let frame = editor.frame(columns: 20, rows: 10, palette: .plain)
        #expect(frame.rows.map(\.text) == ["=> x", "xalpha  xgamma", "xbeta   xdelta"])
        #expect((frame.cursorRow, frame.cursorColumn) == (0, 4))
    }

    @Test("What is painted is what the frame says, after any keys", arguments: [1, 2, 3, 4, 5, 6])
    func painting(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let columns = Int.random(in: 6...30, using: &generator)
        var editor = EditorScript("", history: ["one;", "two\nlines\nlong;"]).editor
        var painter = FramePainter()
        var screen = ScreenModel(columns: columns, rows: 12)
        let keys: [Key] = [
            .text("a"), .text("b c"), .text("word "), .enter, .left, .right, .up, .down,
            .backspace, .delete, .home, .end, .control("k"), .control("w"), .control("y"),
            .paste("pasted\ntext of two lines"), .control("r"), .escape, .control("u"),
        ]
        for step in 0..<400 {
            _ = editor.handle(keys.randomElement(using: &generator) ?? .left)
            let frame = editor.frame(columns: columns, rows: 12, palette: Palette(isColoured: true))
            screen.write(painter.paint(frame))
            let plain = editor.frame(columns: columns, rows: 12, palette: .plain)
            var expected = plain.rows.map { row in
                var text = row.text
                while text.hasSuffix(" ") { text.removeLast() }
                return text
            }
            while expected.last == "" { expected.removeLast() }
            // The frame may have scrolled the screen: it ends where its last row is.
            let top = screen.row - plain.cursorRow
            let shown = Array(screen.lines.dropFirst(max(top, 0)))
            #expect(shown == expected, "seed \(seed), step \(step)")
            #expect(screen.column == plain.cursorColumn, "seed \(seed), step \(step)")
            if shown != expected { return }
        }
    }
}
