import NeedletailCore
import NeedletailSyntax

extension ExpressionBinder {
    /// `left op right`.
    @inline(never)
    func binary(
        _ symbol: BinaryOperator, _ left: Expression, _ right: Expression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        if symbol.isDistance { return try distance(symbol, left, right, at: range) }
        let first = try bind(left)
        let second = try bind(right)
        if let comparison = Comparison(rawValue: symbol.rawValue) {
            return try self.comparison(comparison, first, second, at: range)
        }
        switch symbol {
        case .add, .subtract, .multiply, .divide, .remainder, .power:
            return try arithmetic(symbol, first, second, at: range)
        case .concatenate: return try concatenation(first, second, at: range)
        case .overlaps, .contains, .containedBy:
            return try containment(symbol, first, second, at: range)
        case .jsonText, .jsonValue, .jsonPathText, .jsonPathValue, .hasKey, .hasAnyKey,
            .hasAllKeys:
            return try jsonOperator(symbol, first, second, at: range)
        default:
            throw .unsupported(
                "regular expressions are not supported", hint: "Use LIKE or ILIKE.", at: range)
        }
    }

    @inline(never)
    func unary(
        _ symbol: UnaryOperator, _ operand: Expression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        var bound = try bind(operand)
        if bound.type == .unknown {
            bound = try statement.coerce(bound, to: .double, .implicit, otherwise: "")
        }
        guard bound.type.isNumeric else {
            throw DatabaseError(
                .undefinedFunction,
                "operator \(symbol.rawValue) is not defined for \(bound.type.familyName)",
                hint: bound.isJSONPath ? "Cast the path to a number first." : nil, position: range)
        }
        if symbol == .plus { return bound }
        switch bound.kind {
        case .constant(.int(let number)) where number != .min:
            return BoundExpression(.constant(.int(-number)), bound.type, range)
        case .constant(.double(let number)):
            return BoundExpression(.constant(.double(-number)), bound.type, range)
        default: return BoundExpression(.call(.negate, [bound]), bound.type, range)
        }
    }

    @inline(never)
    private func arithmetic(
        _ symbol: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        if let time = try timeArithmetic(symbol, left, right, at: range) { return time }
        if let vector = try vectorArithmetic(symbol, left, right, at: range) { return vector }
        if symbol == .subtract, left.type == .jsonb, !left.isJSONPath || !right.type.isNumeric {
            let key =
                right.type.isInteger
                ? right
                : try statement.coerced(right, to: .text, .implicit)
            if let key { return BoundExpression(.call(.jsonDelete, [left, key]), .jsonb, range) }
        }
        var type = CastRules.common(left.type, right.type)
        if type == .unknown { type = .double }
        guard var type, type.isNumeric else {
            throw .noOperator(
                symbol.rawValue, left.type, right.type,
                hint: arithmeticHint(left) ?? arithmeticHint(right), at: range)
        }
        if symbol == .power { type = .double }
        guard let function = Builtin(rawValue: symbol.rawValue) else {
            throw .noOperator(symbol.rawValue, left.type, right.type, at: range)
        }
        if symbol == .remainder, !type.isInteger {
            throw .noOperator(
                "%", left.type, right.type, hint: "Cast both sides to bigint.", at: range)
        }
        let sides = try [left, right].map { side throws(DatabaseError) in
            try statement.coerce(
                side, to: type, .implicit,
                otherwise: "\(side.type.familyName) cannot become \(type.sqlName)")
        }
        return BoundExpression(.call(function, sides), type, range)
    }

    private func arithmeticHint(_ side: BoundExpression) -> String? {
        if side.isJSONPath { return "Cast the path first, as in (meta.page)::integer." }
        if side.type.isFloatVector {
            return "Vectors take +, - and * with another vector of the same dimension."
        }
        return side.type == .text ? "Cast the text to a number first." : nil
    }

