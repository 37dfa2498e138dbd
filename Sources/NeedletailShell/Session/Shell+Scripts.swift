import NeedletailCore

extension Shell {
    /// Scripts that may include each other.
    private static let includeDepthMax = 16

    /// Runs a script to its end or, where errors stop it, to the first of them.
    func runScript(_ source: any LineSource, name: String?) -> ShellStatus {
        let outer = (copySource, scriptName)
        (copySource, scriptName) = (source, name)
        defer { (copySource, scriptName) = outer }
        var script = ScriptBuffer()
        do throws(DatabaseError) {
            while ending == nil, let line = try source.nextLine() {
                guard try runLine(line, &script, source) else { return ending ?? .scriptStopped }
            }
        } catch {
            report(error, statement: nil, line: source.lineNumber)
            return .failure
        }
        if ending == nil, let rest = script.takeRest(), !execute(rest.text, line: rest.line),
            !goesOnAfterError
        {
            return ending ?? .scriptStopped
        }
        return ending ?? .success
    }

    /// Takes one line of a script. False where the script must stop.
    private func runLine(
        _ line: String, _ script: inout ScriptBuffer, _ source: any LineSource
    ) throws(DatabaseError) -> Bool {
        let isCommand = !script.isInsideQuotes && MetaCommandLine.isCommand(line)
        if isCommand, script.isBlank || line.trimmingBlanks.hasPrefix("\\") {
            let command = line.trimmingBlanks
            if !script.isBlank, EnteredText.withoutSendMark(command)?.text == "" {
                return try runSent(command, &script, source) ?? true
            }
            return runCommand(command, line: source.lineNumber) || goesOnAfterError
        }
        if let sent = try runSent(line, &script, source) { return sent }
        for piece in try script.append(line + "\n", line: source.lineNumber) {
            if !execute(piece.text, line: piece.line), !goesOnAfterError { return false }
            if ending != nil { return true }
        }
        return true
    }

    /// Runs what a line ends with `\g`, `\gx` or `\G`. `nil` where it does not end in one.
    private func runSent(
        _ line: String, _ script: inout ScriptBuffer, _ source: any LineSource
    ) throws(DatabaseError) -> Bool? {
        guard let (body, isExpanded) = EnteredText.withoutSendMark(line) else { return nil }
        // Inside a string the mark is text like any other, which only a trial can tell.
        var trial = script
        var pieces = try trial.append(body, line: source.lineNumber)
        if trial.isInsideQuotes { return nil }
        if let rest = trial.takeRest() { pieces.append(rest) }
        script = trial
        for (index, piece) in pieces.enumerated() {
            let expands = isExpanded && index == pieces.count - 1
            if !execute(piece.text, line: piece.line, isExpanded: expands), !goesOnAfterError {
                return false
            }
        }
        return true
    }

    /// Runs the script at `path`.
    func runFile(_ path: String) -> ShellStatus {
        guard includeDepth < Self.includeDepthMax else {
            let error = DatabaseError(
                .statementTooComplex,
                "scripts include each other more than \(Self.includeDepthMax) deep",
                hint: "Look for a script that includes itself.")
            report(error, statement: nil)
            return .failure
        }
        includeDepth += 1
        defer { includeDepth -= 1 }
        do throws(DatabaseError) {
            let source = ByteLineSource(try FileReader(path: path), name: path)
            return runScript(source, name: path)
        } catch {
            report(error, statement: nil)
            return .failure
        }
    }
}
