/// The part of a line that is shown around a mark.
struct SourceWindow {
    private static let columnsMax = 100
    /// Columns kept in front of the mark where the line must be cut.
    private static let columnsBefore = 60

    let source: String
    let underline: String

    /// Cuts a line that is given in three parts.
    init(before: String, marked: String, after: String) {
        let cells = Self.cells(before, startingAt: 0)
        let start = cells.reduce(0) { $0 + $1.columns }
        let markedCells = Self.cells(marked, startingAt: start)
        let width = markedCells.reduce(0) { $0 + $1.columns }
        let afterCells = Self.cells(after, startingAt: start + width)
        let total = start + width + afterCells.reduce(0) { $0 + $1.columns }

        var head = cells[...]
        var lead = start
        if total > Self.columnsMax {
            while lead > Self.columnsBefore, let first = head.first {
                lead -= first.columns
                head = head.dropFirst()
            }
        }
        let isHeadCut = head.count < cells.count
        var tail = (markedCells + afterCells)[...]
        var length = lead + total - start
        while length > Self.columnsMax, let last = tail.last {
            length -= last.columns
            tail = tail.dropLast()
        }
        let isTailCut = tail.count < markedCells.count + afterCells.count
        source =
            (isHeadCut ? "…" : "") + head.map(\.text).joined() + tail.map(\.text).joined()
            + (isTailCut ? "…" : "")
        let shown = min(width, max(0, length - lead))
        underline =
            String(repeating: " ", count: lead + (isHeadCut ? 1 : 0))
            + String(repeating: "^", count: max(1, shown))
    }

    private struct Cell {
        let text: String
        let columns: Int
    }

    /// Characters as a terminal shows them, a tab as the blanks up to the next multiple of eight.
    private static func cells(_ text: String, startingAt start: Int) -> [Cell] {
        var cells: [Cell] = []
        var column = start
        for character in text {
            let cell: Cell
            if character == "\t" {
                let blanks = 8 - column % 8
                cell = Cell(text: String(repeating: " ", count: blanks), columns: blanks)
            } else if character.unicodeScalars.allSatisfy({ $0.value < 0x20 || $0.value == 0x7F }) {
                cell = Cell(text: "\u{FFFD}", columns: 1)
            } else {
                cell = Cell(text: String(character), columns: columns(of: character))
            }
            cells.append(cell)
            column += cell.columns
        }
        return cells
    }

    /// Columns of a terminal that a character takes: two for the wide ones of East Asia and for
    /// emoji (Unicode Standard Annex 11), none for a mark without a base.
    private static func columns(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF,
            0x20000...0x3FFFD:
            return 2
        default:
            if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
            switch first.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: return 0
            default: return 1
            }
        }
    }
}
