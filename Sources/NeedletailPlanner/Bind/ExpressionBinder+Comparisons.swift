import NeedletailCore
import NeedletailSyntax

/// What two sides of a comparison became.
struct ComparableSides {
    var left: BoundExpression
    var right: BoundExpression
}

extension ExpressionBinder {
    /// `left op right` for the six comparisons.
    @inline(never)
    func comparison(
        _ comparison: Comparison, _ left: BoundExpression, _ right: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let sides = try comparable(left, right, comparison.rawValue, at: range)
        if comparison != .equal, comparison != .notEqual,
            !Self.isOrdered(sides.left, sides.right)
        {
            throw .noOperator(
                comparison.rawValue, sides.left.type, sides.right.type,
                hint: Self.orderHint(sides.left), at: range)
        }
        return BoundExpression(.compare(comparison, sides.left, sides.right), .boolean, range)
    }

    /// Both sides in types that compare.
    ///
    /// Numbers stay as they are, whatever their types: the executor compares them exactly. A SQL
    /// scalar against a JSON path becomes jsonb (a number a JSON number, a text a JSON string), and
    /// the comparison is then by JSON type: values of two types give NULL. Against other jsonb,
    /// only jsonb compares.
    ///
    /// - Parameter symbol: the operator, for messages.
    @inline(never)
    func comparable(
        _ left: BoundExpression, _ right: BoundExpression, _ symbol: String,
        at range: SourceRange?
    ) throws(DatabaseError) -> ComparableSides {
        if left.isJSONPath || right.isJSONPath {
            guard let first = statement.jsonScalar(left), let second = statement.jsonScalar(right)
            else {
                let type = (left.isJSONPath ? right : left).type.familyName
                throw .noOperator(
                    symbol, left.type, right.type, hint: "Cast the path, as in (path)::\(type).",
                    at: range)
            }
            return ComparableSides(left: first, right: second)
        }
        if left.type.isNumeric, right.type.isNumeric {
            return ComparableSides(left: left, right: right)
        }
        var type = CastRules.common(left.type, right.type)
        if type == .unknown { type = .text }
        if type == nil, left.type.isVector, right.isArrayConstructor { type = left.type }
        if type == nil, right.type.isVector, left.isArrayConstructor { type = right.type }
        guard let type, let first = try statement.coerced(left, to: type, .implicit),
            let second = try statement.coerced(right, to: type, .implicit)
        else { throw incomparable(left, right, symbol, at: range) }
        if let one = first.type.dimension, let other = second.type.dimension, one != other {
            throw DatabaseError.dimensions(expected: one, found: other).at(right.range ?? range)
        }
        return ComparableSides(left: first, right: second)
    }

    private static func isOrdered(_ left: BoundExpression, _ right: BoundExpression) -> Bool {
        if left.isJSONPath || right.isJSONPath { return true }
        return left.type.isOrdered && right.type.isOrdered
    }

    private static func orderHint(_ side: BoundExpression) -> String {
        side.type == .jsonb
            ? "Compare a path, as in meta.page > 5."
            : "Vectors have no order; compare a distance, as in v <-> :q < 0.5."
    }

    @inline(never)
    private func incomparable(
        _ left: BoundExpression, _ right: BoundExpression, _ symbol: String,
        at range: SourceRange?
    ) -> DatabaseError {
        var hint: String?
        for (side, other) in [(left, right), (right, left)] {
            guard case .call(.jsonGetText, let arguments) = side.kind, arguments.count == 2,
                other.type.isNumeric || other.type == .boolean
            else { continue }
            if let path = pathSpelling(arguments[0], arguments[1]) {
                let value = other.constantValue == nil ? "…" : spelling(other)
                hint =
                    "->> gives text. Write \(path) \(symbol) \(value), which compares by JSON type."
            }
        }
        if hint == nil, left.type == .jsonb || right.type == .jsonb {
            hint = "Compare a path, as in meta.page = 5, or cast the value to jsonb."
        }
        return .noOperator(symbol, left.type, right.type, hint: hint, at: range)
    }

    private func spelling(_ expression: BoundExpression) -> String {
        ExpressionText(columns: columnNames, parameters: [], subquery: { _ in "…" })
            .text(expression)
    }

    private var columnNames: [String] {
        var names = [String](repeating: "column", count: scope.width)
        for relation in scope.relations {
            for (position, column) in relation.columns.enumerated()
            where names.indices.contains(relation.offset + position) {
                names[relation.offset + position] = column.name
            }
        }
        return names
    }

    /// `meta ->> 'n'` as `meta.n`.
    private func pathSpelling(_ base: BoundExpression, _ key: BoundExpression) -> String? {
        switch key.kind {
        case .constant(.text(let name)):
            spelling(base) + ExpressionText.path([.key(name)])
        case .constant(.int(let index)): spelling(base) + "[\(index)]"
        default: nil
        }
    }
}

extension StatementBinder {
    /// A scalar as the jsonb that a JSON path is compared with, or set to: numbers, booleans, texts
    /// and uuids by what they are, `nil` for other types. A parameter without a type stays so; its
    /// value decides, through `to_jsonb`.
    func jsonScalar(_ side: BoundExpression) -> BoundExpression? {
        if side.type == .jsonb { return side }
        switch side.type {
        case .unknown, .text, .boolean, .uuid: break
        default: guard side.type.isNumeric else { return nil }
        }
        if case .constant(let value) = side.kind {
            guard let json = ConstantConversion.json(value) else { return nil }
            return BoundExpression(.constant(json), .jsonb, side.range)
        }
        if case .parameter(let position) = side.kind, side.type == .unknown {
            leaveUntyped(position)
            return BoundExpression(.call(.toJSON, [side]), .jsonb, side.range)
        }
        return BoundExpression(.cast(side, explicit: false), .jsonb, side.range)
    }
}
