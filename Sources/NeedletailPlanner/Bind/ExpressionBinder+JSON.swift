import NeedletailCore
import NeedletailSyntax

extension ExpressionBinder {
    /// `->`, `->>`, `#>`, `#>>`, `?`, `?|` and `?&`.
    func jsonOperator(
        _ symbol: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard left.type == .jsonb || left.type == .unknown,
            let json = try statement.coerced(left, to: .jsonb, .implicit),
            let function = Builtin(rawValue: symbol.rawValue)
        else {
            let hint =
                left.type.isVector && (symbol == .jsonValue || symbol == .jsonText)
                ? "For a distance write <->, <=>, <#> or <+>."
                : "Only jsonb values have keys."
            throw .noOperator(symbol.rawValue, left.type, right.type, hint: hint, at: range)
        }
        let wanted: ValueType
        let result: ValueType
        switch symbol {
        case .jsonText, .jsonValue:
            wanted = right.type.isInteger ? .bigint : .text
            result = symbol == .jsonText ? .text : .jsonb
        case .hasKey: (wanted, result) = (.text, .boolean)
        case .hasAnyKey, .hasAllKeys: (wanted, result) = (.array(.text), .boolean)
        default:
            wanted = .array(.text)
            result = symbol == .jsonPathText ? .text : .jsonb
        }
        guard let key = try statement.coerced(right, to: wanted, .implicit) else {
            throw .noOperator(
                symbol.rawValue, left.type, right.type,
                hint: "The right side must be \(wanted.sqlName).", at: range)
        }
        return BoundExpression(.call(function, [json, key]), result, range)
    }

    /// `@>`, `<@` and `&&`, on jsonb and on arrays.
    func containment(
        _ symbol: BinaryOperator, _ left: BoundExpression, _ right: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        if symbol != .overlaps, left.type == .jsonb || right.type == .jsonb {
            guard let first = try statement.coerced(left, to: .jsonb, .implicit),
                let second = try statement.coerced(right, to: .jsonb, .implicit)
            else {
                throw .noOperator(
                    symbol.rawValue, left.type, right.type,
                    hint: "Both sides must be jsonb, as in meta @> '{\"lang\": \"en\"}'.",
                    at: range)
            }
            let function: Builtin = symbol == .contains ? .jsonContains : .jsonContained
            return BoundExpression(.call(function, [first, second]), .boolean, range)
        }
        guard let type = CastRules.common(left.type, right.type), case .array = type,
            let first = try statement.coerced(left, to: type, .implicit),
            let second = try statement.coerced(right, to: type, .implicit)
        else {
            throw .noOperator(
                symbol.rawValue, left.type, right.type,
                hint: "It is for arrays and, except &&, for jsonb.", at: range)
        }
        let function: Builtin =
            switch symbol {
            case .contains: .arrayContains
            case .containedBy: .arrayContained
            default: .arrayOverlaps
            }
        return BoundExpression(.call(function, [first, second]), .boolean, range)
    }
}

extension StatementBinder {
    /// What `SET column.a.b = value` stores: the column with the value at the end of the path.
    ///
    /// A NULL column starts as an empty object, missing objects on the way are made, and NULL is
    /// stored as JSON null, so that no assignment to a path can lose the rest of the column.
    func settingPath(
        _ steps: [JSONStep], of column: BoundExpression, to value: BoundExpression,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let empty = BoundExpression.constant(.json(.object(JSONObject())), .jsonb)
        let missing = BoundExpression.constant(.json(.null), .jsonb)
        guard let json = jsonScalar(value) ?? jsonOf(value) else {
            throw DatabaseError(
                .datatypeMismatch, "\(value.type.familyName) cannot be stored in jsonb",
                hint: "Cast it to text, or use to_jsonb.", position: value.range ?? range)
        }
        var stored = json
        if case .constant(let constant) = json.kind {
            if constant.isNull { stored = missing }
        } else {
            stored = BoundExpression(.call(.coalesce, [json, missing]), .jsonb, json.range)
        }
        var base = BoundExpression(.call(.coalesce, [column, empty]), .jsonb, range)
        for length in steps.indices.dropFirst() {
            let prefix = Array(steps.prefix(length))
            let there = BoundExpression(.jsonPath(base, prefix), .jsonb, range)
            let container = BoundExpression(.call(.coalesce, [there, empty]), .jsonb, range)
            base = BoundExpression(
                .call(.jsonSet, [base, .array(prefix.map(\.pathText), .text), container]), .jsonb,
                range)
        }
        let path = BoundExpression.array(steps.map(\.pathText), .text)
        return BoundExpression(.call(.jsonSet, [base, path, stored]), .jsonb, range)
    }

    /// Arrays and moments go through `to_jsonb`.
    private func jsonOf(_ value: BoundExpression) -> BoundExpression? {
        value.type.isVector || value.type == .bytea
            ? nil : BoundExpression(.call(.toJSON, [value]), .jsonb, value.range)
    }
}
