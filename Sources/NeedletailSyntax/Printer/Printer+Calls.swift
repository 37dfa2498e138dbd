extension Printer {
    /// - Parameter asOperand: whether it stands in an expression, where a few reserved words may
    ///   name functions without quotes.
    mutating func print(_ call: FunctionCall, asOperand: Bool = true) {
        if asOperand, isNiladic(call) { return write(call.name.text) }
        if asOperand, call.name.parts.count == 1, ["left", "right"].contains(call.name.text) {
            write(call.name.text)
        } else {
            print(call.name)
        }
        parenthesized { printer in
            if call.isStar { printer.write("*") }
            if call.isDistinct { printer.write("DISTINCT ") }
            printer.list(call.arguments) { printer, argument in
                if let name = argument.name {
                    printer.write(Self.label(name.text))
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

    /// `CURRENT_DATE` and `CURRENT_TIMESTAMP` are written without parentheses.
    private func isNiladic(_ call: FunctionCall) -> Bool {
        ["current_date", "current_timestamp"].contains(call.name.text)
            && call == FunctionCall(call.name)
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
