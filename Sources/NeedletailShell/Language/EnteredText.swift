import NeedletailSyntax

/// What someone typed, once it is whole.
package enum EnteredText: Sendable, Hashable {
    /// One of the prompt's own commands.
    case command(String)
    /// Statements, all ended. `expanded` where the last ended in `\gx`.
    case statements([String], expanded: Bool)
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
        var found = script.append(body?.text ?? text).map(\.text)
        if let body, !script.isInsideQuotes {
            if let rest = script.takeRest() { found.append(rest.text) }
            self = .statements(found, expanded: body.expanded)
            return
        }
        if body == nil, script.isBlank {
            self = .statements(found, expanded: false)
            return
        }
        guard let last = text.lastIndex(of: "\n"), !script.isInsideQuotes,
            text[text.index(after: last)...].trimmingBlanks.hasPrefix("\\")
        else {
            self = .unfinished
            return
        }
        let command = text[text.index(after: last)...].trimmingBlanks
        self = .commandAfter(open: String(text[..<last]), command: command)
    }

    /// The text before a closing `\g`, `\gx` or `\G`, if it ends in one.
    private static func withoutSendMark(_ text: String) -> (text: String, expanded: Bool)? {
        let trimmed = text.trimmingBlanks
        for (mark, expanded) in [("\\gx", true), ("\\G", true), ("\\g", false)]
        where trimmed.hasSuffix(mark) {
            return (String(trimmed.dropLast(mark.count)), expanded)
        }
        return nil
    }
}
