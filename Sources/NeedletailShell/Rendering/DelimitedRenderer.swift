package import NeedletailCore

/// Comma- or tab-separated values, row by row, vectors in full.
///
/// CSV follows RFC 4180 with `\n` line ends; NULL is empty and an empty text is `""`. TSV escapes
/// as PostgreSQL's `COPY` does: `\t`, `\n`, `\r`, `\\`, and `\N` for NULL.
package struct DelimitedRenderer: ResultRenderer {
    package enum Style: Sendable { case csv, tsv }

    private let style: Style
    private let showsHeader: Bool
    private let cells: CellText
    private var columns: [Column] = []

    package init(style: Style, settings: DisplaySettings) {
        self.style = style
        showsHeader = settings.showsHeader
        cells = CellText(
            vectors: .full, nullText: settings.nullText ?? (style == .csv ? "" : "\\N"),
            booleans: .words, isRounded: false, breaks: .kept)
    }

    package mutating func begin(_ columns: [Column], to output: any TextOutput) {
        self.columns = columns
        guard showsHeader, !columns.isEmpty else { return }
        output.write(line(columns.map { escape($0.name) }))
    }

    package mutating func add(_ values: [Value], to output: any TextOutput) {
        output.write(
            line(
                zip(values, columns).map { value, column in
                    let cell = cells.rawCell(value, type: column.type)
                    return cell.isNull ? cell.text : escape(cell.text)
                }))
    }

    package mutating func end(to output: any TextOutput) {}

    private func line(_ cells: [String]) -> String {
        cells.joined(separator: style == .csv ? "," : "\t") + "\n"
    }

    private func escape(_ text: String) -> String {
        switch style {
        case .csv: Self.quoted(text)
        case .tsv: Self.escaped(text)
        }
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.utf8.contains {
            $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D
        }
        guard needsQuotes || text.isEmpty else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D })
        else {
            return text
        }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\t": escaped += "\\t"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
