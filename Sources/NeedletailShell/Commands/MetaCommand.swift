package import NeedletailCore

/// The prompt's own commands: a backslash (or, for the hands of SQLite and DuckDB, a dot) and a
/// name.
package enum MetaCommand: String, Sendable, Hashable, CaseIterable {
    case help = "?"
    case sqlHelp = "h"
    case quit = "q"
    case describe = "d"
    case tables = "dt"
    case indexes = "di"
    case importFile = "import"
    case include = "i"
    case output = "o"
    case edit = "e"
    case recall
    case why
    case watch
    case echo
    case mode
    case expanded = "x"
    case vectors
    case width
    case null
    case timing
    case set
    case unset
}

extension MetaCommand {
    /// What `\?` prints, a group each.
    package enum Group: String, Sendable, CaseIterable {
        case general = "General"
        case look = "Looking around"
        case run = "Running"
        case show = "Showing results"
        case values = "Values"
    }

    package struct Definition: Sendable {
        package let group: Group
        /// Arguments as the help writes them.
        package let arguments: String
        package let summary: String
        /// Other names, with their mark.
        package let aliases: [String]

        init(_ group: Group, _ arguments: String, _ summary: String, _ aliases: [String] = []) {
            self.group = group
            self.arguments = arguments
            self.summary = summary
            self.aliases = aliases
        }
    }

    package var definition: Definition {
        switch self {
        case .help: .init(.general, "", "this list", [".help", "\\help"])
        case .sqlHelp: .init(.general, "[STATEMENT]", "the syntax of a statement")
        case .quit: .init(.general, "", "leave (also Control-D)", [".quit", ".exit", "\\quit"])
        case .describe: .init(.look, "[TABLE]", "tables, or one table's columns", [".schema"])
        case .tables: .init(.look, "", "tables", [".tables"])
        case .indexes: .init(.look, "[TABLE]", "indexes", [".indexes"])
        case .importFile: .init(.run, "FILE TABLE", "load a file, as COPY does", [".import"])
        case .include: .init(.run, "FILE", "run a script", [".read", "\\include"])
        case .output: .init(.show, "[FILE]", "results to a file, or back here", [".output"])
        case .edit: .init(.run, "[FILE]", "edit the last statement in $EDITOR", ["\\edit"])
        case .recall:
            .init(.run, "[ROWS]", "measure the recall of the last query, suggest a setting")
        case .why: .init(.run, "KEY", "why a row is, or is not, in the last query's answer")
        case .watch: .init(.run, "[SECONDS]", "repeat the last statement until Control-C")
        case .echo: .init(.run, "TEXT", "print a line", [".print"])
        case .mode:
            .init(.show, "[NAME]", "box, psql, markdown, json, jsonl, csv, tsv, line", [".mode"])
        case .expanded: .init(.show, "[on|off|auto]", "records one below the other")
        case .vectors: .init(.show, "[full|short|none]", "how vectors are shown")
        case .width: .init(.show, "[COLUMNS|auto|off]", "how wide tables may be", [".width"])
        case .null: .init(.show, "[TEXT]", "how NULL is shown", [".nullvalue"])
        case .timing: .init(.show, "[on|off]", "time and plan after each statement", [".timer"])
        case .set: .init(.values, "[NAME VALUE]", "bind :NAME in statements, or list what is bound")
        case .unset: .init(.values, "NAME", "forget a value")
        }
    }

    /// Its main name, with the backslash.
    package var name: String { "\\" + rawValue }

    /// Every name it goes by.
    package var names: [String] { [name] + definition.aliases }
}

/// A command line, cut into its parts.
package struct MetaCommandLine: Sendable, Hashable {
    package let command: MetaCommand
    package let arguments: [Argument]

    package struct Argument: Sendable, Hashable {
        package let text: String
        /// Whether it stood in single quotes, which keeps a number a text.
        package let isQuoted: Bool
    }

    package var texts: [String] { arguments.map(\.text) }
}

extension MetaCommandLine {
    /// Whether a line is a command rather than SQL: it starts with a backslash, or with a dot and a
    /// letter.
    package static func isCommand(_ line: some StringProtocol) -> Bool {
        let trimmed = line.drop { $0 == " " || $0 == "\t" }
        guard let first = trimmed.first else { return false }
        if first == "\\" { return true }
        return first == "." && trimmed.dropFirst().first?.isLetter == true
    }

    /// Reads a command line.
    ///
    /// Errors: 42601 for unknown commands, with the nearest name as the remedy, and open quotes.
    package init(parsing line: String) throws(DatabaseError) {
        let trimmed = line.trimmingBlanks
        let end = trimmed.firstIndex(where: \.isWhitespace) ?? trimmed.endIndex
        // `\d;` is a habit from SQL.
        var name = String(trimmed[..<end])
        while name.count > 2, name.hasSuffix(";") { name.removeLast() }
        guard let command = Self.command(named: name) else { throw Self.unknown(name) }
        self.command = command
        arguments = try Self.cut(trimmed[end...])
    }

    private static func command(named name: String) -> MetaCommand? {
        MetaCommand.allCases.first { $0.names.contains(name) }
    }

    private static func unknown(_ name: String) -> DatabaseError {
        let nearest = nearestWord(to: name, among: MetaCommand.allCases.flatMap(\.names))
        return DatabaseError(
            .syntaxError, "there is no command \(ControlSigns.visible(name, breaks: .signs))",
            hint: nearest.map { "Did you mean \($0)? \\? lists all commands." }
                ?? "\\? lists all commands.")
    }

    /// Cuts at blanks; quotes of either kind hold blanks, doubled quotes are one.
    private static func cut(_ text: Substring) throws(DatabaseError) -> [Argument] {
        var arguments: [Argument] = []
        var rest = text[...]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let first = rest.first else { return arguments }
            var piece = ""
            if first == "'" || first == "\"" {
                rest.removeFirst()
                var isClosed = false
                while let character = rest.popFirst() {
                    if character != first {
                        piece.append(character)
                    } else if rest.first == first {
                        piece.append(character)
                        rest.removeFirst()
                    } else {
                        isClosed = true
                        break
                    }
                }
                guard isClosed else {
                    throw DatabaseError(
                        .syntaxError, "a quoted argument has no end",
                        hint: "Close it with \(first).")
                }
                arguments.append(Argument(text: piece, isQuoted: first == "'"))
            } else {
                while let character = rest.first, !character.isWhitespace {
                    piece.append(character)
                    rest.removeFirst()
                }
                arguments.append(Argument(text: piece, isQuoted: false))
            }
        }
    }
}

extension StringProtocol {
    /// Without white space at either end.
    package var trimmingBlanks: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }),
            let end = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[start...end])
    }
}
