/// Tables byte for byte as psql's aligned format draws them (border 1, ASCII), so that expected
/// outputs of PostgreSQL extensions can be compared.
package struct PsqlDrawing: TableDrawing {
    private let settings: DisplaySettings
    package let cells: CellText

    package init(settings: DisplaySettings) {
        self.settings = settings
        // To a terminal it is for people; in a file or a pipe it is for comparison.
        let vectors = settings.terminalColumns == nil ? VectorStyle.full : settings.vectors
        cells = CellText(
            vectors: vectors, nullText: settings.nullText ?? "", booleans: .letters,
            isRounded: false, breaks: .kept)
    }

    package func fit(_ table: TableShape) -> [Int]? {
        let natural = table.naturalWidths
        guard settings.expanded == .auto, let total = settings.tableColumns else { return natural }
        return natural.reduce(0, +) + 3 * natural.count - 1 <= total ? natural : nil
    }

    package func header(_ table: TableShape, widths: [Int]) -> String {
        guard settings.showsHeader else { return "" }
        let names = table.names.indices.map { index in
            let spare = widths[index] - table.nameWidths[index]
            let left = String(repeating: " ", count: max(spare / 2, 0))
            let right = String(repeating: " ", count: max(spare - spare / 2, 0))
            return " \(left)\(table.names[index])\(right) "
        }
        let dashes = widths.map { String(repeating: "-", count: $0 + 2) }
        if names.isEmpty { return "--\n" }
        return names.joined(separator: "|") + "\n" + dashes.joined(separator: "+") + "\n"
    }

    package func row(_ cells: [Cell], _ table: TableShape, widths: [Int]) -> String {
        let lines = cells.map { $0.text.split(separator: "\n", omittingEmptySubsequences: false) }
        let height = lines.reduce(1) { max($0, $1.count) }
        var text = ""
        for level in 0..<height {
            for (index, cell) in lines.enumerated() {
                let isLast = index == lines.count - 1
                let piece = level < cell.count ? String(cell[level]) : ""
                let continues = level + 1 < cell.count
                let right = table.isNumeric(index) && level < cell.count
                // The last column is padded only where a mark follows.
                let isPadded = right || !isLast || continues
                text += " " + (isPadded ? padded(piece, to: widths[index], right: right) : piece)
                text += continues ? "+" : (isLast ? "" : " ")
                text += isLast ? "" : "|"
            }
            text += "\n"
        }
        return cells.isEmpty ? "" : text
    }

    package func footer(_ table: TableShape, widths: [Int], rowCount: Int) -> String {
        (settings.showsHeader ? Self.count(rowCount) : "") + "\n"
    }

    package func record(_ cells: [Cell], number: Int, _ table: TableShape) -> String {
        let nameWidth = table.nameWidths.max() ?? 0
        var text = settings.showsHeader ? title(number, nameWidth, table.valueWidth) : ""
        if !settings.showsHeader, number > 1 { text += "\n" }
        for (index, cell) in cells.enumerated() {
            let lines = cell.text.split(separator: "\n", omittingEmptySubsequences: false)
            for (level, line) in lines.enumerated() {
                let name = level == 0 ? table.names[index] : ""
                let continues = level + 1 < lines.count
                let value =
                    continues
                    ? padded(String(line), to: table.valueWidth, right: false)
                    : String(line)
                text += padded(name, to: nameWidth, right: false) + " | \(value)"
                text += continues ? "+\n" : "\n"
            }
        }
        return text
    }

    package func recordFooter(rowCount: Int) -> String {
        rowCount == 0 && settings.showsHeader ? Self.count(0) + "\n" : "\n"
    }

    /// `-[ RECORD 1 ]` filled with dashes, a plus over the bar between names and values.
    private func title(_ number: Int, _ nameWidth: Int, _ valueWidth: Int) -> String {
        var line = Array("-[ RECORD \(number) ]")
        let bar = nameWidth + 1
        while line.count < nameWidth + 3 + valueWidth {
            line.append(line.count == bar ? "+" : "-")
        }
        return String(line) + "\n"
    }

    private static func count(_ rows: Int) -> String {
        rows == 1 ? "(1 row)\n" : "(\(rows) rows)\n"
    }
}
