import NeedletailCore
import NeedletailSyntax

/// What someone typed, once it is whole.
package enum EnteredText: Sendable, Hashable {
    /// One of the prompt's own commands.
    case command(String)
    /// Statements, all ended. `expanded` where the last ended in `\gx`.
    case statements([String], expanded: Bool)
    /// A `COPY … FROM STDIN` with its rows below it, as pasted from a dump.
    case script(String)
    /// SQL that was still open when a command came on a line of its own below it.
    case commandAfter(open: String, command: String)
    /// Not whole yet.
    case unfinished

    package init(_ text: String) {
        if MetaCommandLine.isCommand(text) {
            self = .command(text.trimmingBlanks)
            return
        }
        let body = Self.withoutSendMark(text)
        var script = ScriptBuffer()
        // Beyond the limit the session says so; the prompt only has to let go of it.
        guard let pieces = try? script.append((body?.text ?? text) + "\n") else {
            self = .statements([text], expanded: false)
            return
        }
        var found = pieces.map(\.text)
        if let body, !script.isInsideQuotes {
            if let rest = script.takeRest() { found.append(rest.text) }
            self = .statements(found, expanded: body.expanded)
        } else if let whole = Self.copyBlock(text, pieces, isBlank: script.isBlank) {
            self = whole
        } else if body == nil, script.isBlank {
            self = .statements(found, expanded: false)
        } else if !script.isInsideQuotes, let last = text.lastIndex(of: "\n"),
            text[text.index(after: last)...].trimmingBlanks.hasPrefix("\\")
        {
            let command = text[text.index(after: last)...].trimmingBlanks
            self = .commandAfter(open: String(text[..<last]), command: command)
        } else {
            self = .unfinished
        }
    }

    /// Text with rows of a `COPY` in it, which are no SQL; `nil` where there are none.
    private static func copyBlock(
        _ text: String, _ pieces: [ScriptBuffer.Piece], isBlank: Bool
    ) -> EnteredText? {
        guard let copy = pieces.first(where: { StatementWords.readsStandardInput($0.text) })
        else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let below = lines.dropFirst(copy.line)
        if below.contains("\\.") { return .script(text) }
        return isBlank && copy == pieces.last ? nil : .unfinished
    }

    /// The text before a closing `\g`, `\gx` or `\G`, if it ends in one.
    static func withoutSendMark(_ text: String) -> (text: String, expanded: Bool)? {
        let trimmed = text.trimmingBlanks
        for (mark, expanded) in [("\\gx", true), ("\\G", true), ("\\g", false)]
        where trimmed.hasSuffix(mark) {
            return (String(trimmed.dropLast(mark.count)), expanded)
        }
        return nil
    }
}
