/// What the editor looks like: rows of at most `columns` columns, and where the cursor is.
package struct EditorFrame: Sendable, Hashable {
    package struct Row: Sendable, Hashable {
        /// The row with its colours.
        package var text: String
        /// The columns it takes.
        package var width: Int
    }

    package var rows: [Row]
    package var cursorRow: Int
    package var cursorColumn: Int
}

extension LineEditor {
    /// Draws prompts, text, search line and candidates for a terminal of this size.
    ///
    /// Where there are more rows than fit, those around the cursor are shown.
    package func frame(columns: Int, rows: Int, palette: Palette) -> EditorFrame {
        let columns = max(columns, 2)
        var layout = FrameLayout(columns: columns, palette: palette)
        let text = buffer.text
        let prompts = search.map { [$0.prompt] } ?? language.prompts(for: text)
        let styles = language.styles(for: text)
        layout.addPrompt(prompts.first ?? "", isFirst: true)
        var offset = 0
        var line = 0
        var styleIndex = 0
        for (position, character) in buffer.characters.enumerated() {
            if position == buffer.cursor { layout.markCursor() }
            if character == "\n" {
                line += 1
                layout.breakLine()
                layout.addPrompt(line < prompts.count ? prompts[line] : "", isFirst: false)
            } else {
                while styleIndex < styles.count, styles[styleIndex].range.upperBound <= offset {
                    styleIndex += 1
                }
                let isInside =
                    styleIndex < styles.count && styles[styleIndex].range.contains(offset)
                layout.add(character, isInside ? styles[styleIndex].style : .plain)
            }
            offset += character.utf8.count
        }
        if buffer.cursor == buffer.characters.count { layout.markCursor() }
        var frame = layout.finish()
        frame.addCandidates(candidates, columns: columns, rows: rows, palette: palette)
        frame.keepCursorVisible(rows: max(rows, 1))
        return frame
    }
}

extension HistorySearch {
    fileprivate var prompt: String {
        "(\(failed ? "failed " : "")reverse-i-search)`\(needle)': "
    }
}

extension EditorFrame {
    /// Adds the candidates in columns below the text, as many rows as the screen has left.
    fileprivate mutating func addCandidates(
        _ candidates: [String], columns: Int, rows screenRows: Int, palette: Palette
    ) {
        guard !candidates.isEmpty else { return }
        let widest = candidates.reduce(1) { max($0, DisplayWidth.columns(of: $1)) }
        let perRow = max(1, (columns - 1) / (widest + 2))
        let rowCount = (candidates.count + perRow - 1) / perRow
        let shownRows = min(rowCount, max(1, screenRows - rows.count - 1))
        for row in 0..<shownRows {
            var text = ""
            var width = 0
            for cell in stride(from: row, to: candidates.count, by: rowCount) {
                let name = DisplayWidth.prefix(of: candidates[cell], columns: columns - 1)
                let padding = width == 0 ? 0 : (cell / rowCount) * (widest + 2) - width
                text += String(repeating: " ", count: max(padding, 0)) + name
                width = DisplayWidth.columns(of: text)
            }
            rows.append(Row(text: palette.paint(text, .faint), width: width))
        }
        let hidden = candidates.count - min(candidates.count, shownRows * perRow)
        if hidden > 0 {
            let text = String("… \(hidden) more".prefix(columns - 1))
            rows.append(Row(text: palette.paint(text, .faint), width: text.count))
        }
    }

    fileprivate mutating func keepCursorVisible(rows limit: Int) {
        guard rows.count > limit else { return }
        let first = min(max(cursorRow - limit + 1, 0), rows.count - limit)
        rows = Array(rows[first..<first + limit])
        cursorRow -= first
    }
}

/// Fills rows cell by cell, breaking where the terminal ends.
private struct FrameLayout {
    let columns: Int
    let palette: Palette
    private var rows: [EditorFrame.Row] = []
    private var text = ""
    private var width = 0
    private var run = ""
    private var runStyle = TextStyle.plain
    private var cursor = (row: 0, column: 0)

    init(columns: Int, palette: Palette) {
        self.columns = columns
        self.palette = palette
    }

    mutating func addPrompt(_ prompt: String, isFirst: Bool) {
        for character in prompt { add(character, isFirst ? .prompt : .faint) }
    }

    mutating func add(_ character: Character, _ style: TextStyle) {
        let (shown, cells) = Self.shape(character, at: width)
        if width + cells > columns { breakLine() }
        if style != runStyle { endRun(style) }
        run += shown
        width += cells
        // A full row is ended at once, so that the cursor never sits past the last column.
        if width == columns { breakLine() }
    }

    mutating func markCursor() { cursor = (rows.count, width) }

    mutating func breakLine() {
        endRun(runStyle)
        rows.append(EditorFrame.Row(text: text, width: width))
        text = ""
        width = 0
    }

    mutating func finish() -> EditorFrame {
        breakLine()
        return EditorFrame(rows: rows, cursorRow: cursor.row, cursorColumn: cursor.column)
    }

    private mutating func endRun(_ next: TextStyle) {
        text += palette.paint(run, runStyle)
        run = ""
        runStyle = next
    }

    /// How a character is drawn: tabs as spaces to the next stop, controls as `^X`.
    private static func shape(_ character: Character, at column: Int) -> (String, Int) {
        if character == "\t" {
            let count = 8 - column % 8
            return (String(repeating: " ", count: count), count)
        }
        if let ascii = character.asciiValue, ascii < 0x20 || ascii == 0x7F {
            return ("^" + String(Unicode.Scalar(ascii ^ 0x40)), 2)
        }
        return (String(character), DisplayWidth.columns(of: character))
    }
}
