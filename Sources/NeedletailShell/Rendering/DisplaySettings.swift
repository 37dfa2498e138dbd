/// The forms a result can take.
package enum OutputMode: String, Sendable, Hashable, CaseIterable {
    case box, psql, markdown, json, jsonl, csv, tsv, line

    /// The mode called `name`, by any name people know it under.
    package init?(name: String) {
        switch name.lowercased() {
        case "vertical": self = .line
        case "aligned", "table", "column", "columns": self = .psql
        case "ndjson", "jsonlines": self = .jsonl
        case "md": self = .markdown
        case "tabs": self = .tsv
        case let other:
            guard let mode = OutputMode(rawValue: other) else { return nil }
            self = mode
        }
    }

    /// Whether it is for people: then commands also report their tag.
    package var isForPeople: Bool {
        switch self {
        case .box, .psql, .markdown, .line: true
        case .json, .jsonl, .csv, .tsv: false
        }
    }
}

/// How vectors are shown in the modes for people; the others show them in full.
package enum VectorStyle: String, Sendable, Hashable, CaseIterable {
    case full, short, none
}

/// Whether records are shown one below the other.
package enum ExpandedStyle: String, Sendable, Hashable, CaseIterable {
    case on, off
    /// Where the table is too wide for the terminal.
    case auto
}

/// How wide a table may be.
package enum WidthLimit: Sendable, Hashable {
    /// As wide as the terminal, without bound elsewhere.
    case auto
    case columns(Int)
    case unlimited
}

/// Everything about how results look.
package struct DisplaySettings: Sendable, Hashable {
    package var mode: OutputMode
    package var vectors = VectorStyle.short
    package var expanded = ExpandedStyle.auto
    package var width = WidthLimit.auto
    /// How NULL is shown; `nil` for the mode's own way.
    package var nullText: String?
    package var showsHeader = true
    /// Whether time and plan are told after each statement.
    package var showsTiming = false
    package var palette = Palette.plain
    /// Columns of the terminal results go to; `nil` where they go elsewhere.
    package var terminalColumns: Int?

    package init(mode: OutputMode) { self.mode = mode }

    /// Columns a table may take, or `nil` for no bound.
    package var tableColumns: Int? {
        switch width {
        case .auto: terminalColumns
        case .columns(let count): count
        case .unlimited: nil
        }
    }
}
