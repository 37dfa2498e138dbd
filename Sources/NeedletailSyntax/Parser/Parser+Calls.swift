import NeedletailCore

extension Parser {
    /// What a name starts: a column, a path, a call, or a literal with its type in front.
    ///
    /// grammar: typed, path
    @inline(never)
    mutating func named() throws(SyntaxFailure) -> Expression {
        if let literal = try typedLiteral() { return literal }
        let start = Location(token.range)
        let path = try path()
        guard at(.leftParenthesis) else { return try node(.column(path), from: start) }
        return try call(functionName(path))
    }

    @inline(never)
    private mutating func path() throws(SyntaxFailure) -> [Identifier] {
        var path = [takeName()]
        while accept(.dot) { path.append(try step()) }
        return path
    }

    /// A path in front of a parenthesis: unlike keys of JSON, all its parts fold.
    @inline(never)
    private func functionName(_ path: [Identifier]) -> ObjectName {
        ObjectName(
            path.map { Identifier($0.text, location: $0.location) },
            location: path.reduce(Location.none) { $0.union($1.location) })
    }

    /// `DATE '…'` and its relatives, if that is what comes.
    @inline(never)
    private mutating func typedLiteral() throws(SyntaxFailure) -> Expression? {
        let start = Location(token.range)
        guard token.kind != .quotedName else { return nil }
        switch peek().kind {
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
    @inline(never)
    mutating func call(_ name: ObjectName) throws(SyntaxFailure) -> Expression {
        let call = try functionCall(name)
        if at(.over), peek().kind == .symbol(.leftParenthesis) {
            throw unsupported(
                "window functions are", hint: "LIMIT n BY keeps the best rows of each group.")
        }
        return try node(.call(call), from: name.location)
    }

    /// Arguments in parentheses, with what belongs to them.
    ///
    /// grammar: arguments
    @inline(never)
    mutating func functionCall(_ name: ObjectName) throws(SyntaxFailure) -> FunctionCall {
        try expect(.leftParenthesis)
        var call = CallParts()
        if accept(.star) {
            call.isStar = true
        } else if !at(.rightParenthesis) {
            call.isDistinct = peek().kind != .symbol(.arrow) && accept(.distinct)
            call.arguments = try argumentList()
            if at(.order) { call.orderBy = try orderByClause() }
        }
        try closeList()
        if at(.filter), peek().kind == .symbol(.leftParenthesis) {
            call.filter = try filterClause()
        }
        return FunctionCall(
            name, call.arguments, isStar: call.isStar, isDistinct: call.isDistinct,
            orderBy: call.orderBy, filter: call.filter)
    }

    @inline(never)
    private mutating func filterClause() throws(SyntaxFailure) -> Expression {
        try expect(.filter)
        try expect(.leftParenthesis)
        try expect(.where)
        let filter = try expression()
        try expect(.rightParenthesis)
        return filter
    }

    @inline(never)
    private mutating func argumentList() throws(SyntaxFailure) -> [FunctionCall.Argument] {
        var arguments: [FunctionCall.Argument] = []
        repeat {
            let name = try argumentName()
            arguments.append(.init(name: name, try expression()))
        } while accept(.comma)
        return arguments
    }

    /// The name in front of `=>`, if that is what comes.
    ///
    /// grammar: argument
    @inline(never)
    private mutating func argumentName() throws(SyntaxFailure) -> Identifier? {
        if isAtWord, peek().kind == .symbol(.arrow) {
            let name = takeName()
            advance()
            return name
        }
        guard isAtQuery else { return nil }
        throw unexpected("an expression").hinting("Put the query in parentheses of its own.")
    }
}

/// The parts of a call while they are read.
private struct CallParts {
    var arguments: [FunctionCall.Argument] = []
    var orderBy: [SortKey] = []
    var filter: Expression?
    var isStar = false
    var isDistinct = false
}
