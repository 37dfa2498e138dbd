import NeedletailCore
import NeedletailSyntax

extension RandomTree {
    /// An expression of at most about `depth` levels.
    mutating func expression(_ depth: Int) -> Expression {
        guard depth > 0 else { return leaf() }
        let kind: Expression.Kind
        switch Int.random(in: 0..<24, using: &generator) {
        case 0: kind = .member(expression(depth - 1), step())
        case 1: kind = .element(expression(depth - 1), expression(depth - 1))
        case 2:
            kind = .slice(expression(depth - 1), expression(depth - 1), expression(depth - 1))
        case 3: kind = .unary(pick(UnaryOperator.allCases), expression(depth - 1))
        case 4: kind = .and(operands(2...3, depth))
        case 5: kind = .or(operands(2...3, depth))
        case 6: kind = .not(expression(depth - 1))
        case 7...11: kind = predicate(depth)
        case 12: kind = .exists(query(depth - 1))
        case 13: kind = .subquery(query(depth - 1))
        case 14: kind = .array(operands(0...3, depth), pick([.brackets, .keyword]))
        case 15: kind = .row(operands(2...3, depth))
        case 16: kind = .call(call(depth))
        case 17: kind = .conditional(conditional(depth))
        case 18: kind = .cast(expression(depth - 1), type())
        case 19...22:
            kind = .binary(
                pick(BinaryOperator.allCases), expression(depth - 1), expression(depth - 1))
        default: return leaf()
        }
        return Expression(kind)
    }

    mutating func operands(_ count: ClosedRange<Int>, _ depth: Int) -> [Expression] {
        some(count) { $0.expression(depth - 1) }
    }

    private mutating func predicate(_ depth: Int) -> Expression.Kind {
        let operand = expression(depth - 1)
        let isNegated = Bool.random(using: &generator)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0:
            let comparison = pick(BinaryOperator.allCases.filter(\.isComparison))
            let over: Expression.QuantifiedOperand =
                chance(2) ? .subquery(query(depth - 1)) : .array(notQuery(depth - 1))
            return .quantified(comparison, operand, pick([.any, .all]), over)
        case 1:
            return .test(operand, pick(Expression.TruthTest.allCases), isNegated: isNegated)
        case 2: return .distinctFrom(operand, expression(depth - 1), isNegated: isNegated)
        case 3:
            return .like(
                LikeExpression(
                    value: operand, pattern: expression(depth - 1), escape: pick([nil, "!", ""]),
                    ignoresCase: chance(2), isNegated: isNegated))
        case 4:
            return .between(
                operand, low: expression(depth - 1), high: expression(depth - 1),
                isNegated: isNegated)
        case 5: return .inSubquery(operand, query(depth - 1), isNegated: isNegated)
        default:
            let elements = chance(2) ? [notQuery(depth - 1)] : operands(2...3, depth)
            return .inList(operand, elements, isNegated: isNegated)
        }
    }

    /// An expression that is no query in parentheses.
    mutating func notQuery(_ depth: Int) -> Expression {
        let made = expression(depth)
        if case .subquery = made.kind { return leaf() }
        return made
    }

    mutating func call(_ depth: Int) -> FunctionCall {
        let filter = chance(4) ? expression(depth - 1) : nil
        if chance(6) { return FunctionCall(objectName(), isStar: true, filter: filter) }
        let arguments = some(0...3) { tree in
            FunctionCall.Argument(
                name: tree.chance(4) ? tree.name() : nil, tree.expression(depth - 1))
        }
        guard !arguments.isEmpty else { return FunctionCall(objectName(), filter: filter) }
        return FunctionCall(
            objectName(), arguments, isDistinct: chance(4),
            orderBy: chance(4) ? sortKeys(depth) : [], filter: filter)
    }

    private mutating func conditional(_ depth: Int) -> CaseExpression {
        CaseExpression(
            operand: maybe { $0.expression(depth - 1) },
            branches: some(1...2) {
                .init(condition: $0.expression(depth - 1), result: $0.expression(depth - 1))
            }, otherwise: maybe { $0.expression(depth - 1) })
    }

    mutating func sortKeys(_ depth: Int) -> [SortKey] {
        some(1...2) {
            SortKey(
                $0.expression(depth - 1), isDescending: $0.chance(2),
                nullsFirst: $0.pick([nil, true, false]))
        }
    }
}
