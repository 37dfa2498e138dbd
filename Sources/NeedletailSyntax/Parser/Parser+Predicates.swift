import NeedletailCore

extension Parser {
    /// grammar: operator, quantified
    @inline(never)
    mutating func binaryTail(
        _ left: Expression, _ binary: BinaryOperator
    ) throws(SyntaxFailure) -> Expression {
        advance()
        guard binary.isComparison else {
            let right = try expression(binary.precedence.tighter)
            return try node(.binary(binary, left, right), from: left.location)
        }
        if at(.any) || at(.some) || at(.all) { return try quantifiedTail(left, binary) }
        let right = try expression(.predicate)
        if case .symbol(let symbol) = token.kind, symbol.binaryOperator?.isComparison == true {
            throw chainedComparison()
        }
        return try node(.binary(binary, left, right), from: left.location)
    }

    @inline(never)
    private func chainedComparison() -> SyntaxFailure {
        unexpected("AND", "OR", "the end of the comparison").hinting(
            "Comparisons do not chain: write a < b AND b < c, or use parentheses.")
    }

    @inline(never)
    private mutating func quantifiedTail(
        _ left: Expression, _ binary: BinaryOperator
    ) throws(SyntaxFailure) -> Expression {
        let quantifier: Expression.Quantifier = at(.all) ? .all : .any
        advance()
        try expect(.leftParenthesis)
        let operand: Expression.QuantifiedOperand
        switch try queryOrExpression() {
        case .query(let query): operand = .subquery(query)
        case .expression(let array): operand = .array(array)
        }
        try expect(.rightParenthesis)
        return try node(.quantified(binary, left, quantifier, operand), from: left.location)
    }

    /// `IS [NOT] …`; the current token is `IS`.
    @inline(never)
    mutating func testTail(_ left: Expression) throws(SyntaxFailure) -> Expression {
        advance()
        let isNegated = accept(.not)
        let test: Expression.TruthTest
        if accept(.null) {
            test = .null
        } else if accept(.true) {
            test = .isTrue
        } else if accept(.false) {
            test = .isFalse
        } else if accept(.unknown) {
            test = .unknown
        } else {
            try expect(.distinct)
            try expect(.from)
            let right = try expression(.comparison)
            return try node(
                .distinctFrom(left, right, isNegated: isNegated), from: left.location)
        }
        return try node(.test(left, test, isNegated: isNegated), from: left.location)
    }

    /// grammar: like
    @inline(never)
    mutating func likeTail(_ left: Expression) throws(SyntaxFailure) -> Expression {
        let isNegated = accept(.not)
        let ignoresCase = at(.ilike)
        advance()
        let pattern = try expression(.operators)
        let escape = accept(.escape) ? try escapeCharacter() : nil
        let like = LikeExpression(
            value: left, pattern: pattern, escape: escape, ignoresCase: ignoresCase,
            isNegated: isNegated)
        return try node(.like(like), from: left.location)
    }

    @inline(never)
    private mutating func escapeCharacter() throws(SyntaxFailure) -> String {
        let range = token.range
        let escape = try string("a string of one character")
        guard escape.unicodeScalars.count <= 1 else {
            throw SyntaxFailure(
                .invalidEscape, "the escape string has \(escape.unicodeScalars.count) characters",
                hint: "Give one character, or '' for none.", position: range)
        }
        return escape
    }

    /// grammar: between
    @inline(never)
    mutating func betweenTail(_ left: Expression) throws(SyntaxFailure) -> Expression {
        let isNegated = accept(.not)
        advance()
        let low = try expression(.operators)
        try expect(.and)
        let high = try expression(.operators)
        return try node(
            .between(left, low: low, high: high, isNegated: isNegated), from: left.location)
    }

    /// grammar: in
    @inline(never)
    mutating func inTail(_ left: Expression) throws(SyntaxFailure) -> Expression {
        let isNegated = accept(.not)
        advance()
        try expect(.leftParenthesis)
        switch try queryOrExpression() {
        case .query(let query):
            try expect(.rightParenthesis)
            return try node(.inSubquery(left, query, isNegated: isNegated), from: left.location)
        case .expression(let first):
            var elements = [first]
            while accept(.comma) { elements.append(try expression()) }
            try closeList()
            return try node(.inList(left, elements, isNegated: isNegated), from: left.location)
        }
    }

    /// grammar: exprs
    @inline(never)
    mutating func expressions() throws(SyntaxFailure) -> [Expression] {
        var elements = [try expression()]
        while accept(.comma) { elements.append(try expression()) }
        return elements
    }
}

extension Precedence {
    /// The level that binds tighter by one.
    var tighter: Precedence { Precedence(rawValue: rawValue + 1) ?? .primary }
}
