import NeedletailCore
import NeedletailSyntax

extension ValueType {
    package var isFloatVector: Bool {
        switch self {
        case .vector, .halfvec: true
        default: false
        }
    }

    var isBits: Bool { if case .bit = self { true } else { false } }
}

extension Metric {
    init?(_ symbol: BinaryOperator) {
        switch symbol {
        case .l2Distance: self = .l2
        case .negativeInnerProduct: self = .innerProduct
        case .cosineDistance: self = .cosine
        case .l1Distance: self = .l1
        case .hammingDistance: self = .hamming
        case .jaccardDistance: self = .jaccard
        default: return nil
        }
    }

    /// Whether it is between bit strings rather than between vectors of floats.
    var isForBits: Bool { self == .hamming || self == .jaccard }
}

extension ExpressionBinder {
    /// `left <=> right` and its relatives.
    @inline(never)
    func distance(
        _ symbol: BinaryOperator, _ left: Expression, _ right: Expression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard let metric = Metric(symbol) else {
            throw .unsupported(
                "text ranking with <@> is not supported yet",
                hint: "It comes with the text index; filter with LIKE or ILIKE until then.",
                at: range)
        }
        let first: BoundExpression
        do {
            first = try bind(left)
        } catch {
            throw precedenceHint(error, symbol, left, right)
        }
        let second = try bind(right)
        return try distance(metric, first, second, symbol.rawValue, at: range)
    }

    /// `1 - a <=> b` reads as `(1 - a) <=> b`; says how to write what was meant.
    private func precedenceHint(
        _ error: DatabaseError, _ symbol: BinaryOperator, _ left: Expression, _ right: Expression
    ) -> DatabaseError {
        guard error.code == .undefinedFunction,
            case .binary(let outer, let first, let second) = left.kind,
            outer.precedence > .operators, error.position == left.range
        else { return error }
        var copy = error
        copy.hint =
            "Did you mean \(first.sql) \(outer.rawValue) "
            + "(\(second.sql) \(symbol.rawValue) \(right.sql))?"
        return copy
    }

    /// The distance of two bound vectors.
    ///
    /// - Parameter name: the operator or function, for messages.
    @inline(never)
    func distance(
        _ metric: Metric, _ left: BoundExpression, _ right: BoundExpression, _ name: String,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        if metric.isForBits {
            guard let sides = try bitSides(left, right, at: range) else {
                throw wrongOperands(metric, left, right, name, at: range)
            }
            return BoundExpression(.distance(metric, sides.left, sides.right), .double, range)
        }
        guard let sides = try vectorSides(left, right, at: range) else {
            throw wrongOperands(metric, left, right, name, at: range)
        }
        return BoundExpression(.distance(metric, sides.left, sides.right), .double, range)
    }

    /// Both sides as vectors of one type; `nil` if they are none.
    ///
    /// A literal, a parameter or a list takes the type and dimension of the other side. Of a
    /// `vector` and a `halfvec`, the side that does not depend on the row is cast to the other's
    /// type, so that a stored column is never converted; two columns meet as `vector`.
    ///
    /// Errors: 22000 where the dimensions differ, at the right side or at the literal.
    func vectorSides(
        _ left: BoundExpression, _ right: BoundExpression, sameSize: Bool = true,
        at range: SourceRange?
    ) throws(DatabaseError) -> ComparableSides? {
        let type: ValueType
        switch (left.type.isFloatVector, right.type.isFloatVector) {
        case (true, true): type = Self.meeting(left, right)
        case (true, false): type = left.type
        case (false, true): type = right.type
        case (false, false):
            guard Self.isUntyped(left), Self.isUntyped(right) else { return nil }
            type = .vector(nil)
        }
        func side(_ side: BoundExpression) throws(DatabaseError) -> BoundExpression? {
            let dimension =
                side.type.isFloatVector || !sameSize ? side.type.dimension : type.dimension
            if side.type.isFloatVector, side.type.withoutDimension == type.withoutDimension {
                return side
            }
            guard side.type.isFloatVector || Self.isUntyped(side) || side.type.isArray else {
                return nil
            }
            return try statement.coerced(side, to: type.sized(dimension), .assignment)
        }
        guard let first = try side(left), let second = try side(right) else { return nil }
        if sameSize, let one = first.type.dimension, let other = second.type.dimension,
            one != other
        {
            let columnIsLeft = !left.isRowIndependent || right.isRowIndependent
            throw DatabaseError.dimensions(
                expected: columnIsLeft ? one : other, found: columnIsLeft ? other : one
            ).at((columnIsLeft ? right : left).range ?? range)
        }
        return ComparableSides(left: first, right: second)
    }

    private static func meeting(_ left: BoundExpression, _ right: BoundExpression) -> ValueType {
        if left.type.withoutDimension == right.type.withoutDimension { return left.type }
        if right.isRowIndependent, !left.isRowIndependent { return left.type }
        if left.isRowIndependent, !right.isRowIndependent { return right.type }
        return .vector(nil)
    }

    private static func isUntyped(_ side: BoundExpression) -> Bool {
        side.type == .unknown || side.isArrayConstructor
    }

    private func bitSides(
        _ left: BoundExpression, _ right: BoundExpression, at range: SourceRange?
    ) throws(DatabaseError) -> ComparableSides? {
        let type: ValueType =
            left.type.isBits ? left.type : right.type.isBits ? right.type : .bit(nil)
        func side(_ side: BoundExpression) throws(DatabaseError) -> BoundExpression? {
            if side.type.isBits { return side }
            return side.type == .unknown ? try statement.coerced(side, to: type, .implicit) : nil
        }
        guard let first = try side(left), let second = try side(right) else { return nil }
        if let one = first.type.dimension, let other = second.type.dimension, one != other {
            throw DatabaseError.dimensions(expected: one, found: other).at(right.range ?? range)
        }
        return ComparableSides(left: first, right: second)
    }

    private func wrongOperands(
        _ metric: Metric, _ left: BoundExpression, _ right: BoundExpression, _ name: String,
        at range: SourceRange?
    ) -> DatabaseError {
        let types = [left.type, right.type]
        let hint: String
        if metric.isForBits, types.contains(where: \.isFloatVector) {
            hint =
                "It is for bit strings. For vectors write <->, <=>, <#> or <+>, or use "
                + "binary_quantize(v)."
        } else if !metric.isForBits, types.contains(where: \.isBits) {
            hint = "It is for vectors. For bit strings write <~> (Hamming) or <%> (Jaccard)."
        } else {
            let wrong = types.first { !$0.isVector && $0 != .unknown }?.familyName ?? "text"
            hint = "A distance is between two vectors, and one side is \(wrong)."
        }
        return .noOperator(name, left.type, right.type, hint: hint, at: range)
    }
}

extension ValueType {
    var isArray: Bool { if case .array = self { true } else { false } }
}
