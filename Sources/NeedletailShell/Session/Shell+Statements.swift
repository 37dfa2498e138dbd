import NeedletailCore
import NeedletailSyntax

extension Shell {
    /// Runs one statement and shows its result or its error. Says whether it succeeded.
    ///
    /// - Parameters:
    ///   - line: where it starts in the script that runs now.
    ///   - isExpanded: show records one below the other this time.
    ///   - isOwn: whether it is the prompt's own question: no tag is told, and it is not what
    ///     `\watch` repeats.
    @discardableResult
    func execute(
        _ sql: String, line: Int? = nil, isExpanded: Bool = false, isOwn: Bool = false
    ) -> Bool {
        if options.echoesAll { output.write(sql + ";\n") }
        if !isOwn {
            lastStatement = sql
            if StatementWords.isQuery(sql) { lastQuery = sql }
        }
        var redirect: CopyRedirect?
        if options.isRemote { redirect = CopyRedirect(sql) }
        do throws(DatabaseError) {
            try start(sql, redirect, isExpanded: isExpanded, isOwn: isOwn)
            return true
        } catch {
            report(error, statement: redirect == nil ? sql : nil, line: line)
            let isLost = error.code == .connectionFailure || error.code == .adminShutdown
            if isLost { ending = .connectionLost }
            return false
        }
    }

    private func start(
        _ sql: String, _ redirect: CopyRedirect?, isExpanded: Bool, isOwn: Bool
    ) throws(DatabaseError) {
        var target: any TextOutput = output
        // Only a COPY is given input: a remote session takes it for rows to send.
        let lines = StatementWords.readsStandardInput(sql) ? copyInput() : nil
        var input: (any CopyInput)? = lines
        var progress: CopyProgress?
        switch redirect?.direction {
        case .from:
            let file = try FileCopyInput(path: redirect?.path ?? "")
            (input, progress) = (file, file.progress)
        case .to: target = try FileOutput(path: redirect?.path ?? "")
        case nil: break
        }
        let text = redirect?.statement ?? sql
        // Rows after a COPY that failed must not be taken for statements.
        defer { if copySource != nil { lines?.drain() } }
        let label = StatementWords.progressLabel(of: sql)
        let outcome = Interrupts.shared.whileRunning(session) {
            finish(text, on: target, input, progress, label, isExpanded: isExpanded)
        }
        let summary = try outcome.get()
        target.flush()
        if let number = target.failure, let redirect {
            throw FileReader.failure(number, "write", redirect.path)
        }
        if !isOwn { tell(summary.value, hasRows: summary.hasRows) }
        tellNotices(summary.value)
        if ["CREATE", "DROP", "ALTER"].contains(where: summary.value.tag.hasPrefix) {
            catalog.forget()
        }
    }

    private struct Ended {
        let value: StatementSummary
        let hasRows: Bool
    }

    /// Starts the statement and takes it to its end.
    private func finish(
        _ text: String, on target: any TextOutput, _ input: (any CopyInput)?,
        _ progress: CopyProgress?, _ label: String?, isExpanded: Bool
    ) -> Result<Ended, DatabaseError> {
        do throws(DatabaseError) {
            let parameters = variables.parameters(for: StatementWords.parameterNames(of: text))
            let statement = try session.start(text, parameters: parameters, input: input)
            defer { statement.close() }
            let ticker = ticker(statement, label, progress)
            defer { ticker?.stop() }
            try show(statement, on: target, isExpanded: isExpanded)
            let hasRows = !statement.columns.isEmpty && !statement.isCopyOut
            return .success(Ended(value: statement.summary, hasRows: hasRows))
        } catch {
            return .failure(error)
        }
    }

    /// Draws rows as they come.
    private func show(
        _ statement: any RunningStatement, on target: any TextOutput, isExpanded: Bool
    ) throws(DatabaseError) {
        if statement.isCopyOut { return try copyOut(statement, to: target) }
        if statement.columns.isEmpty {
            while try statement.next() != nil {}
            return
        }
        var renderer = renderer(for: statement.columns, isExpanded: isExpanded)
        renderer.begin(statement.columns, to: target)
        do throws(DatabaseError) {
            while target.failure == nil, let row = try statement.next() {
                renderer.add(row, to: target)
            }
        } catch {
            renderer.abandon(to: target)
            throw error
        }
        renderer.end(to: target)
    }

    private func copyOut(
        _ statement: any RunningStatement, to target: any TextOutput
    ) throws(DatabaseError) {
        while target.failure == nil, let row = try statement.next() {
            if case .text(let text) = row.first { target.write(text) }
        }
    }

    private func renderer(for columns: [Column], isExpanded: Bool) -> any ResultRenderer {
        var settings = display
        let isElsewhere = output !== console.output
        settings.terminalColumns = isElsewhere ? nil : console.columns()
        if isElsewhere { settings.palette = .plain }
        if isExpanded { settings.expanded = .on }
        let isPlan = columns.count == 1 && columns.first?.name == "QUERY PLAN"
        if isPlan, settings.mode == .box, settings.expanded != .on { return PlanRenderer() }
        return makeRenderer(settings)
    }

    /// What `COPY … FROM STDIN` would read: the lines that follow, up to `\.`.
    private func copyInput() -> LineCopyInput {
        let source = copySource ?? console.input
        guard isInteractive, copySource == nil else { return LineCopyInput(source) }
        var isFirst = true
        return LineCopyInput(source) { [console] in
            if isFirst {
                console.output.write("Rows, one to a line; \\. on a line of its own ends them.\n")
            }
            isFirst = false
            console.output.write(">> ")
            console.output.flush()
        }
    }

    private func ticker(
        _ statement: any RunningStatement, _ label: String?, _ input: CopyProgress?
    ) -> ProgressTicker? {
        guard let descriptor = console.progressDescriptor, let label, !options.isQuiet else {
            return nil
        }
        return ProgressTicker(statement, label: label, input: input, to: descriptor)
    }
}
