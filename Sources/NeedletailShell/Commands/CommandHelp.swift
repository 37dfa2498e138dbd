/// The text of `\?`.
package enum CommandHelp {
    package static func text(palette: Palette) -> String {
        let usages = MetaCommand.allCases.map { usage($0) }
        let width = usages.reduce(0) { max($0, $1.count) }
        var text = ""
        for group in MetaCommand.Group.allCases {
            text += palette.paint(group.rawValue, .prompt) + "\n"
            for command in MetaCommand.allCases where command.definition.group == group {
                let definition = command.definition
                let left = padded(usage(command), to: width + 2, right: false)
                let aliases = definition.aliases.joined(separator: " ")
                let tail = aliases.isEmpty ? "" : "  " + palette.paint(aliases, .faint)
                text += "  \(left)\(definition.summary)\(tail)\n"
            }
        }
        text += palette.paint("Ending a statement", .prompt) + "\n"
        for (mark, meaning) in [
            (";", "run it"), ("\\g", "run it"), ("\\gx", "run it, records one below the other"),
        ] {
            text += "  \(padded(mark, to: width + 2, right: false))\(meaning)\n"
        }
        return text
    }

    private static func usage(_ command: MetaCommand) -> String {
        let arguments = command.definition.arguments
        return arguments.isEmpty ? command.name : "\(command.name) \(arguments)"
    }
}
