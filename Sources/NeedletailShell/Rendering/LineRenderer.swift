package import NeedletailCore

/// One `name = value` to a line, an empty line between records; names set to the right.
package struct LineRenderer: ResultRenderer {
    private let cells: CellText
    private var columns: [Column] = []
    private var names: [String] = []
    private var rowCount = 0

    package init(settings: DisplaySettings) {
        cells = CellText(
            vectors: settings.vectors, nullText: settings.nullText ?? "", booleans: .words,
            isRounded: false, breaks: .kept)
    }

    package mutating func begin(_ columns: [Column], to output: any TextOutput) {
        self.columns = columns
        let visible = columns.map { ControlSigns.visible($0.name, breaks: .signs) }
        let width = visible.reduce(0) { max($0, DisplayWidth.columns(of: $1)) }
        names = visible.map { padded($0, to: width, right: true) }
    }

    package mutating func add(_ values: [Value], to output: any TextOutput) {
        var text = rowCount == 0 ? "" : "\n"
        for (index, value) in values.enumerated() where index < columns.count {
            text += "\(names[index]) = \(cells.cell(value, type: columns[index].type).text)\n"
        }
        rowCount += 1
        output.write(text)
    }

    package mutating func end(to output: any TextOutput) {}
}
