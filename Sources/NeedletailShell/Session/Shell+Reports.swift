package import NeedletailCore
import NeedletailSyntax

extension Shell {
    /// Says what a statement did: the footer of a result, the tag of a command.
    func tell(_ summary: StatementSummary, hasRows: Bool) {
        guard display.mode.isForPeople, !options.isQuiet || display.showsTiming else { return }
        let isPsql = display.mode == .psql
        if isPsql {
            if !hasRows, !options.isQuiet { output.write(summary.tag + "\n") }
            if display.showsTiming {
                let milliseconds = Double(summary.elapsedNanoseconds) / 1e6
                output.write("Time: \(DecimalText.fixed(milliseconds, places: 3)) ms\n")
            }
            return
        }
        guard !hasRows || display.showsTiming else { return }
        let line = SummaryLine.text(summary, hasRows: hasRows, isTimed: display.showsTiming)
        let palette = output === console.output ? display.palette : .plain
        output.write(palette.paint(line, hasRows ? .faint : .plain) + "\n")
        if hasRows, isInteractive { output.write("\n") }
    }

    /// Prints notices where errors go.
    func tellNotices(_ summary: StatementSummary) {
        guard !summary.notices.isEmpty else { return }
        output.flush()
        for notice in summary.notices {
            let code = notice.code == "00000" ? "" : " \(notice.code.rawValue)"
            let title = console.errorPalette.paint("NOTICE\(code):", .keyword)
            console.errors.write(
                "\(title) \(ControlSigns.visible(notice.message, breaks: .kept))\n")
            writeHint(notice.hint)
        }
        console.errors.flush()
    }

    /// Prints an error with its code, its place in the statement and its remedy.
    ///
    /// - Parameter line: the line of the script that the statement starts on.
    func report(_ error: DatabaseError, statement: String?, line: Int? = nil) {
        output.flush()
        console.output.flush()
        // The terminal has echoed Control-C where the cursor was.
        let isBelowEcho = error.code == .queryCanceled && Interrupts.shared.didCancel
        if isBelowEcho, console.progressDescriptor != nil { console.errors.write("\n") }
        let palette = console.errorPalette
        let place = scriptName.map { name in line.map { "\(name):\($0): " } ?? "\(name): " } ?? ""
        let title = palette.paint("ERROR \(error.code.rawValue):", .error)
        let message = ControlSigns.visible(error.message, breaks: .kept)
        console.errors.write("\(place)\(title) \(message)\n")
        if let statement, let place = Diagnostic(error, in: statement).place {
            let label = "LINE \(place.line):\(place.column): "
            let blanks = String(repeating: " ", count: label.count)
            console.errors.write(palette.paint(label, .faint) + place.source + "\n")
            console.errors.write(blanks + palette.paint(place.underline, .error) + "\n")
        }
        writeHint(error.hint)
        console.errors.flush()
    }

    private func writeHint(_ hint: String?) {
        guard let hint else { return }
        let title = console.errorPalette.paint("HINT:", .parameter)
        console.errors.write("\(title) \(ControlSigns.visible(hint, breaks: .kept))\n")
    }
}

/// What is said below a result.
package enum SummaryLine {
    /// `2 rows · 0.21 ms · exact(docs.embedding) · 5 visited`, or a command's tag and time.
    package static func text(
        _ summary: StatementSummary, hasRows: Bool, isTimed: Bool
    ) -> String {
        var parts = [hasRows ? rows(summary.rowCount) : summary.tag]
        guard isTimed else { return parts[0] }
        parts.append(DecimalText.duration(nanoseconds: summary.elapsedNanoseconds))
        if let plan = summary.plan { parts.append(plan) }
        if !summary.isExact { parts.append("approximate") }
        if let reason = summary.truncated { parts.append("cut short: \(reason)") }
        if summary.visited > 0 { parts.append("\(DecimalText.grouped(summary.visited)) visited") }
        if summary.distances > 0, summary.distances != summary.visited {
            parts.append("\(DecimalText.grouped(summary.distances)) distances")
        }
        return parts.joined(separator: " · ")
    }

    private static func rows(_ count: Int) -> String {
        count == 1 ? "1 row" : "\(DecimalText.grouped(count)) rows"
    }
}
