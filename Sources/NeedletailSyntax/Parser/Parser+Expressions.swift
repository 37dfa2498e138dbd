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
    /// grammar: expr, and, not, is, comparison, predicate, operators, sum, product, power
    /// grammar: comparator
    mutating func expression(
        _ minimum: Precedence = .or
    ) throws(SyntaxFailure) -> Expression {
        try descend()
        // Comparisons and predicates do not chain: behind one, only looser operators may follow.
        // The same holds behind NOT, whose operand may have ended at such a place.
        var ceiling = at(.not) ? Precedence.not : .primary
        var left = try prefixed(minimum)
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

    @inline(never)
    private mutating func extended(
        _ left: Expression, _ infix: Infix
    ) throws(SyntaxFailure) -> Expression {
        switch infix {
        case .binary(let binary): return try binaryTail(left, binary)
        case .and: return try chain(left, .and, of: .not)
        case .or: return try chain(left, .or, of: .and)
        case .test: return try testTail(left)
        case .like: return try likeTail(left)
        case .between: return try betweenTail(left)
        case .list: return try inTail(left)
        }
    }

    /// `AND` and `OR` make one flat node however many operands there are.
    @inline(never)
    private mutating func chain(
        _ left: Expression, _ keyword: Keyword, of operandLevel: Precedence
    ) throws(SyntaxFailure) -> Expression {
        var operands = [left]
        while accept(keyword) { operands.append(try expression(operandLevel)) }
        return try node(keyword == .and ? .and(operands) : .or(operands), from: left.location)
    }

    /// An operand with the operators before it.
    ///
    /// grammar: unary
    @inline(never)
    private mutating func prefixed(
        _ minimum: Precedence
    ) throws(SyntaxFailure) -> Expression {
        let start = token
        switch start.kind {
        case .keyword(.not) where minimum <= .not:
            advance()
            let operand = try expression(.not)
            return try node(.not(operand), from: Location(start.range))
        case .keyword(.not): throw misplacedNot()
        case .symbol(.minus), .symbol(.plus):
            advance()
            if start.kind == .symbol(.minus), isAtNumber, !isPostfix(peek()) {
                return try negativeNumber(start)
            }
            let operand = try expression(.unary)
            let sign: UnaryOperator = start.kind == .symbol(.minus) ? .minus : .plus
            return try node(.unary(sign, operand), from: Location(start.range))
        default: return try postfixed()
        }
    }

    @inline(never)
    private mutating func negativeNumber(_ start: Token) throws(SyntaxFailure) -> Expression {
        try node(.literal(try number(isNegative: true)), from: Location(start.range))
    }

    @inline(never)
    private func misplacedNot() -> SyntaxFailure {
        SyntaxFailure(
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
