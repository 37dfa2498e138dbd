import NeedletailCore

extension Parser {
    /// grammar: core
    @inline(never)
    mutating func core() throws(SyntaxFailure) -> SelectCore {
        let start = token
        try expect(.select)
        var core = SelectCore(items: [])
        core.distinct = try distinctClause()
        core.items = try selectItems()
        if accept(.from) { core.from = try fromItems() }
        if accept(.where) { core.filter = try expression() }
        if accept(.group) {
            try expect(.by)
            core.groupBy = try expressions()
        }
        if accept(.having) { core.having = try expression() }
        noteMissed([.order, .limit, .union])
        core.location = location(from: start)
        return core
    }

    @inline(never)
    private mutating func fromItems() throws(SyntaxFailure) -> [FromItem] {
        var items = [try fromItem()]
        while accept(.comma) { items.append(try fromItem()) }
        return items
    }

    @inline(never)
    private mutating func distinctClause() throws(SyntaxFailure) -> SelectCore.Distinct? {
        guard accept(.distinct) else {
            _ = accept(.all)
            return nil
        }
        guard accept(.on) else { return .rows }
        return .on(
            try parenthesizedList { parser throws(SyntaxFailure) in try parser.expression() })
    }

    /// grammar: items
    @inline(never)
    mutating func selectItems() throws(SyntaxFailure) -> [SelectItem] {
        var items = [try selectItem()]
        while accept(.comma) { items.append(try selectItem()) }
        return items
    }

    /// grammar: item
    @inline(never)
    private mutating func selectItem() throws(SyntaxFailure) -> SelectItem {
        if accept(.star) { return .all(Location(previous.range)) }
        if let name = starredName() { return .allOf(name) }
        let expression = try expression()
        if accept(.as) { return .expression(expression, alias: try label("a name")) }
        guard isAtName else { return .expression(expression, alias: nil) }
        looseAlias = token
        return .expression(expression, alias: takeName())
    }

    /// The name in `name.*`, if that is what comes. Takes the dot and the star as well.
    @inline(never)
    private mutating func starredName() -> ObjectName? {
        guard isAtName else { return nil }
        let (first, second) = peekTwo()
        guard first.kind == .symbol(.dot) else { return nil }
        if second.kind == .symbol(.star) {
            let name = takeName()
            advance()
            advance()
            return ObjectName([name], location: name.location)
        }
        var ahead = self
        var parts = [ahead.takeName()]
        while ahead.accept(.dot) {
            if ahead.accept(.star) {
                let name = ObjectName(
                    parts, location: parts.reduce(Location.none) { $0.union($1.location) })
                self = ahead
                return name
            }
            guard let step = try? ahead.step() else { return nil }
            parts.append(Identifier(step.text, location: step.location))
        }
        return nil
    }

    /// grammar: orderBy, sortKey
    @inline(never)
    mutating func orderByClause() throws(SyntaxFailure) -> [SortKey] {
        try expect(.order)
        try expect(.by)
        return try list { parser throws(SyntaxFailure) in
            let expression = try parser.expression()
            let (isDescending, nullsFirst) = try parser.sortDirection()
            return SortKey(expression, isDescending: isDescending, nullsFirst: nullsFirst)
        }
    }

    /// grammar: direction
    @inline(never)
    mutating func sortDirection() throws(SyntaxFailure) -> (
        isDescending: Bool, nullsFirst: Bool?
    ) {
        let isDescending = accept(.desc)
        if !isDescending { _ = accept(.asc) }
        guard at(.nulls) else { return (isDescending, nil) }
        advance()
        if accept(.first) { return (isDescending, true) }
        try expect(.last)
        return (isDescending, false)
    }

    /// grammar: limitBy, limit, count, offset
    @inline(never)
    mutating func limits(_ query: inout SelectStatement) throws(SyntaxFailure) {
        var hasLimit = false
        var hasOffset = false
        while true {
            if at(.limit), !hasLimit {
                advance()
                if accept(.all) {
                    hasLimit = true
                    continue
                }
                let count = try expression()
                if query.limitBy == nil, !hasOffset, accept(.by) {
                    query.limitBy = LimitBy(count: count, keys: try expressions())
                    continue
                }
                if at(.comma) { throw limitWithComma(count) }
                query.limit = count
                hasLimit = true
            } else if at(.fetch), !hasLimit {
                query.limit = try fetchCount()
                hasLimit = true
            } else if at(.offset), !hasOffset {
                advance()
                query.offset = try expression()
                if at(.row) || at(.rows) { advance() }
                hasOffset = true
            } else {
                return
            }
        }
    }

    @inline(never)
    private mutating func fetchCount() throws(SyntaxFailure) -> Expression {
        let start = token
        advance()
        guard accept(.first) || accept(.next) else { throw unexpected() }
        var count: Expression?
        if !at(.row), !at(.rows) { count = try expression() }
        guard accept(.row) || accept(.rows) else { throw unexpected() }
        try expect(.only)
        return count ?? Expression(.literal(.integer(1)), location: location(from: start))
    }

    @inline(never)
    private func limitWithComma(_ offset: Expression) -> SyntaxFailure {
        let first = offset.range.map { source.string($0.lower..<$0.upper) } ?? "m"
        return SyntaxFailure(
            .syntaxError, "syntax error at \",\": LIMIT takes one number",
            hint:
                "The offset has a clause of its own: "
                + "LIMIT \(shownText(of: peek())) OFFSET \(first).",
            position: token.range)
    }

    private func shownText(of token: Token) -> String {
        token.kind == .end ? "n" : Self.shortened(text(of: token))
    }
}
