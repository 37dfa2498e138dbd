import NeedletailCore

extension Shell {
    /// Scripts that may include each other.
    private static let includeDepthMax = 16

    /// Runs a script to its end or, where errors stop it, to the first of them.
    func runScript(_ source: any LineSource, name: String?) -> ExitStatus {
        let outer = (copySource, scriptName)
        (copySource, scriptName) = (source, name)
        defer { (copySource, scriptName) = outer }
        var script = ScriptBuffer()
        do throws(DatabaseError) {
            while ending == nil, let line = try source.nextLine() {
                guard runLine(line, &script, source) else { return ending ?? .scriptStopped }
            }
        } catch {
            report(error, statement: nil, line: source.lineNumber)
            return .failure
        }
        if ending == nil, let rest = script.takeRest(), !execute(rest.text, line: rest.line),
            stopsOnError
        {
            return ending ?? .scriptStopped
        }
        return ending ?? .success
    }

    /// Takes one line of a script. False where the script must stop.
    private func runLine(
        _ line: String, _ script: inout ScriptBuffer, _ source: any LineSource
    ) -> Bool {
        let isCommand = !script.isInsideQuotes && MetaCommandLine.isCommand(line)
        if isCommand, script.isBlank || line.trimmingBlanks.hasPrefix("\\") {
            let command = line.trimmingBlanks
            if !script.isBlank, ["\\g", "\\gx", "\\G"].contains(command) {
                guard let rest = script.takeRest() else { return true }
                let isExpanded = command != "\\g"
                return execute(rest.text, line: rest.line, isExpanded: isExpanded) || !stopsOnError
            }
            return runCommand(command, line: source.lineNumber) || !stopsOnError
        }
        for piece in script.append(line + "\n", line: source.lineNumber) {
            if !execute(piece.text, line: piece.line), stopsOnError { return false }
            if ending != nil { return true }
        }
        return true
    }

    /// Runs the script at `path`.
    func runFile(_ path: String) -> ExitStatus {
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
