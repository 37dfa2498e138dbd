/// A terminal's screen: just enough of one to see what the painter's bytes leave on it.
struct ScreenModel {
    let columns: Int
    let rows: Int
    private(set) var cells: [[String]]
    private(set) var row = 0
    private(set) var column = 0
    /// Set after the last column was written, as terminals wait before they wrap.
    private var isWrapPending = false

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    }

    /// The lines with blanks at their ends removed, and empty ones at the end left out.
    var lines: [String] {
        var lines = cells.map { row in
            var text = row.joined()
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    mutating func write(_ text: String) {
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\r": (column, isWrapPending) = (0, false)
            case "\n": lineFeed()
            case "\u{7}": break
            case "\u{1B}": sequence(&rest)
            default: put(scalar)
            }
        }
    }

    private mutating func lineFeed() {
        isWrapPending = false
        if row + 1 < rows {
            row += 1
        } else {
            cells.removeFirst()
            cells.append(Array(repeating: " ", count: columns))
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        if isWrapPending {
            column = 0
            lineFeed()
        }
        cells[row][column] = String(scalar)
        if column + 1 < columns { column += 1 } else { isWrapPending = true }
    }

    private mutating func sequence(_ rest: inout ArraySlice<Unicode.Scalar>) {
        guard rest.popFirst() == "[" else { return }
        var parameters = ""
        while let scalar = rest.popFirst() {
            if scalar.value < 0x40 {
                parameters.unicodeScalars.append(scalar)
                continue
            }
            act(scalar, Int(parameters) ?? 1)
            return
        }
    }

    private mutating func act(_ final: Unicode.Scalar, _ count: Int) {
        isWrapPending = false
        switch final {
        case "A": row = max(row - count, 0)
        case "B": row = min(row + count, rows - 1)
        case "C": column = min(column + count, columns - 1)
        case "D": column = max(column - count, 0)
        case "K": for index in column..<columns { cells[row][index] = " " }
        case "J":
            for index in column..<columns { cells[row][index] = " " }
            for below in (row + 1)..<max(rows, row + 1) {
                cells[below] = Array(repeating: " ", count: columns)
            }
        default: break
        }
    }
}
