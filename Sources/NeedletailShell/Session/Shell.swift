package import NeedletailCore

/// The prompt: reads statements and commands, runs them on a session, shows what comes back.
///
/// It does not know whether the session is in this process or at the other end of a connection. It
/// runs on one thread; ``StatementSession/cancel()`` comes from another at Control-C.
package final class Shell {
    let session: any StatementSession
    let options: ShellOptions
    let console: Console
    let catalog: SessionCatalog
    var display: DisplaySettings
    var variables = Variables()
    /// Where results go now; set by `\o`.
    var output: any TextOutput
    /// The statement that `\watch` repeats and `\e` edits.
    var lastStatement: String?
    /// The query that `\recall` and `\why` ask about.
    var lastQuery: String?
    /// Text that the next prompt starts with.
    var nextText = ""
    /// Scripts within scripts.
    var includeDepth = 0
    /// Set once the conversation should end.
    var ending: ShellStatus?
    /// Where `COPY … FROM STDIN` finds its rows: the script that runs now.
    var copySource: (any LineSource)?
    /// What errors name as their place: the script that runs now.
    var scriptName: String?
    var isInteractive = false

    /// Errors: 22023 where a value of `options` cannot be bound.
    package init(
        session: any StatementSession, options: ShellOptions, console: Console
    ) throws(DatabaseError) {
        self.session = session
        self.options = options
        self.console = console
        catalog = SessionCatalog(session: session)
        output = console.output
        let columns = console.columns()
        display = DisplaySettings(mode: options.mode ?? (columns == nil ? .tsv : .box))
        display.showsHeader = options.showsHeader
        display.palette = console.palette
        display.terminalColumns = columns
        display.showsTiming = columns != nil && !options.isQuiet
        for assignment in options.variables { try bind(assignment) }
    }

    private func bind(_ assignment: String) throws(DatabaseError) {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw DatabaseError(
                .invalidParameter, "\"\(assignment)\" binds no value",
                hint: "Write it as name=value.")
        }
        let value = String(assignment[assignment.index(after: equals)...])
        try variables.set(String(assignment[..<equals]), to: value, isQuoted: false)
    }

    /// Runs the actions, or the prompt where there are none, and says how the process should end.
    package func run() -> ShellStatus {
        defer {
            output.flush()
            console.output.flush()
            console.errors.flush()
        }
        if console.ownsProcess { Interrupts.shared.install() }
        if !options.actions.isEmpty { return runActions() }
        let usesPrompt = console.terminal != nil || console.inputDescriptor != nil
        if usesPrompt { return converse() }
        return inTransaction { runScript(console.input, name: nil) }
    }

    private func runActions() -> ShellStatus {
        inTransaction {
            for action in options.actions {
                let status: ShellStatus
                switch action {
                case .command(let text): status = runCommandLine(text)
                case .file("-"): status = runScript(console.input, name: nil)
                case .file(let path): status = runFile(path)
                }
                if status != .success || ending != nil { return ending ?? status }
            }
            return .success
        }
    }

    /// With `-1`, all or nothing: commits what `body` did if it succeeded.
    private func inTransaction(_ body: () -> ShellStatus) -> ShellStatus {
        guard options.isSingleTransaction else { return body() }
        guard execute("BEGIN", isOwn: true) else { return .failure }
        let status = body()
        let isWhole = status == .success
        let ended = execute(isWhole ? "COMMIT" : "ROLLBACK", isOwn: true)
        return isWhole && !ended ? .failure : status
    }

    private func runCommandLine(_ text: String) -> ShellStatus {
        if MetaCommandLine.isCommand(text) {
            return runCommand(text) ? .success : (ending ?? .failure)
        }
        var script = ScriptBuffer()
        do throws(DatabaseError) {
            var pieces = try script.append(text)
            if let rest = script.takeRest() { pieces.append(rest) }
            for piece in pieces where !execute(piece.text) { return ending ?? .failure }
        } catch {
            report(error, statement: nil)
            return .failure
        }
        return .success
    }

    /// Whether an error ends what runs now.
    var stopsOnError: Bool { variables.stopsOnError ?? !isInteractive }

    /// Whether a script goes on after something in it failed. Control-C ends scripts whatever
    /// errors do.
    var goesOnAfterError: Bool { !stopsOnError && !Interrupts.shared.didCancel }
}
