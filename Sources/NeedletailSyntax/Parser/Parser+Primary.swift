import NeedletailCore

extension Parser {
    /// An operand with the subscripts, steps and casts behind it.
    ///
    /// grammar: cast, postfix
    mutating func postfixed() throws(DatabaseError) -> Expression {
        var operand = try primary()
        while true {
            if at(.leftBracket) {
                operand = try elementTail(operand)
            } else if at(.dot) {
                advance()
                let name = try step()
                operand = try node(.member(operand, name), from: operand.location)
            } else {
                break
            }
        }
        while accept(.doubleColon) {
            let type = try type()
            operand = try node(.cast(operand, type), from: operand.location)
        }
        if at(.collate) { throw unsupported("COLLATE is", hint: "Text is compared byte by byte.") }
        return operand
    }

    private mutating func elementTail(_ base: Expression) throws(DatabaseError) -> Expression {
        advance()
        let index = try expression()
        var upper: Expression?
        if accept(.colon) { upper = try expression() }
        try expect(.rightBracket)
        if let upper { return try node(.slice(base, index, upper), from: base.location) }
        return try node(.element(base, index), from: base.location)
    }

    /// grammar: primary
    private mutating func primary() throws(DatabaseError) -> Expression {
        let start = Location(token.range)
        switch token.kind {
        case .word, .quotedName: return try named()
        case .symbol(.leftParenthesis): return try parenthesized()
        case .symbol(.leftBracket): return try array(.brackets, start)
        case .positionalParameter, .namedParameter:
            return try node(.parameter(try parameter()), from: start)
        case .keyword(let keyword): return try keywordPrimary(keyword, start)
        default: break
        }
        guard let literal = try literal() else { throw unexpected("an expression") }
        return try node(.literal(literal), from: start)
    }

    /// An operand that starts with a keyword.
    private mutating func keywordPrimary(
        _ keyword: Keyword, _ start: Location
    ) throws(DatabaseError) -> Expression {
        switch keyword {
        case .true, .false, .null:
            guard let literal = try literal() else { throw unexpected("an expression") }
            return try node(.literal(literal), from: start)
        case .case: return try conditional(start)
        case .cast: return try castCall(start)
        case .exists: return try exists(start)
        case .array:
            advance()
            guard at(.leftBracket) else { throw unexpected("\"[\"") }
            return try array(.keyword, start)
        case .currentDate, .currentTimestamp: return try niladic(start)
        case .left, .right:
            guard peek().kind == .symbol(.leftParenthesis) else {
                throw unexpectedName("an expression")
            }
            let name = takeName()
            return try call(ObjectName([name], location: name.location))
        default:
            guard !keyword.isReserved else { throw unexpectedName("an expression") }
            return try named()
        }
    }

    /// `CURRENT_DATE` and `CURRENT_TIMESTAMP`, which are functions that may lack their parentheses.
    private mutating func niladic(_ start: Location) throws(DatabaseError) -> Expression {
        let name = takeName()
        if accept(.leftParenthesis) { try expect(.rightParenthesis) }
        let call = FunctionCall(ObjectName([name], location: name.location))
        return try node(.call(call), from: start)
    }

    /// grammar: array
    private mutating func array(
        _ spelling: Expression.ArraySpelling, _ start: Location
    ) throws(DatabaseError) -> Expression {
        advance()
        var elements: [Expression] = []
        if !at(.rightBracket) { elements = try expressions() }
        guard accept(.rightBracket) else { throw unexpected("\",\" or \"]\"") }
        return try node(.array(elements, spelling), from: start)
    }

    /// grammar: case
    private mutating func conditional(_ start: Location) throws(DatabaseError) -> Expression {
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

    private mutating func castCall(_ start: Location) throws(DatabaseError) -> Expression {
        advance()
        try expect(.leftParenthesis)
        let operand = try expression()
        try expect(.as)
        let type = try type()
        try expect(.rightParenthesis)
        return try node(.cast(operand, type), from: start)
    }

    private mutating func exists(_ start: Location) throws(DatabaseError) -> Expression {
        advance()
        try expect(.leftParenthesis)
        let query = try select()
        try expect(.rightParenthesis)
        return try node(.exists(query), from: start)
    }

    /// What an opening parenthesis starts: a query, a row, or an expression.
    ///
    /// grammar: row
    private mutating func parenthesized() throws(DatabaseError) -> Expression {
        let start = Location(token.range)
        advance()
        let first: Expression
        switch try queryOrExpression() {
        case .query(let query):
            try expect(.rightParenthesis)
            return try node(.subquery(query), from: start)
        case .expression(let expression): first = expression
        }
        guard at(.comma) else {
            guard accept(.rightParenthesis) else { throw unexpected("\")\"") }
            return first
        }
        var elements = [first]
        while accept(.comma) { elements.append(try expression()) }
        try closeList()
        return try node(.row(elements), from: start)
    }

    /// What stands behind an opening parenthesis that may hold either.
    ///
    /// `((SELECT …) UNION …)` looks like an operand until the operator comes; `((SELECT …))` is a
    /// query like `(SELECT …)`.
    mutating func queryOrExpression() throws(DatabaseError) -> QueryOrExpression {
        if isAtQuery { return .query(try select()) }
        let open = token
        let first = try expression()
        guard case .subquery(let query) = first.kind else { return .expression(first) }
        if isAtQueryTail { return .query(try select(startingWith: query, from: open)) }
        return at(.rightParenthesis) ? .query(query) : .expression(first)
    }
}

/// What parentheses may hold.
enum QueryOrExpression {
    case query(SelectStatement)
    case expression(Expression)
}
