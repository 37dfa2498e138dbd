/// Writes frames to a terminal, each over the one before, redrawing only rows that changed.
package struct FramePainter {
    private var shown: EditorFrame?

    package init() {}

    /// The bytes that turn what is on the screen into `frame`.
    ///
    /// The first frame starts on the cursor's line, over what stands there.
    package mutating func paint(_ frame: EditorFrame) -> String {
        var output = ""
        let old = shown?.rows ?? []
        if let shown { output += Self.up(shown.cursorRow) }
        output += "\r"
        for (index, row) in frame.rows.enumerated() {
            if index > 0 { output += "\r\n" }
            if index < old.count, old[index] == row { continue }
            output += "\u{1B}[0K" + row.text
        }
        // What the old frame had below is gone; so is a prompt that wrapped before a resize.
        output += frame.rows.count < old.count ? "\r\n\u{1B}[0J" + Self.up(1) : ""
        output += Self.up(frame.rows.count - 1 - frame.cursorRow) + "\r"
        if frame.cursorColumn > 0 { output += "\u{1B}[\(frame.cursorColumn)C" }
        shown = frame
        return output
    }

    /// The bytes that leave the cursor on a fresh line below the frame.
    package mutating func finish() -> String {
        defer { shown = nil }
        guard let shown else { return "" }
        let below = shown.rows.count - 1 - shown.cursorRow
        return (below > 0 ? "\u{1B}[\(below)B" : "") + "\r\n"
    }

    /// After the terminal was resized: goes to where the frame may start now and clears from there.
    /// Terminals differ in how they rewrap, so the rows are counted anew for the new width.
    package mutating func resized(columns: Int) -> String {
        defer { shown = nil }
        guard let shown else { return "" }
        let columns = max(columns, 1)
        let above = shown.rows.prefix(shown.cursorRow).reduce(0) {
            $0 + max(1, ($1.width + columns - 1) / columns)
        }
        return Self.up(above + shown.cursorColumn / columns) + "\r\u{1B}[0J"
    }

    /// Forgets what is on the screen, after it was cleared.
    package mutating func cleared() { shown = nil }

    private static func up(_ count: Int) -> String { count > 0 ? "\u{1B}[\(count)A" : "" }
}