    /// date ± integer, date - date; `nil` for anything else.
    @inline(never)
    private func timeArithmetic(
        _ symbol: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression? {
        switch (symbol, left.type, right.type) {
        case (.add, .date, _) where right.type.isInteger:
            return BoundExpression(.call(.dateAddDays, [left, right]), .date, range)
        case (.add, _, .date) where left.type.isInteger:
            return BoundExpression(.call(.dateAddDays, [right, left]), .date, range)
        case (.subtract, .date, _) where right.type.isInteger:
            return BoundExpression(.call(.dateSubtractDays, [left, right]), .date, range)
        case (.subtract, .date, .date), (.subtract, .date, .unknown), (.subtract, .unknown, .date):
            let sides = try [left, right].map { side throws(DatabaseError) in
                try statement.coerce(side, to: .date, .implicit, otherwise: "not a date")
            }
            return BoundExpression(.call(.dateDifference, sides), .int, range)
        case (_, .timestamptz, _), (_, _, .timestamptz):
            throw .noOperator(
                symbol.rawValue, left.type, right.type,
                hint: "Compute in seconds: to_timestamp(extract('epoch', t) + 3600).", at: range)
        default: return nil
        }
    }

    @inline(never)
    private func vectorArithmetic(
        _ symbol: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression? {
        let function: Builtin
        switch symbol {
        case .add: function = .vectorAdd
        case .subtract: function = .vectorSubtract
        case .multiply: function = .vectorMultiply
        default: return nil
        }
        guard left.type.isFloatVector || right.type.isFloatVector else { return nil }
        guard let sides = try vectorSides(left, right, at: range) else { return nil }
        let dimension = sides.left.type.dimension ?? sides.right.type.dimension
        return BoundExpression(
            .call(function, [sides.left, sides.right]), sides.left.type.sized(dimension), range)
    }

    @inline(never)
    private func concatenation(
        _ left: BoundExpression, _ right: BoundExpression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        switch (left.type, right.type) {
        case (.jsonb, .jsonb), (.jsonb, .unknown), (.unknown, .jsonb):
            let sides = try [left, right].map { side throws(DatabaseError) in
                try statement.coerce(side, to: .jsonb, .implicit, otherwise: "not jsonb")
            }
            return BoundExpression(.call(.jsonConcat, sides), .jsonb, range)
        case (.array, _), (_, .array): return try arrayConcatenation(left, right, at: range)
        default: break
        }
        if left.type.isFloatVector || right.type.isFloatVector {
            guard let sides = try vectorSides(left, right, sameSize: false, at: range) else {
                throw .noOperator("||", left.type, right.type, at: range)
            }
            var dimension: Int?
            if let first = sides.left.type.dimension, let second = sides.right.type.dimension {
                dimension = first + second
            }
            return BoundExpression(
                .call(.vectorConcat, [sides.left, sides.right]), sides.left.type.sized(dimension),
                range)
        }
        // PostgreSQL takes a value of any type as long as the other side is text.
        guard
            [left, right].contains(where: {
                $0.type == .text || $0.type == .unknown || $0.isJSONPath
            })
        else {
            throw .noOperator(
                "||", left.type, right.type, hint: "Cast one side to text.", at: range)
        }
        let sides = try [left, right].map { side throws(DatabaseError) in
            try statement.coerce(side, to: .text, .assignment, otherwise: "not text")
        }
        return BoundExpression(.call(.concatText, sides), .text, range)
    }

    private static func isPlainText(_ side: BoundExpression) -> Bool {
        guard side.type == .unknown, case .constant(.text(let text)) = side.kind else {
            return false
        }
        return text.first { $0 != " " } != "{"
    }

    @inline(never)
    private func arrayConcatenation(
        _ left: BoundExpression, _ right: BoundExpression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        // A literal in braces is an array; any other is one more element.
        let hasElement = Self.isPlainText(left) || Self.isPlainText(right)
        if !hasElement, let type = CastRules.common(left.type, right.type), case .array = type {
            let sides = try unify([left, right], "arrays")
            return BoundExpression(.call(.arrayConcat, sides.expressions), type, range)
        }
        if case .array(let element) = left.type, let type = CastRules.common(element, right.type) {
            let array = try statement.coerce(left, to: .array(type), .implicit, otherwise: "")
            let value = try statement.coerce(right, to: type, .implicit, otherwise: "")
            return BoundExpression(.call(.arrayAppend, [array, value]), .array(type), range)
        }
        if case .array(let element) = right.type, let type = CastRules.common(left.type, element) {
            let array = try statement.coerce(right, to: .array(type), .implicit, otherwise: "")
            let value = try statement.coerce(left, to: type, .implicit, otherwise: "")
            let single = BoundExpression(.array([value]), .array(type), left.range)
            return BoundExpression(.call(.arrayConcat, [single, array]), .array(type), range)
        }
        throw .noOperator("||", left.type, right.type, at: range)
    }
}
