import NeedletailCore

/// What may stand behind an operand.
private enum Infix {
    case binary(BinaryOperator)
    case and
    case or
    case test
    case like
    case between
    case list

    var precedence: Precedence {
        switch self {
        case .binary(let binary): binary.precedence
        case .and: .and
        case .or: .or
        case .test: .isTest
        case .like, .between, .list: .predicate
        }
    }
}

extension Parser {
    /// An expression of operators that bind at least as tightly as `minimum`.
    ///
    /// Precedence climbing: one function for all the levels of the grammar, so that a level of
    /// parentheses costs a few frames of the stack and not a dozen.
    ///
    /// grammar: expr, and, not, is, comparison, predicate, operators, sum, product, power,
    /// comparator
    mutating func expression(
        _ minimum: Precedence = .or
    ) throws(DatabaseError) -> Expression {
        try descend()
        var left = try prefixed(minimum)
        // Comparisons and predicates do not chain: behind one, only looser operators may follow.
        var ceiling = Precedence.primary
        while let infix = infix() {
            let precedence = infix.precedence
            guard precedence >= minimum, precedence <= ceiling else { break }
            left = try extended(left, infix)
            switch precedence {
            case .comparison: ceiling = .isTest
            case .predicate: ceiling = .comparison
            default: ceiling = precedence
            }
        }
        ascend()
        return left
    }

    /// The operator at the current token, not yet taken.
    private func infix() -> Infix? {
        switch token.kind {
        case .symbol(let symbol): symbol.binaryOperator.map { .binary($0) }
        case .keyword(.and): .and
        case .keyword(.or): .or
        case .keyword(.is): .test
        case .keyword(.like), .keyword(.ilike): .like
        case .keyword(.between): .between
        case .keyword(.in): .list
        case .keyword(.not):
            switch peek().kind {
            case .keyword(.like), .keyword(.ilike): .like
            case .keyword(.between): .between
            case .keyword(.in): .list
            default: nil
            }
        default: nil
        }
    }

    private mutating func extended(
        _ left: Expression, _ infix: Infix
    ) throws(DatabaseError) -> Expression {
        switch infix {
        case .binary(let binary): return try binaryTail(left, binary)
        case .and:
            var operands = [left]
            while accept(.and) { operands.append(try expression(.not)) }
            return try node(.and(operands), from: left.location)
        case .or:
            var operands = [left]
            while accept(.or) { operands.append(try expression(.and)) }
            return try node(.or(operands), from: left.location)
        case .test: return try testTail(left)
        case .like: return try likeTail(left)
        case .between: return try betweenTail(left)
        case .list: return try inTail(left)
        }
    }

    /// An operand with the operators before it.
    ///
    /// grammar: unary
    private mutating func prefixed(
        _ minimum: Precedence
    ) throws(DatabaseError) -> Expression {
        let start = token
        switch start.kind {
        case .keyword(.not) where minimum <= .not:
            advance()
            let operand = try expression(.not)
            return try node(.not(operand), from: Location(start.range))
        case .keyword(.not):
            throw misplacedNot()
        case .symbol(.minus):
            advance()
            if isAtNumber, !isPostfix(peek()) {
                return try node(
                    .literal(try number(isNegative: true)), from: Location(start.range))
            }
            let operand = try expression(.unary)
            return try node(.unary(.minus, operand), from: Location(start.range))
        case .symbol(.plus):
            advance()
            let operand = try expression(.unary)
            return try node(.unary(.plus, operand), from: Location(start.range))
        default: return try postfixed()
        }
    }

    @inline(never)
    private func misplacedNot() -> DatabaseError {
        DatabaseError(
            .syntaxError, "syntax error at \(shown(token)): expected an operand",
            hint: "NOT binds more loosely than the operator before it; put it in parentheses.",
            position: token.range)
    }

    /// Whether `token` continues an operand, which binds tighter than a sign before it.
    private func isPostfix(_ token: Token) -> Bool {
        switch token.kind {
        case .symbol(.doubleColon), .symbol(.leftBracket), .symbol(.dot): true
        default: false
        }
    }
}
