import NeedletailCore

extension Parser {
    /// What a name starts: a column, a path, a call, or a literal with its type in front.
    ///
    /// grammar: typed, path
    mutating func named() throws(DatabaseError) -> Expression {
        let start = token
        if start.kind != .quotedName, let literal = try typedLiteral() { return literal }
        let first = takeName()
        guard at(.dot) || at(.leftParenthesis) else {
            return try node(.column([first]), from: first.location)
        }
        var path = [first]
        while accept(.dot) { path.append(try step()) }
        guard at(.leftParenthesis) else {
            return try node(.column(path), from: first.location)
        }
        let folded = path.map { Identifier($0.text, location: $0.location) }
        return try call(ObjectName(folded, location: location(from: start)))
    }

    /// `DATE '…'` and its relatives, if that is what comes.
    private mutating func typedLiteral() throws(DatabaseError) -> Expression? {
        let start = Location(token.range)
        let next = peek()
        switch next.kind {
        case .string, .escapeString: break
        case .keyword(.with), .keyword(.without):
            guard at(.timestamp) || at(.time), peekTwo().1.kind == .keyword(.time) else {
                return nil
            }
        default: return nil
        }
        let type = try type()
        let text = try string("a string")
        if type.name.text == "b64" { return try node(.literal(.base64(text)), from: start) }
        return try node(.typedLiteral(type, text), from: start)
    }

    /// A call whose name is taken; the current token is the parenthesis.
    ///
    /// grammar: call
    mutating func call(_ name: ObjectName) throws(DatabaseError) -> Expression {
        let call = try functionCall(name)
        if token.kind == .word, Identifier.folded(text(of: token)) == "over",
            peek().kind == .symbol(.leftParenthesis)
        {
            throw unsupported(
                "window functions are", hint: "LIMIT n BY keeps the best rows of each group.")
        }
        return try node(.call(call), from: name.location)
    }

    /// Arguments in parentheses, with what belongs to them.
    ///
    /// grammar: arguments
    mutating func functionCall(_ name: ObjectName) throws(DatabaseError) -> FunctionCall {
        try expect(.leftParenthesis)
        var arguments: [FunctionCall.Argument] = []
        var orderBy: [SortKey] = []
        var isDistinct = false
        let isStar = accept(.star)
        if !isStar, !at(.rightParenthesis) {
            isDistinct = accept(.distinct)
            arguments = [try argument()]
            while accept(.comma) { arguments.append(try argument()) }
            if at(.order) { orderBy = try orderByClause() }
        }
        try closeList()
        var filter: Expression?
        if at(.filter), peek().kind == .symbol(.leftParenthesis) {
            advance()
            advance()
            try expect(.where)
            filter = try expression()
            try expect(.rightParenthesis)
        }
        return FunctionCall(
            name, arguments, isStar: isStar, isDistinct: isDistinct, orderBy: orderBy,
            filter: filter)
    }

    /// grammar: argument
    private mutating func argument() throws(DatabaseError) -> FunctionCall.Argument {
        if isAtQuery {
            let start = Location(token.range)
            let query = try select()
            return .init(try node(.subquery(query), from: start))
        }
        guard isAtName, peek().kind == .symbol(.arrow) else { return .init(try expression()) }
        let name = takeName()
        advance()
        guard isAtQuery else { return .init(name: name, try expression()) }
        let start = Location(token.range)
        let query = try select()
        return .init(name: name, try node(.subquery(query), from: start))
    }
}
