import NeedletailCore
import NeedletailSyntax

/// Binds the `WITH (m = 16, ef_construction = 200, codes = 'auto')` of an hnsw index, or the
/// `WITH (lists = auto, assign = 1, codes = 'auto')` of an ivf index.
struct VectorIndexOptionBinder {
    private let operatorClass: OperatorClass

    private let method: IndexDefinition.Method

    init(_ operatorClass: OperatorClass, _ method: IndexDefinition.Method) {
        self.operatorClass = operatorClass
        self.method = method
    }

    private enum Name: String, CaseIterable {
        case m
        case efConstruction = "ef_construction"
        case codes
        case lists
        case assign

        /// Those of an index by `method`.
        static func all(of method: IndexDefinition.Method) -> [Name] {
            method == .ivf ? [.lists, .assign, .codes] : [.m, .efConstruction, .codes]
        }
    }

    /// Errors: 42704 for an unknown option, 42601 for one that is given twice, 22023 for a value
    /// out of range or of the wrong kind, or for codes that the operator class does not have.
    func bind(
        _ options: OptionList, into vector: inout VectorIndexOptions
    ) throws(DatabaseError) {
        var given: [Name: Option] = [:]
        for option in options {
            let all = Name.all(of: method)
            guard let name = Name(rawValue: option.name.text), all.contains(name) else {
                let names = all.map(\.rawValue)
                throw DatabaseError(
                    .undefinedObject,
                    "unknown option \"\(option.name.text)\" of an \(method.rawValue) index",
                    hint: Suggestion.hint(for: option.name.text, in: names)
                        ?? "The options are \(names.joined(separator: ", ")).",
                    position: option.range)
            }
            guard given.updateValue(option, forKey: name) == nil else {
                throw .repeatedOption(option)
            }
            switch name {
            case .m: vector.m = try integer(option, Limits.graphDegreeRange)
            case .efConstruction:
                vector.efConstruction = try integer(option, Limits.efConstructionRange)
            case .codes: vector.codes = try codes(option)
            case .lists: vector.lists?.count = try listCount(option)
            case .assign: vector.lists?.assign = try integer(option, Limits.listAssignRange)
            }
        }
        guard method == .ivf || vector.efConstruction >= 2 * vector.m else {
            throw DatabaseError(
                .invalidParameter,
                "ef_construction is \(vector.efConstruction), and must be at least twice m, which "
                    + "is \(vector.m)",
                hint: "Write ef_construction = \(2 * vector.m) or more, or a smaller m.",
                position: (given[.efConstruction] ?? given[.m])?.range)
        }
    }

    private func integer(
        _ option: Option, _ range: ClosedRange<Int>
    ) throws(DatabaseError) -> Int {
        let expected = "\(range.lowerBound) .. \(range.upperBound)"
        guard case .literal(.integer(let written))? = option.value else {
            throw wrong(option, "a whole number, \(expected)")
        }
        guard let number = Int(exactly: written), range.contains(number) else {
            throw DatabaseError(
                .invalidParameter,
                "\(written) is outside the valid range for option \"\(option.name.text)\" "
                    + "(\(expected))",
                position: option.range)
        }
        return number
    }

    /// `nil` for `auto`.
    private func listCount(_ option: Option) throws(DatabaseError) -> Int? {
        switch option.value {
        case .name(let name)? where name.text == "auto": return nil
        case .literal(.string("auto"))?: return nil
        default: return try integer(option, Limits.listsRange)
        }
    }

    private func codes(_ option: Option) throws(DatabaseError) -> VectorIndexOptions.Codes {
        let names = VectorIndexOptions.Codes.allCases.map(\.rawValue)
        let word: String
        switch option.value {
        case .name(let name)?: word = name.text
        case .literal(.string(let text))?: word = text
        default: throw wrong(option, "one of \(names.joined(separator: ", "))")
        }
        guard let codes = VectorIndexOptions.Codes(rawValue: word) else {
            throw wrong(option, "one of \(names.joined(separator: ", "))")
        }
        let fitting = operatorClass.codes
        guard codes == .auto || fitting.contains(codes) else {
            let choice = fitting.map { "'\($0.rawValue)'" }.joined(separator: " or ")
            throw DatabaseError(
                .invalidParameter,
                "an index by \(operatorClass.rawValue) has no codes '\(word)', only \(choice)",
                hint: "Write codes = \(choice), or leave it out.", position: option.range)
        }
        return codes
    }

    private func wrong(_ option: Option, _ expected: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "option \"\(option.name.text)\" must be \(expected)",
            position: option.range)
    }
}

extension DatabaseError {
    /// 42601 for an option that stands twice in one list.
    static func repeatedOption(_ option: Option) -> DatabaseError {
        DatabaseError(
            .syntaxError, "option \"\(option.name.text)\" is given twice", hint: "Keep one.",
            position: option.range)
    }
}
