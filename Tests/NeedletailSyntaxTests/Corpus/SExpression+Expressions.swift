import NeedletailSyntax

extension SExpression {
    init(_ expression: Expression) { self = Self.expression(expression.kind) }

    private static func expression(_ kind: Expression.Kind) -> SExpression {
        switch kind {
        case .literal(let literal): .atom(literal.sql)
        case .typedLiteral(let type, let text):
            .node("typed", .atom(type.sql), .atom(Literal.sqlString(text)))
        case .parameter, .column: .atom(Expression(kind).sql)
        case .member(let base, let name):
            .node("member", SExpression(base), .atom(name.spelling))
        case .element(let base, let index): .node("element", of(base, index))
        case .slice(let base, let lower, let upper): .node("slice", of(base, lower, upper))
        case .unary(let sign, let operand): .node(sign.rawValue, of(operand))
        case .binary(let binary, let left, let right): .node(binary.rawValue, of(left, right))
        case .and(let operands): .node("and", operands.map { SExpression($0) })
        case .or(let operands): .node("or", operands.map { SExpression($0) })
        case .not(let operand): .node("not", of(operand))
        case .exists(let query): .node("exists", SExpression(query))
        case .subquery(let query): .node("subquery", SExpression(query))
        case .array(let elements, let spelling):
            .node(spelling == .keyword ? "array" : "[]", elements.map { SExpression($0) })
        case .row(let elements): .node("row", elements.map { SExpression($0) })
        case .call(let call): SExpression(call)
        case .conditional(let conditional): SExpression(conditional)
        case .cast(let operand, let type): .node("::", SExpression(operand), .atom(type.sql))
        case .defaultValue: .atom("default")
        default: predicate(kind)
        }
    }

    private static func predicate(_ kind: Expression.Kind) -> SExpression {
        switch kind {
        case .quantified(let binary, let left, let quantifier, let operand):
            let right: SExpression =
                switch operand {
                case .array(let array): SExpression(array)
                case .subquery(let query): SExpression(query)
                }
            return .node(
                "\(binary.rawValue) \(quantifier.rawValue.lowercased())", SExpression(left), right)
        case .test(let operand, let test, let isNegated):
            let word = test.rawValue.lowercased()
            return .node(isNegated ? "is-not-\(word)" : "is-\(word)", of(operand))
        case .distinctFrom(let left, let right, let isNegated):
            return .node(isNegated ? "not-distinct" : "distinct", of(left, right))
        case .like(let like):
            return .node(
                (like.isNegated ? "not-" : "") + (like.ignoresCase ? "ilike" : "like"),
                SExpression(like.value), SExpression(like.pattern),
                like.escape.map { .node("escape", .atom(Literal.sqlString($0))) })
        case .between(let operand, let low, let high, let isNegated):
            return .node(isNegated ? "not-between" : "between", of(operand, low, high))
        case .inList(let operand, let elements, let isNegated):
            return .node(
                isNegated ? "not-in" : "in", ([operand] + elements).map { SExpression($0) })
        case .inSubquery(let operand, let query, let isNegated):
            return .node(isNegated ? "not-in" : "in", SExpression(operand), SExpression(query))
        default: return .atom("?")
        }
    }

    private static func of(_ operands: Expression...) -> [SExpression?] {
        operands.map { SExpression($0) }
    }

    init(_ call: FunctionCall) {
        var parts: [SExpression?] = [.atom(call.name.sql)]
        parts.append(.flag("*", call.isStar))
        parts.append(.flag("distinct", call.isDistinct))
        for argument in call.arguments {
            let value = SExpression(argument.value)
            parts.append(argument.name.map { .node("=>", .atom($0.sql), value) } ?? value)
        }
        parts.append(Self.orderBy(call.orderBy))
        parts.append(call.filter.map { .node("filter", SExpression($0)) })
        self = .node("call", parts)
    }

    init(_ conditional: CaseExpression) {
        var parts: [SExpression?] = [conditional.operand.map { SExpression($0) }]
        parts += conditional.branches.map {
            .node("when", SExpression($0.condition), SExpression($0.result))
        }
        parts.append(conditional.otherwise.map { .node("else", SExpression($0)) })
        self = .node("case", parts)
    }

    static func orderBy(_ keys: [SortKey]) -> SExpression? {
        guard !keys.isEmpty else { return nil }
        return .node(
            "order-by",
            keys.map { key in
                let value = SExpression(key.expression)
                let direction = direction(key.isDescending, key.nullsFirst)
                return direction.isEmpty ? value : .node("key", [value] + direction)
            })
    }

    static func direction(_ isDescending: Bool, _ nullsFirst: Bool?) -> [SExpression] {
        [
            .flag("desc", isDescending),
            nullsFirst.map { .atom($0 ? "nulls-first" : "nulls-last") },
        ].compactMap { $0 }
    }
}
