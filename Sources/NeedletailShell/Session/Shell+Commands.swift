import NeedletailCore

extension Shell {
    /// Runs one of the prompt's own commands. Says whether it succeeded.
    @discardableResult
    func runCommand(_ text: String, line: Int? = nil) -> Bool {
        do throws(DatabaseError) {
            return try perform(try MetaCommandLine(parsing: text))
        } catch {
            report(error, statement: nil, line: line)
            return false
        }
    }

    private func perform(_ line: MetaCommandLine) throws(DatabaseError) -> Bool {
        let arguments = line.texts
        switch line.command {
        case .help: page(CommandHelp.text(palette: palette))
        case .sqlHelp:
            let words = arguments.joined(separator: " ")
            page(StatementHelp.text(for: words, palette: palette))
        case .quit: ending = .success
        case .describe: return describe(arguments.first)
        case .tables: return execute("SHOW TABLES", isOwn: true)
        case .indexes: return showIndexes(arguments.first)
        case .importFile: return try importFile(arguments)
        case .include:
            return runFile(try required(arguments, 1, "a file, as in \\i setup.sql")[0]) == .success
        case .output: try redirectOutput(arguments.first)
        case .edit: try edit(arguments.first)
        case .recall: return try recall(arguments.first)
        case .why: return try why(line.arguments)
        case .watch: return try watch(arguments.first)
        case .echo: output.write(arguments.joined(separator: " ") + "\n")
        case .set: try set(line.arguments)
        case .unset: try unset(arguments)
        case .mode, .expanded, .vectors, .width, .null, .timing:
            try adjust(line.command, arguments.first)
        }
        return true
    }

    /// Colours for what commands print, none where that goes to a file.
    private var palette: Palette { output === console.output ? display.palette : .plain }

    private func page(_ text: String) { output.write(text) }

    /// The arguments, if there are at least `count`. Errors: 42601.
    private func required(
        _ arguments: [String], _ count: Int, _ what: String
    ) throws(DatabaseError) -> [String] {
        guard arguments.count >= count else {
            throw DatabaseError(.syntaxError, "the command needs \(what)", hint: "\\? shows how.")
        }
        return arguments
    }

    // MARK: - Looking around

    private func describe(_ table: String?) -> Bool {
        guard let table else { return execute("SHOW TABLES", isOwn: true) }
        let name = sqlName(table)
        return execute("DESCRIBE \(name)", isOwn: true)
            && execute("SHOW INDEXES FROM \(name)", isOwn: true)
    }

    private func showIndexes(_ table: String?) -> Bool {
        let tail = table.map { " FROM \(sqlName($0))" } ?? ""
        return execute("SHOW INDEXES\(tail)", isOwn: true)
    }

    /// A name typed at a command: folded like an unquoted one in a statement.
    private func sqlName(_ text: String) -> String {
        let bare = text.hasSuffix(";") ? String(text.dropLast()) : text
        return quotedName(bare.lowercased() == bare ? bare : bare.lowercased())
    }

    // MARK: - Files

    private func importFile(_ arguments: [String]) throws(DatabaseError) -> Bool {
        let words = try required(arguments, 2, "a file and a table, as in \\import docs.csv docs")
        let path = words[0].split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: "''")
        return execute("COPY \(sqlName(words[1])) FROM '\(path)'")
    }

    private func redirectOutput(_ path: String?) throws(DatabaseError) {
        output.flush()
        output = console.output
        guard let path else { return }
        output = try FileOutput(path: path)
    }

    // MARK: - Values

    private func set(_ arguments: [MetaCommandLine.Argument]) throws(DatabaseError) {
        if arguments.isEmpty {
            for (name, value) in variables.values.sorted(by: { $0.key < $1.key }) {
                output.write("\(name) = \(VariableText.text(value))\n")
            }
            return
        }
        let value = arguments.dropFirst().map(\.text).joined(separator: " ")
        let isQuoted = arguments.dropFirst().contains(where: \.isQuoted)
        if arguments[0].text == Variables.stopOnError, Switch(value) == nil {
            throw DatabaseError(
                .invalidParameter, "\(Variables.stopOnError) is on or off, not \"\(value)\"")
        }
        try variables.set(arguments[0].text, to: value, isQuoted: isQuoted)
        catalog.variables = variables.values.keys.sorted()
    }

    private func unset(_ arguments: [String]) throws(DatabaseError) {
        let name = try required(arguments, 1, "a name, as in \\unset q")[0]
        guard variables.unset(name) else {
            let nearest = nearestWord(to: name, among: Array(variables.values.keys))
            throw DatabaseError(
                .undefinedParameter, "no value is called \"\(name)\"",
                hint: nearest.map { "Did you mean \($0)?" })
        }
        catalog.variables = variables.values.keys.sorted()
    }

    // MARK: - Repeating

    private func watch(_ argument: String?) throws(DatabaseError) -> Bool {
        let seconds = argument.map { Double($0) } ?? 2
        guard let seconds, seconds > 0, seconds <= 86_400 else {
            throw DatabaseError(
                .invalidParameter,
                "\\watch takes seconds between 0 and 86400, not \"\(argument ?? "")\"")
        }
        guard let statement = lastStatement else {
            throw DatabaseError(
                .noActiveStatement, "there is no statement to repeat", hint: "Run one first.")
        }
        while execute(statement) {
            output.flush()
            if output.failure != nil { return true }
            if Interrupts.shared.sleep(milliseconds: Int(seconds * 1_000)) {
                // The terminal has echoed Control-C.
                console.output.write(isInteractive ? "\n" : "")
                return true
            }
        }
        return false
    }
}

extension DatabaseError.Code {
    /// A command that needs a statement before it.
    static let noActiveStatement: Self = "26000"
}

/// Bound values as `\set` lists them.
enum VariableText {
    static func text(_ value: Value) -> String {
        switch value {
        case .text(let text): "'\(ControlSigns.visible(text, breaks: .signs))'"
        case .int(let number): String(number)
        case .double(let number): String(number)
        case .bool(let flag): flag ? "true" : "false"
        default: "null"
        }
    }
}
