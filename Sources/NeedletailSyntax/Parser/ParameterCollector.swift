import NeedletailCore

/// Notes the parameters of one statement as they are met.
struct ParameterCollector {
    private var highest = 0
    private var names: [String] = []
    private var known: Set<String> = []

    var use: ParameterUse {
        if highest > 0 { return .positional(highest) }
        return names.isEmpty ? .none : .named(names)
    }

    /// - Throws: 42P02 if the statement also has parameters of the other kind, 54000 if there are
    ///   too many.
    mutating func note(_ parameter: Parameter, at range: SourceRange) throws(SyntaxFailure) {
        switch parameter {
        case .positional(let number):
            guard names.isEmpty else { throw Self.mixed(range) }
            highest = max(highest, number)
        case .named(let name):
            guard highest == 0 else { throw Self.mixed(range) }
            guard known.insert(name).inserted else { return }
            names.append(name)
            guard names.count <= Limits.parametersMax else {
                throw SyntaxFailure(
                    .programLimit,
                    "the statement has more than \(Limits.parametersMax) parameters",
                    hint: "Insert in batches, or bind arrays.", position: range)
            }
        }
    }

    private static func mixed(_ range: SourceRange) -> SyntaxFailure {
        SyntaxFailure(
            .undefinedParameter, "the statement mixes numbered and named parameters",
            hint: "Use either $1, $2, … or :name throughout the statement.", position: range)
    }
}
