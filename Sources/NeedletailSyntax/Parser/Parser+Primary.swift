import NeedletailCore

extension Parser {
    /// An operand with the subscripts, steps and casts behind it.
    ///
    /// grammar: cast, postfix
    mutating func postfixed() throws(SyntaxFailure) -> Expression {
        var operand = try primary()
        while true {
            if at(.leftBracket) {
                operand = try elementTail(operand)
            } else if at(.dot) {
                operand = try memberTail(operand)
            } else {
                break
            }
        }
        if at(.doubleColon) { operand = try casts(operand) }
        if at(.collate) { throw collation() }
        return operand
    }

    @inline(never)
    private mutating func casts(_ operand: Expression) throws(SyntaxFailure) -> Expression {
        var operand = operand
        while accept(.doubleColon) {
            let type = try type()
            operand = try node(.cast(operand, type), from: operand.location)
        }
        return operand
    }

    @inline(never)
    private func collation() -> SyntaxFailure {
        unsupported("COLLATE is", hint: "Text is compared byte by byte.")
    }

    @inline(never)
    private mutating func memberTail(_ base: Expression) throws(SyntaxFailure) -> Expression {
        advance()
        let name = try step()
        return try node(.member(base, name), from: base.location)
    }

    @inline(never)
    private mutating func elementTail(_ base: Expression) throws(SyntaxFailure) -> Expression {
        advance()
        let index = try expression()
        var upper: Expression?
        if accept(.colon) { upper = try expression() }
        try expect(.rightBracket)
        if let upper { return try node(.slice(base, index, upper), from: base.location) }
        return try node(.element(base, index), from: base.location)
    }

    /// grammar: primary
    private mutating func primary() throws(SyntaxFailure) -> Expression {
        let start = Location(token.range)
        switch token.kind {
        case .word, .quotedName: return try named()
        case .symbol(.leftParenthesis): return try parenthesized()
        case .symbol(.leftBracket): return try array(.brackets, start)
        case .keyword(let keyword): return try keywordPrimary(keyword, start)
        default: return try constant(start)
        }
    }

    /// A literal or a parameter.
    @inline(never)
    private mutating func constant(_ start: Location) throws(SyntaxFailure) -> Expression {
        switch token.kind {
        case .positionalParameter, .namedParameter:
            return try node(.parameter(try parameter()), from: start)
        default:
            guard let literal = try literal() else { throw unexpected("an expression") }
            return try node(.literal(literal), from: start)
        }
    }

    /// An operand that starts with a keyword.
    @inline(never)
    private mutating func keywordPrimary(
        _ keyword: Keyword, _ start: Location
    ) throws(SyntaxFailure) -> Expression {
        switch keyword {
        case .true, .false, .null: return try constant(start)
        case .case: return try conditional(start)
        case .cast: return try castCall(start)
        case .exists: return try exists(start)
        case .array:
            advance()
            return try array(.keyword, start)
        case .currentDate, .currentTimestamp: return try niladic(start)
        case .left, .right:
            guard peek().kind == .symbol(.leftParenthesis) else {
                throw unexpectedName("an expression")
            }
            return try callOfReservedName()
        default:
            guard !keyword.isReserved else { throw unexpectedName("an expression") }
            return try named()
        }
    }

    /// `left(…)` and `right(…)`.
    @inline(never)
    mutating func callOfReservedName() throws(SyntaxFailure) -> Expression {
        let name = takeName()
        return try call(ObjectName([name], location: name.location))
    }

    /// `CURRENT_DATE` and `CURRENT_TIMESTAMP`, which are functions that may lack their parentheses.
    @inline(never)
    private mutating func niladic(_ start: Location) throws(SyntaxFailure) -> Expression {
        let name = takeName()
        if accept(.leftParenthesis) { try expect(.rightParenthesis) }
        let call = FunctionCall(ObjectName([name], location: name.location))
        return try node(.call(call), from: start)
    }

