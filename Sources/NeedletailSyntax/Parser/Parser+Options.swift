import NeedletailCore

extension Parser {
    /// `WITH (…)`, if it comes.
    ///
    /// grammar: options
    mutating func withOptions() throws(SyntaxFailure) -> OptionList {
        guard at(.with), peek().kind == .symbol(.leftParenthesis) else { return [] }
        advance()
        return try optionList()
    }

    /// grammar: optionList
    mutating func optionList() throws(SyntaxFailure) -> OptionList {
        try parenthesizedList { parser throws(SyntaxFailure) in try parser.option() }
    }

    /// grammar: option
    private mutating func option() throws(SyntaxFailure) -> Option {
        let start = token
        let name = try objectName("an option")
        var value: OptionValue?
        if accept(.equal) {
            if at(.on) || at(.in) {
                value = .name(takeName())
            } else {
                value = Self.simplified(try expression())
            }
        }
        return Option(name, value, location: location(from: start))
    }

    private static func simplified(_ value: Expression) -> OptionValue {
        switch value.kind {
        case .literal(let literal): .literal(literal)
        case .parameter(let parameter): .parameter(parameter)
        case .column(let path):
            if let name = path.first, path.count == 1 {
                .name(name)
            } else {
                .expression(value)
            }
        default: .expression(value)
        }
    }

    /// A value of a setting: a word, a string, a number or a parameter.
    ///
    /// grammar: settingValue
    mutating func settingValue() throws(SyntaxFailure) -> OptionValue {
        switch token.kind {
        case .positionalParameter, .namedParameter: return .parameter(try parameter())
        case .keyword(.on): return .name(takeName())
        case .symbol(.minus):
            advance()
            guard isAtNumber else { throw unexpected("a number") }
            return .literal(try number(isNegative: true))
        default: break
        }
        if isAtName { return .name(takeName()) }
        guard let literal = try literal() else {
            throw unexpected("a name, a string or a number")
        }
        return .literal(literal)
    }
}
