import NeedletailCore

extension Parser {
    /// grammar: copy, copyOptions
    mutating func copy() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.copy)
        let subject: CopyStatement.Subject
        if accept(.leftParenthesis) {
            guard isAtQuery || at(.leftParenthesis) else { throw unexpected("a query") }
            subject = .query(try select())
            try expect(.rightParenthesis)
        } else {
            let table = try objectName("a table name, or a query in parentheses")
            subject = .table(table, columns: at(.leftParenthesis) ? try columnList() : [])
        }
        let direction: CopyStatement.Direction
        if case .query = subject {
            try expect(.to)
            direction = .to
        } else if accept(.from) {
            direction = .from
        } else {
            try expect(.to)
            direction = .to
        }
        let target = try copyTarget(direction)
        var options: OptionList = []
        if accept(.with) || at(.leftParenthesis) {
            options = try parenthesizedList { parser throws(SyntaxFailure) in
                try parser.copyOption()
            }
        }
        return .copy(CopyStatement(subject, direction, target, options: options))
    }

    /// grammar: copyTarget
    private mutating func copyTarget(
        _ direction: CopyStatement.Direction
    ) throws(SyntaxFailure) -> CopyStatement.Target {
        if isAtString {
            let range = token.range
            return .file(try string("a file name"), Location(range))
        }
        if direction == .from, accept(.stdin) { return .stdin }
        if direction == .to, accept(.stdout) { return .stdout }
        throw unexpected("a file name in single quotes")
    }

    /// grammar: copyOption
    private mutating func copyOption() throws(SyntaxFailure) -> Option {
        let start = token
        let name = try label("an option")
        var value: OptionValue?
        switch token.kind {
        case .symbol(.comma), .symbol(.rightParenthesis): value = nil
        case .symbol(.leftParenthesis):
            value = .list(
                try parenthesizedList { parser throws(SyntaxFailure) in
                    try parser.copyItem()
                })
        case .symbol(.equal): throw optionWithEquals()
        default: value = try settingValue()
        }
        return Option(
            ObjectName([name], location: name.location), value, location: location(from: start))
    }

    @inline(never)
    private func optionWithEquals() -> SyntaxFailure {
        SyntaxFailure(
            .syntaxError, "syntax error at \"=\": options of COPY have no equals sign",
            hint: "Put a space there: FORMAT csv.", position: token.range)
    }

    /// grammar: copyItem
    private mutating func copyItem() throws(SyntaxFailure) -> OptionItem {
        let name = try label("a name")
        guard accept(.equal) else { return OptionItem(name) }
        if isAtString { return OptionItem(name, .string(try string("a string"))) }
        return OptionItem(name, .name(try label("a name or a string")))
    }
}
