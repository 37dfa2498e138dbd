import NeedletailCore

extension Parser {
    /// grammar: from
    @inline(never)
    mutating func fromItem() throws(SyntaxFailure) -> FromItem {
        let source = try tableSource()
        var joins: [Join] = []
        while let join = try join() { joins.append(join) }
        return FromItem(source, joins: joins)
    }

    /// grammar: join
    @inline(never)
    private mutating func join() throws(SyntaxFailure) -> Join? {
        let start = token
        guard let kind = try joinKind() else { return nil }
        let source = try tableSource()
        var condition: Join.Condition?
        if kind != .cross {
            if accept(.using) {
                condition = .using(try columnList())
            } else {
                try expect(.on)
                condition = .on(try expression())
            }
        }
        return Join(kind, source, condition, location: location(from: start))
    }

    /// The words up to and including `JOIN`, or `nil` if no join comes.
    ///
    /// grammar: joinKind
    @inline(never)
    private mutating func joinKind() throws(SyntaxFailure) -> Join.Kind? {
        if at(.natural) {
            throw unsupported("NATURAL JOIN is", hint: "Name the columns: JOIN … USING (…).")
        }
        if accept(.join) { return .inner }
        let kind: Join.Kind
        switch token.kind {
        case .keyword(.left): kind = .left
        case .keyword(.right): kind = .right
        case .keyword(.full): kind = .full
        case .keyword(.cross): kind = .cross
        case .keyword(.inner): kind = .inner
        default: return nil
        }
        advance()
        if kind != .cross, kind != .inner { _ = accept(.outer) }
        try expect(.join)
        return kind
    }

    /// grammar: source
    @inline(never)
    private mutating func tableSource() throws(SyntaxFailure) -> TableSource {
        let start = token
        let isLateral = accept(.lateral)
        let kind: TableSource.Kind
        if accept(.leftParenthesis) {
            kind = try tableQuery()
        } else {
            let name = try objectName("a table")
            if at(.leftParenthesis) {
                kind = .function(try functionCall(name))
            } else if isLateral {
                throw unexpected("\"(\"")
            } else {
                kind = .table(name, asOf: try asOf())
            }
        }
        let alias = try tableAlias()
        return TableSource(
            kind, isLateral: isLateral, alias: alias, location: location(from: start))
    }

    /// A query up to its parenthesis.
    @inline(never)
    private mutating func tableQuery() throws(SyntaxFailure) -> TableSource.Kind {
        guard isAtQuery || at(.leftParenthesis) else { throw unexpected("a query") }
        let query = try select()
        try expect(.rightParenthesis)
        return .subquery(query)
    }

    /// grammar: asOf
    @inline(never)
    private mutating func asOf() throws(SyntaxFailure) -> AsOf? {
        guard at(.as) else { return nil }
        let (first, second) = peekTwo()
        guard first.kind == .keyword(.of) else { return nil }
        switch second.kind {
        case .keyword(.snapshot):
            for _ in 0..<3 { advance() }
            return .snapshot(try expression(.postfix))
        case .keyword(.txn):
            for _ in 0..<3 { advance() }
            return .transaction(try expression(.postfix))
        default: return nil
        }
    }

    /// grammar: alias
    @inline(never)
    private mutating func tableAlias() throws(SyntaxFailure) -> TableAlias? {
        if accept(.as) {
            let name = try name("a name for the table")
            return TableAlias(name, columns: at(.leftParenthesis) ? try columnList() : [])
        }
        guard isAtName else { return nil }
        looseAlias = token
        let name = takeName()
        return TableAlias(name, columns: at(.leftParenthesis) ? try columnList() : [])
    }
}
