import NeedletailCore

/// Tables in frames, cut to fit the terminal.
package struct BoxDrawing: TableDrawing {
    /// The least columns a cut column keeps before the table counts as too wide.
    private static let leastWidth = 8
    private static let leastVectorWidth = 16

    private let settings: DisplaySettings
    package let cells: CellText

    package init(settings: DisplaySettings) {
        self.settings = settings
        cells = CellText(
            vectors: settings.vectors, nullText: settings.nullText ?? "∅", booleans: .words,
            isRounded: true, breaks: .signs)
    }

    package func fit(_ table: TableShape) -> [Int]? {
        let natural = table.naturalWidths
        guard let total = settings.tableColumns else { return natural }
        let available = total - 3 * natural.count - 1
        if natural.reduce(0, +) <= available { return natural }
        let floors = natural.indices.map { index in
            let type = table.columns[index].type
            if type.isNumeric { return natural[index] }
            let least = type.isVector ? Self.leastVectorWidth : Self.leastWidth
            return min(natural[index], max(least, min(table.nameWidths[index], 2 * least)))
        }
        let spare = available - floors.reduce(0, +)
        guard spare < 0 else { return Self.share(spare, floors: floors, natural: natural) }
        if settings.expanded == .auto { return nil }
        return Self.share(0, floors: floors.map { min($0, Self.leastWidth) }, natural: natural)
    }

    /// Spreads `spare` columns over those that want more, evenly, the left ones first.
    private static func share(_ spare: Int, floors: [Int], natural: [Int]) -> [Int] {
        var widths = floors
        var spare = spare
        while spare > 0 {
            let hungry = widths.indices.filter { widths[$0] < natural[$0] }
            if hungry.isEmpty { break }
            let each = max(1, spare / hungry.count)
            for index in hungry where spare > 0 {
                let grant = min(each, natural[index] - widths[index], spare)
                widths[index] += grant
                spare -= grant
            }
        }
        return widths
    }

    package func header(_ table: TableShape, widths: [Int]) -> String {
        let top = rule(widths, "┌", "┬", "┐")
        guard settings.showsHeader else { return top }
        let names = table.names.indices.map { index in
            let name = Self.cut(table.names[index], to: widths[index])
            let text = padded(name, to: widths[index], right: table.isNumeric(index))
            return settings.palette.paint(text, .prompt)
        }
        return top + line(names) + rule(widths, "├", "┼", "┤")
    }

    package func row(_ cells: [Cell], _ table: TableShape, widths: [Int]) -> String {
        line(
            cells.indices.map { index in
                let text = Self.cut(cells[index].text, to: widths[index])
                let right = table.isNumeric(index)
                let cell = padded(text, to: widths[index], right: right)
                return cells[index].isNull ? settings.palette.paint(cell, .faint) : cell
            })
    }

    package func footer(_ table: TableShape, widths: [Int], rowCount: Int) -> String {
        rule(widths, "└", "┴", "┘")
    }

    package func record(_ cells: [Cell], number: Int, _ table: TableShape) -> String {
        let nameWidth = table.nameWidths.max() ?? 0
        let bar = settings.palette.paint("│", .faint)
        let title = "─[ \(number) ]"
        let length = min(nameWidth + 3 + min(table.valueWidth, 40), settings.tableColumns ?? .max)
        let dashes = String(repeating: "─", count: max(length - title.count, 3))
        var text = settings.palette.paint(title + dashes, .faint) + "\n"
        for (index, cell) in cells.enumerated() {
            let name = padded(table.names[index], to: nameWidth, right: false)
            let room = settings.tableColumns.map { max($0 - nameWidth - 3, Self.leastWidth) }
            let value = room.map { Self.cut(cell.text, to: $0) } ?? cell.text
            let shown = cell.isNull ? settings.palette.paint(value, .faint) : value
            text += "\(settings.palette.paint(name, .prompt)) \(bar) \(shown)\n"
        }
        return text
    }

    package func recordFooter(rowCount: Int) -> String { "" }

    private func rule(_ widths: [Int], _ left: String, _ middle: String, _ right: String) -> String
    {
        let pieces = widths.map { String(repeating: "─", count: $0 + 2) }
        let text = left + pieces.joined(separator: middle) + right
        return settings.palette.paint(text, .faint) + "\n"
    }

    private func line(_ cells: [String]) -> String {
        let bar = settings.palette.paint("│", .faint)
        return "\(bar) " + cells.joined(separator: " \(bar) ") + " \(bar)\n"
    }

    /// `text`, ended by an ellipsis where it is wider than `width`.
    static func cut(_ text: String, to width: Int) -> String {
        if text.utf8.count <= width || DisplayWidth.columns(of: text) <= width { return text }
        return DisplayWidth.prefix(of: text, columns: max(width - 1, 0)) + "…"
    }
}
