import NeedletailCore

extension DatabaseError.Code {
    /// Accepted, and worth a word.
    static let warning: Self = "01000"
    /// NULL where no value may be missing.
    static let nullNotAllowed: Self = "22004"
    /// A value for a column that makes its own.
    static let generatedAlways: Self = "428C9"
    /// A name that is too long or empty.
    static let invalidName: Self = "42602"
}

extension DatabaseError {
    /// 22000: a vector of another size.
    static func dimensions(expected: Int, found: Int) -> DatabaseError {
        DatabaseError(
            .dataException, "expected \(expected) dimensions, not \(found)",
            hint: "Give as many components as the column, or the other vector, has.")
    }

    /// The same error about the literal at `range`, whatever place inside it the reader named.
    func aboutLiteral(at range: SourceRange?) -> DatabaseError {
        var copy = self
        copy.position = range
        return copy
    }

    /// 0A000 with one sentence about what is missing.
    static func unsupported(
        _ what: String, hint: String? = nil, at range: SourceRange?
    ) -> DatabaseError {
        DatabaseError(.notSupported, what, hint: hint, position: range)
    }

    /// 42883 for an operator between types that it does not know.
    static func noOperator(
        _ symbol: String, _ left: ValueType, _ right: ValueType, hint: String? = nil,
        at range: SourceRange?
    ) -> DatabaseError {
        DatabaseError(
            .undefinedFunction,
            "operator \(symbol) is not defined for \(left.familyName) and \(right.familyName)",
            hint: hint ?? castHint(left, right), position: range)
    }
}

/// The cast that would make two types meet, if there is one.
private func castHint(_ left: ValueType, _ right: ValueType) -> String? {
    if left != .text, CastRules.level(from: right, to: left) != nil {
        return "Cast the right side, as in value::\(left.familyName)."
    }
    if right != .text, CastRules.level(from: left, to: right) != nil {
        return "Cast the left side, as in value::\(right.familyName)."
    }
    return nil
}

extension ValueType {
    /// The name without a dimension, as sentences about kinds of values want it.
    var familyName: String {
        switch self {
        case .vector: "vector"
        case .halfvec: "halfvec"
        case .bit: "bit"
        case .unknown: "text"
        default: sqlName
        }
    }

    /// The same kind of vector without a dimension; other types as they are.
    var withoutDimension: ValueType {
        switch self {
        case .vector: .vector(nil)
        case .halfvec: .halfvec(nil)
        case .bit: .bit(nil)
        default: self
        }
    }

    /// The same kind of vector with a dimension.
    func sized(_ dimension: Int?) -> ValueType {
        switch self {
        case .vector: .vector(dimension)
        case .halfvec: .halfvec(dimension)
        case .bit: .bit(dimension)
        default: self
        }
    }

    /// Whether values have an order that `<`, `ORDER BY`, `min` and keys can use.
    var isOrdered: Bool {
        switch self {
        case .vector, .halfvec, .bit, .jsonb: false
        case .array(let element): element.isOrdered
        default: true
        }
    }
}
