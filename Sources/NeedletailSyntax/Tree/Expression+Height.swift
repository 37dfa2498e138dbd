extension Sequence<Expression> {
    /// Height of the tallest, 0 without any.
    var tallest: Int32 { reduce(0) { Swift.max($0, $1.height) } }
}

extension Expression.Kind {
    /// Height of the tallest operand, 0 for a leaf.
    var heightOfOperands: Int32 {
        switch self {
        case .literal, .typedLiteral, .parameter, .column, .defaultValue: 0
        case .member(let operand, _), .unary(_, let operand), .not(let operand),
            .test(let operand, _, _), .cast(let operand, _):
            operand.height
        case .element(let left, let right), .binary(_, let left, let right),
            .distinctFrom(let left, let right, _):
            max(left.height, right.height)
        case .slice(let base, let lower, let upper), .between(let base, let lower, let upper, _):
            max(base.height, lower.height, upper.height)
        case .and(let operands), .or(let operands), .array(let operands, _), .row(let operands):
            operands.tallest
        case .quantified(_, let operand, _, .array(let array)): max(operand.height, array.height)
        case .quantified(_, let operand, _, .subquery(let query)):
            max(operand.height, query.height)
        case .like(let like): max(like.value.height, like.pattern.height)
        case .inList(let operand, let elements, _): max(operand.height, elements.tallest)
        case .inSubquery(let operand, let query, _): max(operand.height, query.height)
        case .exists(let query), .subquery(let query): query.height
        case .call(let call): call.height
        case .conditional(let conditional): conditional.height
        }
    }
}

extension FunctionCall {
    fileprivate var height: Int32 {
        max(
            arguments.lazy.map(\.value).tallest, orderBy.lazy.map(\.expression).tallest,
            filter?.height ?? 0)
    }
}

extension CaseExpression {
    fileprivate var height: Int32 {
        max(
            operand?.height ?? 0, otherwise?.height ?? 0,
            branches.lazy.map(\.condition).tallest, branches.lazy.map(\.result).tallest)
    }
}

extension SelectStatement {
    /// Levels of expressions and queries in it, itself included.
    var height: Int32 {
        var tallest = max(
            body.height, with.reduce(0) { max($0, $1.query.height) },
            orderBy.lazy.map(\.expression).tallest)
        if let limitBy { tallest = max(tallest, limitBy.count.height, limitBy.keys.tallest) }
        for option in options {
            if case .expression(let value) = option.value { tallest = max(tallest, value.height) }
        }
        return max(tallest, limit?.height ?? 0, offset?.height ?? 0) &+ 1
    }
}

extension SelectBody {
    fileprivate var height: Int32 {
        switch self {
        case .select(let core): core.height
        case .values(let rows): rows.reduce(0) { max($0, $1.tallest) }
        case .nested(let query): query.height
        case .combined(let first, let rest):
            rest.reduce(first.height) { max($0, $1.operand.height) } &+ 1
        }
    }
}

extension SelectCore {
    fileprivate var height: Int32 {
        var tallest = max(
            groupBy.tallest, filter?.height ?? 0, having?.height ?? 0,
            from.reduce(0) { max($0, $1.height) })
        if case .on(let keys) = distinct { tallest = max(tallest, keys.tallest) }
        for case .expression(let value, _) in items { tallest = max(tallest, value.height) }
        return tallest
    }
}

extension FromItem {
    fileprivate var height: Int32 {
        joins.reduce(source.height) { tallest, join in
            guard case .on(let condition) = join.condition else {
                return max(tallest, join.source.height)
            }
            return max(tallest, join.source.height, condition.height)
        }
    }
}

extension TableSource {
    fileprivate var height: Int32 {
        switch kind {
        case .table(_, .snapshot(let value)?), .table(_, .transaction(let value)?): value.height
        case .table(_, nil): 0
        case .subquery(let query): query.height
        case .function(let call): call.height
        }
    }
}
