package import NeedletailCore

/// What a table looks like, line by line. Widths are in columns, one for each column.
package protocol TableDrawing {
    var cells: CellText { get }
    /// The widths to draw with, or `nil` where the table does not fit and records should be
    /// shown one below the other.
    func fit(_ table: TableShape) -> [Int]?
    func header(_ table: TableShape, widths: [Int]) -> String
    func row(_ cells: [Cell], _ table: TableShape, widths: [Int]) -> String
    func footer(_ table: TableShape, widths: [Int], rowCount: Int) -> String
    /// One record, expanded; `number` counts from 1.
    func record(_ cells: [Cell], number: Int, _ table: TableShape) -> String
    func recordFooter(rowCount: Int) -> String
}

/// What is known of a table before it is drawn.
package struct TableShape: Sendable {
    /// Column names, made visible.
    package var names: [String]
    package var columns: [Column]
    /// The widest line of each column, header included.
    package var naturalWidths: [Int]

    package var nameWidths: [Int] { names.map { DisplayWidth.columns(of: $0) } }

    /// The widest value of any column.
    package var valueWidth = 0

    init(_ columns: [Column]) {
        self.columns = columns
        names = columns.map { ControlSigns.visible($0.name, breaks: .signs) }
        naturalWidths = names.map { DisplayWidth.columns(of: $0) }
    }

    mutating func measure(_ cells: [Cell]) {
        for (index, cell) in cells.enumerated() where index < naturalWidths.count {
            var widest = 0
            for line in cell.text.split(separator: "\n", omittingEmptySubsequences: false) {
                widest = max(widest, DisplayWidth.columns(of: line))
            }
            naturalWidths[index] = max(naturalWidths[index], widest)
            valueWidth = max(valueWidth, widest)
        }
    }
}

extension TableShape {
    /// Whether the column's values are set to the right, as numbers are.
    package func isNumeric(_ index: Int) -> Bool { columns[index].type.isNumeric }
}

/// Draws tables whose column widths depend on the rows.
///
/// Rows are held back up to a limit; a result within it gets widths from all its rows. Past it, the
/// widths of the first thousand are final and rows stream, so that memory stays bounded.
package struct TableRenderer: ResultRenderer {
    private static let heldRowsMax = 10_000
    private static let heldBytesMax = 32 << 20
    private static let measuredRows = 1_000

    private let settings: DisplaySettings
    private let drawing: any TableDrawing
    private var table = TableShape([])
    private var held: [[Cell]] = []
    private var heldBytes = 0
    private var rowCount = 0
    private var layout = Layout.undecided

    private enum Layout {
        case undecided
        case table([Int])
        case records
    }

    package init(settings: DisplaySettings, drawing: any TableDrawing) {
        self.settings = settings
        self.drawing = drawing
    }

    package mutating func begin(_ columns: [Column], to output: any TextOutput) {
        table = TableShape(columns)
    }

    package mutating func add(_ values: [Value], to output: any TextOutput) {
        let cells = zip(values, table.columns).map { drawing.cells.cell($0, type: $1.type) }
        guard case .undecided = layout else { return draw(cells, to: output) }
        held.append(cells)
        heldBytes += cells.reduce(0) { $0 + $1.text.utf8.count }
        if held.count >= Self.heldRowsMax || heldBytes >= Self.heldBytesMax {
            release(measuring: Self.measuredRows, to: output)
        }
    }

    package mutating func end(to output: any TextOutput) {
        if case .undecided = layout { release(measuring: held.count, to: output) }
        switch layout {
        case .table(let widths):
            output.write(drawing.footer(table, widths: widths, rowCount: rowCount))
        case .records: output.write(drawing.recordFooter(rowCount: rowCount))
        case .undecided: break
        }
    }

    package mutating func abandon(to output: any TextOutput) {
        // Rows still held back are not shown: an error is no result.
        if case .undecided = layout { return }
        end(to: output)
    }

    /// Decides the layout and draws what was held back.
    private mutating func release(measuring count: Int, to output: any TextOutput) {
        for cells in held.prefix(count) { table.measure(cells) }
        if settings.expanded != .on, let widths = drawing.fit(table) {
            layout = .table(widths)
            output.write(drawing.header(table, widths: widths))
        } else {
            layout = .records
        }
        let rows = held
        held = []
        for cells in rows { draw(cells, to: output) }
    }

    private mutating func draw(_ cells: [Cell], to output: any TextOutput) {
        rowCount += 1
        switch layout {
        case .table(let widths): output.write(drawing.row(cells, table, widths: widths))
        case .records: output.write(drawing.record(cells, number: rowCount, table))
        case .undecided: break
        }
    }
}

/// `text` padded to `width` columns.
func padded(_ text: String, to width: Int, right: Bool) -> String {
    let missing = width - DisplayWidth.columns(of: text)
    guard missing > 0 else { return text }
    let spaces = String(repeating: " ", count: missing)
    return right ? spaces + text : text + spaces
}
