extension Printer {
    mutating func print(_ call: FunctionCall) {
        printFunctionName(call)
        parenthesized { printer in
            if call.isStar { printer.write("*") }
            if call.isDistinct { printer.write("DISTINCT ") }
            printer.list(call.arguments) { printer, argument in
                if let name = argument.name {
                    printer.print(name)
                    printer.write(" => ")
                }
                printer.print(argument.value)
            }
            printer.printOrderBy(call.orderBy)
        }
        if let filter = call.filter {
            write(" FILTER (WHERE ")
            print(filter)
            write(")")
        }
    }

    /// A few reserved words may name functions without quotes.
    private mutating func printFunctionName(_ call: FunctionCall) {
        if call.name.parts.count == 1, let keyword = Keyword.byName[call.name.text] {
            switch keyword {
            case .left, .right:
                return write(call.name.text)
            case .currentDate, .currentTimestamp:
                if call == FunctionCall(call.name) { return write(call.name.text) }
            default: break
            }
        }
        // A path in front of a parenthesis is a function's name, whose parts fold.
        print(call.name)
    }

    mutating func print(_ conditional: CaseExpression) {
        write("CASE ")
        if let operand = conditional.operand {
            print(operand)
            write(" ")
        }
        for branch in conditional.branches {
            write("WHEN ")
            print(branch.condition)
            write(" THEN ")
            print(branch.result)
            write(" ")
        }
        if let otherwise = conditional.otherwise {
            write("ELSE ")
            print(otherwise)
            write(" ")
        }
        write("END")
    }

    /// ` ORDER BY …` with the space before it, or nothing.
    mutating func printOrderBy(_ keys: [SortKey]) {
        guard !keys.isEmpty else { return }
        write(" ORDER BY ")
        list(keys) { printer, key in
            printer.print(key.expression)
            printer.printDirection(key.isDescending, key.nullsFirst)
        }
    }

    mutating func printDirection(_ isDescending: Bool, _ nullsFirst: Bool?) {
        if isDescending { write(" DESC") }
        if let nullsFirst { write(nullsFirst ? " NULLS FIRST" : " NULLS LAST") }
    }
}