    /// grammar: array
    @inline(never)
    private mutating func array(
        _ spelling: Expression.ArraySpelling, _ start: Location
    ) throws(SyntaxFailure) -> Expression {
        try expect(.leftBracket)
        var elements: [Expression] = []
        if !at(.rightBracket) { elements = try expressions() }
        guard accept(.rightBracket) else { throw unexpected("\",\"", "\"]\"") }
        return try node(.array(elements, spelling), from: start)
    }

    /// grammar: case
    @inline(never)
    private mutating func conditional(_ start: Location) throws(SyntaxFailure) -> Expression {
        advance()
        let operand = at(.when) ? nil : try expression()
        var branches: [CaseExpression.Branch] = []
        repeat {
            try expect(.when)
            let condition = try expression()
            try expect(.then)
            branches.append(.init(condition: condition, result: try expression()))
        } while at(.when)
        let otherwise = accept(.else) ? try expression() : nil
        try expect(.end)
        let conditional = CaseExpression(
            operand: operand, branches: branches, otherwise: otherwise)
        return try node(.conditional(conditional), from: start)
    }

    @inline(never)
    private mutating func castCall(_ start: Location) throws(SyntaxFailure) -> Expression {
        advance()
        try expect(.leftParenthesis)
        let operand = try expression()
        try expect(.as)
        let type = try type()
        try expect(.rightParenthesis)
        return try node(.cast(operand, type), from: start)
    }

    @inline(never)
    private mutating func exists(_ start: Location) throws(SyntaxFailure) -> Expression {
        advance()
        try expect(.leftParenthesis)
        let query = try select()
        try expect(.rightParenthesis)
        return try node(.exists(query), from: start)
    }

    /// What an opening parenthesis starts: a query, a row, or an expression.
    ///
    /// grammar: row
    @inline(never)
    private mutating func parenthesized() throws(SyntaxFailure) -> Expression {
        let open = token
        advance()
        if isAtQuery { return try subquery(open) }
        let first = try expression()
        if accept(.rightParenthesis) { return first }
        if isAtQueryTail, case .subquery = first.kind { return try subquery(open, after: first) }
        return try rowTail(first, open)
    }

    /// A query up to its parenthesis.
    @inline(never)
    private mutating func subquery(_ open: Token) throws(SyntaxFailure) -> Expression {
        let query = try select()
        try expect(.rightParenthesis)
        return try node(.subquery(query), from: Location(open.range))
    }

    /// `((SELECT …) UNION …)`: what looked like an operand began a query.
    @inline(never)
    private mutating func subquery(
        _ open: Token, after first: Expression
    ) throws(SyntaxFailure) -> Expression {
        let query = try select(startingWith: first, from: open)
        try expect(.rightParenthesis)
        return try node(.subquery(query), from: Location(open.range))
    }

    @inline(never)
    private mutating func rowTail(
        _ first: Expression, _ open: Token
    ) throws(SyntaxFailure) -> Expression {
        guard at(.comma) else { throw unexpected("\")\"") }
        var elements = [first]
        while accept(.comma) { elements.append(try expression()) }
        try closeList()
        return try node(.row(elements), from: Location(open.range))
    }

    /// What stands behind an opening parenthesis that may hold either a query or expressions. Of
    /// expressions only the first is read; a query in parentheses of its own is a query.
    @inline(never)
    mutating func queryOrExpression() throws(SyntaxFailure) -> QueryOrExpression {
        if isAtQuery { return .query(try select()) }
        let open = token
        let first = try expression()
        guard case .subquery(let query) = first.kind else { return .expression(first) }
        if isAtQueryTail { return .query(try select(startingWith: first, from: open)) }
        return at(.rightParenthesis) ? .query(query) : .expression(first)
    }
}

/// What parentheses may hold.
indirect enum QueryOrExpression {
    case query(SelectStatement)
    case expression(Expression)
}
