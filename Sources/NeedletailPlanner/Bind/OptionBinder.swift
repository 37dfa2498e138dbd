import NeedletailCore
import NeedletailSyntax

/// Binds the trailing `WITH (…)` of a query.
struct OptionBinder {
    let statement: StatementBinder

    init(_ statement: StatementBinder) { self.statement = statement }

    /// Errors: 42704 for an unknown option, 42601 for one that is given twice, 22023 for a value
    /// out of range or of the wrong kind and for options that contradict each other.
    func bind(_ options: OptionList) throws(DatabaseError) -> QueryOptions {
        var result = QueryOptions()
        var seen: Set<String> = []
        for option in options {
            let name = Self.aliases[option.name.text] ?? option.name.text
            guard seen.insert(name).inserted else { throw .repeatedOption(option) }
            if name == "exact" {
                result.isExact = try flag(option)
                continue
            }
            guard let known = QueryOptions.Name(rawValue: name) else {
                let names = QueryOptions.Name.allCases.map(\.rawValue) + ["exact"]
                throw DatabaseError(
                    .undefinedObject, "unknown option \"\(name)\"",
                    hint: Suggestion.hint(for: name, in: names)
                        ?? "The options are \(names.joined(separator: ", ")).",
                    position: option.range)
            }
            result.values[known] = try value(option, known)
        }
        try refuseContradiction(result, options)
        return result
    }

    /// 22023 where two options set how much work a search does.
    private func refuseContradiction(
        _ bound: QueryOptions, _ options: OptionList
    ) throws(DatabaseError) {
        var rivals = [QueryOptions.Name.recall, .efSearch, .probes]
            .filter { bound.values[$0] != nil }.map(\.rawValue)
        if bound.isExact { rivals.append("exact") }
        guard rivals.count > 1 else { return }
        let second = options.last { rivals.contains(Self.aliases[$0.name.text] ?? $0.name.text) }
        throw DatabaseError(
            .invalidParameter,
            "the options \(rivals.joined(separator: " and ")) contradict each other",
            hint: "Give a recall to reach, the width of the walk, the lists to probe, or exact.",
            position: second?.range)
    }

    private static let aliases = [
        "hnsw.ef_search": "ef_search", "ivfflat.probes": "probes", "ivf.probes": "probes",
    ]

    private func flag(_ option: Option) throws(DatabaseError) -> Bool {
        switch option.value {
        case nil, .literal(.boolean(true))?: return true
        case .literal(.boolean(false))?: return false
        case .name(let word)? where word.text == "on": return true
        case .name(let word)? where word.text == "off": return false
        default: throw wrong(option, "true or false")
        }
    }

    private func value(
        _ option: Option, _ name: QueryOptions.Name
    ) throws(DatabaseError) -> BoundExpression {
        switch name {
        case .recall, .rescore: return try number(option, name, .double)
        case .efSearch, .probes, .maxVisited: return try number(option, name, .bigint)
        case .timeout:
            if let milliseconds = try duration(option) {
                return .constant(.int(milliseconds), .bigint)
            }
            return try number(option, name, .bigint)
        case .filter:
            let word = try self.word(option)
            guard ["auto", "pre", "in", "post"].contains(word) else {
                throw wrong(option, "auto, pre, in or post")
            }
            return .text(word)
        case .index:
            let word = try self.word(option)
            if word != "none", try statement.catalog.index(named: word) == nil {
                throw DatabaseError(
                    .undefinedObject, "index \"\(word)\" does not exist", position: option.range)
            }
            return .text(word)
        }
    }

    private func number(
        _ option: Option, _ name: QueryOptions.Name, _ type: ValueType
    ) throws(DatabaseError) -> BoundExpression {
        let binder = ExpressionBinder(statement, Scope(), .option)
        let expression: Expression
        switch option.value {
        case .literal(let literal)?:
            expression = Expression(.literal(literal), location: option.location)
        case .parameter(let parameter)?:
            expression = Expression(.parameter(parameter), location: option.location)
        case .expression(let given)?: expression = given
        default: throw wrong(option, "a number")
        }
        let bound = try binder.value(expression, as: type, "option \(option.name.text)")
        switch bound.kind {
        case .parameter: break
        case .constant(.int(let number)): try name.check(Double(number), at: option.range)
        case .constant(.double(let number)): try name.check(number, at: option.range)
        default: throw wrong(option, "a number or a parameter")
        }
        return bound
    }

    private func word(_ option: Option) throws(DatabaseError) -> String {
        switch option.value {
        case .name(let word)?: return word.text
        case .literal(.string(let text))?: return text
        default: throw wrong(option, "a name")
        }
    }

    /// `'200ms'`, `'2s'`, `'1min'`; `nil` for what is not a string.
    private func duration(_ option: Option) throws(DatabaseError) -> Int64? {
        guard case .literal(.string(let text))? = option.value else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let factors: [Substring: Int64] = ["": 1, "ms": 1, "s": 1_000, "min": 60_000]
        guard let number = Int64(digits), let factor = factors[unit] else {
            throw wrong(option, "a time such as '200ms', '2s' or '1min'")
        }
        let (milliseconds, overflows) = number.multipliedReportingOverflow(by: factor)
        guard !overflows, milliseconds >= 1 else { throw wrong(option, "at least 1 ms") }
        return milliseconds
    }

    private func wrong(_ option: Option, _ expected: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "option \"\(option.name.text)\" must be \(expected)",
            position: option.range)
    }
}
