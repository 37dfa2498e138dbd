import NeedletailCore

extension Parser {
    /// Whether a query starts here, one in parentheses aside.
    var isAtQuery: Bool {
        switch token.kind {
        case .keyword(.select): true
        case .keyword(.with): peek().kind != .symbol(.leftParenthesis)
        case .keyword(.values): peek().kind == .symbol(.leftParenthesis)
        default: false
        }
    }

    /// Whether something follows that makes a query in parentheses the start of a larger one.
    var isAtQueryTail: Bool {
        switch token.kind {
        case .keyword(.union), .keyword(.intersect), .keyword(.except), .keyword(.order),
            .keyword(.limit), .keyword(.offset), .keyword(.fetch), .keyword(.with):
            true
        default: false
        }
    }

    /// grammar: query
    @inline(never)
    mutating func select() throws(SyntaxFailure) -> SelectStatement {
        try descend(Self.queryLevels)
        let start = token
        let with = at(.with) ? try commonTables() : []
        let body = try combinedBody(startingWith: nil)
        var query = SelectStatement(with: with, body: body)
        try selectTail(&query, start)
        ascend(Self.queryLevels)
        return query
    }

    /// A query whose first operand stood in parentheses and is read already.
    @inline(never)
    mutating func select(
        startingWith first: Expression, from start: Token
    ) throws(SyntaxFailure) -> SelectStatement {
        guard case .subquery(let inner) = first.kind else { throw unexpected() }
        try descend(Self.queryLevels)
        let body = try combinedBody(startingWith: Self.operand(inner))
        var query = SelectStatement(body: body)
        try selectTail(&query, start)
        ascend(Self.queryLevels)
        return query
    }

    @inline(never)
    private mutating func selectTail(
        _ query: inout SelectStatement, _ start: Token
    ) throws(SyntaxFailure) {
        if at(.order) { query.orderBy = try orderByClause() }
        try limits(&query)
        if at(.with), peek().kind == .symbol(.leftParenthesis) {
            query.options = try withOptions()
        }
        if at(.window) || at(.for) { throw foreignClause() }
        if case .nested(let inner) = query.body, query.isBare { query = inner }
        query.location = location(from: start)
    }

    @inline(never)
    private func foreignClause() -> SyntaxFailure {
        at(.window)
            ? unsupported("window functions are")
            : unsupported("FOR UPDATE is", hint: "Writers never run side by side.")
    }

    /// grammar: withClause, commonTable
    @inline(never)
    private mutating func commonTables() throws(SyntaxFailure) -> [CommonTable] {
        try expect(.with)
        if token.kind == .word, Identifier.folded(text(of: token)) == "recursive" {
            throw unsupported("WITH RECURSIVE is")
        }
        return try list { parser throws(SyntaxFailure) in
            let name = try parser.name("a name for the query")
            let columns = parser.at(.leftParenthesis) ? try parser.columnList() : []
            try parser.expect(.as)
            var isMaterialized: Bool?
            if parser.accept(.materialized) {
                isMaterialized = true
            } else if parser.accept(.not, .materialized) {
                isMaterialized = false
            }
            try parser.expect(.leftParenthesis)
            let query = try parser.select()
            try parser.expect(.rightParenthesis)
            return CommonTable(
                name: name, columns: columns, isMaterialized: isMaterialized, query: query)
        }
    }

    /// grammar: body
    @inline(never)
    private mutating func combinedBody(
        startingWith given: SelectBody?
    ) throws(SyntaxFailure) -> SelectBody {
        let first = try intersection(startingWith: given)
        var rest: [SetOperation] = []
        while at(.union) || at(.except) {
            let start = token
            let kind: SetOperation.Kind = at(.union) ? .union : .except
            advance()
            let keepsDuplicates = acceptAll()
            let operand = try intersection(startingWith: nil)
            rest.append(
                SetOperation(
                    kind, keepsDuplicates: keepsDuplicates, operand: operand,
                    location: location(from: start)))
        }
        return rest.isEmpty ? first : .combined(first, rest)
    }

    /// grammar: intersection
    @inline(never)
    private mutating func intersection(
        startingWith given: SelectBody?
    ) throws(SyntaxFailure) -> SelectBody {
        let first: SelectBody
        if let given { first = given } else { first = try operand() }
        var rest: [SetOperation] = []
        while at(.intersect) {
            let start = token
            advance()
            let keepsDuplicates = acceptAll()
            let operand = try operand()
            rest.append(
                SetOperation(
                    .intersect, keepsDuplicates: keepsDuplicates, operand: operand,
                    location: location(from: start)))
        }
        return rest.isEmpty ? first : .combined(first, rest)
    }

    /// `ALL`, or the `DISTINCT` that is meant without it.
    private mutating func acceptAll() -> Bool {
        if accept(.all) { return true }
        _ = accept(.distinct)
        return false
    }

    /// grammar: operand, values, valueRow
    @inline(never)
    private mutating func operand() throws(SyntaxFailure) -> SelectBody {
        switch token.kind {
        case .keyword(.select): return .select(try core())
        case .keyword(.values): return .values(try rows())
        case .symbol(.leftParenthesis): return try nested()
        default:
            _ = accept(.select) || accept(.values)
            throw unexpected("a query in parentheses")
        }
    }

    @inline(never)
    private mutating func rows() throws(SyntaxFailure) -> [[Expression]] {
        try expect(.values)
        return try list { parser throws(SyntaxFailure) in
            try parser.parenthesizedList { parser throws(SyntaxFailure) in
                try parser.expressionOrDefault()
            }
        }
    }

    @inline(never)
    private mutating func nested() throws(SyntaxFailure) -> SelectBody {
        try expect(.leftParenthesis)
        let query = try select()
        try expect(.rightParenthesis)
        return Self.operand(query)
    }

    /// A query that stood in parentheses, without them where they say nothing.
    private static func operand(_ query: SelectStatement) -> SelectBody {
        guard query.isBare else { return .nested(query) }
        switch query.body {
        case .select, .values, .nested: return query.body
        case .combined: return .nested(query)
        }
    }

    /// An expression, or `DEFAULT`.
    ///
    /// grammar: value
    @inline(never)
    mutating func expressionOrDefault() throws(SyntaxFailure) -> Expression {
        guard at(.default) else { return try expression() }
        advance()
        return Expression(.defaultValue, location: Location(previous.range))
    }
}
