package import NeedletailCore

/// Turns the rows of one result into text, as they come.
package protocol ResultRenderer {
    /// Called once, before any row.
    mutating func begin(_ columns: [Column], to output: any TextOutput)
    mutating func add(_ values: [Value], to output: any TextOutput)
    /// Called once, when all rows were added.
    mutating func end(to output: any TextOutput)
    /// Called instead when the statement failed half way: closes what was begun.
    mutating func abandon(to output: any TextOutput)
}

extension ResultRenderer {
    package mutating func abandon(to output: any TextOutput) {}
}

/// The renderer of `settings.mode`.
package func makeRenderer(_ settings: DisplaySettings) -> any ResultRenderer {
    switch settings.mode {
    case .box: TableRenderer(settings: settings, drawing: BoxDrawing(settings: settings))
    case .psql: TableRenderer(settings: settings, drawing: PsqlDrawing(settings: settings))
    case .markdown: TableRenderer(settings: settings, drawing: MarkdownDrawing(settings: settings))
    case .json: JSONRenderer(style: .array)
    case .jsonl: JSONRenderer(style: .lines)
    case .csv: DelimitedRenderer(style: .csv, settings: settings)
    case .tsv: DelimitedRenderer(style: .tsv, settings: settings)
    case .line: LineRenderer(settings: settings)
    }
}
