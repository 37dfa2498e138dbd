extension Printer {
    /// ` WITH (…)` with the space before it, or nothing.
    mutating func printWithOptions(_ options: OptionList) {
        guard !options.isEmpty else { return }
        write(" WITH ")
        printOptions(options)
    }

    mutating func printOptions(_ options: OptionList) {
        parenthesized {
            $0.list(options) { printer, option in
                printer.print(option.name)
                guard let value = option.value else { return }
                printer.write(" = ")
                printer.print(value)
            }
        }
    }

    /// The options of `COPY`, whose names and values have only a space between them.
    mutating func printCopyOptions(_ options: OptionList) {
        parenthesized {
            $0.list(options) { printer, option in
                printer.write(Self.capitals(Self.label(option.name.text)))
                guard let value = option.value else { return }
                printer.write(" ")
                printer.print(value)
            }
        }
    }

    mutating func print(_ value: OptionValue) {
        switch value {
        case .name(let name) where name.text == "on": write("ON")
        case .name(let name): print(name)
        case .literal(let literal): write(Self.text(of: literal))
        case .parameter(let parameter): print(parameter)
        case .expression(let expression): print(expression)
        case .list(let items): parenthesized { $0.list(items) { $0.print($1) } }
        }
    }

    private mutating func print(_ item: OptionItem) {
        write(Self.label(item.name.text))
        switch item.value {
        case .name(let name): write(" = " + Self.label(name.text))
        case .string(let string): write(" = " + Literal.sqlString(string))
        case nil: break
        }
    }

    /// A word in capitals; a quoted name, and one with letters that do not fold, as it is.
    private static func capitals(_ word: String) -> String {
        let isWord = word.utf8.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\"") }
        return isWord ? word.uppercased() : word
    }
}
