/// Tables in the Markdown of GitHub, padded so that they also read well as text.
package struct MarkdownDrawing: TableDrawing {
    package let cells: CellText

    package init(settings: DisplaySettings) {
        cells = CellText(
            vectors: settings.vectors, nullText: settings.nullText ?? "", booleans: .words,
            isRounded: true, breaks: .kept)
    }

    package func fit(_ table: TableShape) -> [Int]? {
        // Room for the escapes is not measured: Markdown needs no exact alignment.
        table.naturalWidths.map { max($0, 3) }
    }

    package func header(_ table: TableShape, widths: [Int]) -> String {
        let names = table.names.indices.map { index in
            padded(
                Self.escape(table.names[index]), to: widths[index], right: table.isNumeric(index))
        }
        let marks = widths.indices.map { index in
            let dashes = String(repeating: "-", count: widths[index] - 1)
            return table.isNumeric(index) ? dashes + ":" : ":" + dashes
        }
        return line(names) + line(marks)
    }

    package func row(_ cells: [Cell], _ table: TableShape, widths: [Int]) -> String {
        line(
            cells.indices.map { index in
                let text = Self.escape(cells[index].text)
                return padded(text, to: widths[index], right: table.isNumeric(index))
            })
    }

    package func footer(_ table: TableShape, widths: [Int], rowCount: Int) -> String { "" }

    package func record(_ cells: [Cell], number: Int, _ table: TableShape) -> String {
        var text = number == 1 ? "" : "\n"
        text += "| | row \(number) |\n|:--|:--|\n"
        for (index, cell) in cells.enumerated() {
            text += "| \(Self.escape(table.names[index])) | \(Self.escape(cell.text)) |\n"
        }
        return text
    }

    package func recordFooter(rowCount: Int) -> String { "" }

    private func line(_ cells: [String]) -> String {
        "| " + cells.joined(separator: " | ") + " |\n"
    }

    private static func escape(_ text: String) -> String {
        guard text.contains(where: { $0 == "|" || $0 == "\n" }) else { return text }
        var escaped = ""
        for character in text {
            switch character {
            case "|": escaped += "\\|"
            case "\n": escaped += "<br>"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
