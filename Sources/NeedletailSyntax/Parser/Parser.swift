import NeedletailCore

/// The state of one parse: where it is in the text and what it has seen.
///
/// Productions are functions in extensions, one file for each family of statements. Those that take
/// part in the recursion are never inlined into each other: a frame of the stack then holds what
/// one production needs, not what everything below it needs, and the deepest statement fits 512
/// KiB.
struct Parser {
    let source: SourceText
    private var lexer: Lexer
    /// The token that is looked at.
    private(set) var token: Token
    /// The token before it.
    private(set) var previous: Token
    /// Keywords that would have been welcome in the place of ``token``, for messages.
    private(set) var missed: [Keyword] = []
    /// The last alias without `AS`: where a misspelt keyword ends up.
    var looseAlias: Token?
    var parameters = ParameterCollector()
    private var depth = 0

    init(_ source: SourceText) {
        self.source = source
        lexer = Lexer(source.bytes)
        token = lexer.next()
        previous = Token(.end, 0, 0)
    }
}

// MARK: - Tokens

extension Parser {
    mutating func advance() {
        previous = token
        token = lexer.next()
        if !missed.isEmpty { missed.removeAll(keepingCapacity: true) }
    }

    /// The token after the current one.
    func peek() -> Token {
        var ahead = lexer
        return ahead.next()
    }

    /// The two tokens after the current one.
    func peekTwo() -> (Token, Token) {
        var ahead = lexer
        let first = ahead.next()
        return (first, ahead.next())
    }

    func at(_ keyword: Keyword) -> Bool { token.kind == .keyword(keyword) }

    func at(_ symbol: Symbol) -> Bool { token.kind == .symbol(symbol) }

    /// Takes the current token if it is `keyword`.
    mutating func accept(_ keyword: Keyword) -> Bool {
        guard token.kind == .keyword(keyword) else {
            missed.append(keyword)
            return false
        }
        advance()
        return true
    }

    /// Takes the current token if it is `symbol`.
    mutating func accept(_ symbol: Symbol) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        advance()
        return true
    }

    /// Takes both keywords if they come next.
    mutating func accept(_ first: Keyword, _ second: Keyword) -> Bool {
        guard at(first), peek().kind == .keyword(second) else {
            missed.append(first)
            return false
        }
        advance()
        advance()
        return true
    }

    @inline(never)
    mutating func expect(_ keyword: Keyword) throws(SyntaxFailure) {
        guard accept(keyword) else { throw unexpected() }
    }

    @inline(never)
    mutating func expect(_ symbol: Symbol) throws(SyntaxFailure) {
        guard accept(symbol) else { throw unexpected("\"\(symbol.rawValue)\"") }
    }

    /// Says that these would have been welcome here too.
    mutating func noteMissed(_ keywords: [Keyword]) { missed += keywords }

    /// Requires that nothing follows.
    mutating func expectEnd() throws(SyntaxFailure) {
        guard token.kind != .end else { return }
        let failure = unexpected("the end of the statement")
        guard case .keyword(let keyword) = token.kind, Self.statementStarts.contains(keyword) else {
            throw failure
        }
        throw failure.hinting("Separate statements with a semicolon.")
    }

    /// From the token `start` to the last one taken.
    func location(from start: Token) -> Location {
        Location(SourceRange(start.lower, max(start.lower, previous.upper)))
    }

    func text(of token: Token) -> String { source.string(token.lower..<token.upper) }
}

// MARK: - Depth and height

extension Parser {
    /// What a query counts for: it takes the stack of several expressions.
    static let queryLevels = 2

    /// Counts levels of recursion. Whoever calls it must call ``ascend(_:)`` on the way out.
    ///
    /// - Throws: 54001.
    @inline(never)
    mutating func descend(_ levels: Int = 1) throws(SyntaxFailure) {
        depth += levels
        if depth > Limits.nestingDepthMax { throw tooDeep(token.range) }
    }

    mutating func ascend(_ levels: Int = 1) { depth -= levels }

    /// A node from `start` to the last token taken.
    ///
    /// - Throws: 54001 if it is too high: chains of operators grow without recursion.
    @inline(never)
    func node(_ kind: Expression.Kind, from start: Location) throws(SyntaxFailure) -> Expression {
        let end = Location(previous.range)
        let expression = Expression(kind, location: start.union(end))
        if expression.height > Limits.nestingDepthMax { throw tooDeep(previous.range) }
        return expression
    }

    @inline(never)
    private func tooDeep(_ range: SourceRange) -> SyntaxFailure {
        SyntaxFailure(
            .statementTooComplex,
            "the statement is nested more than \(Limits.nestingDepthMax) levels deep",
            hint: "Split it, replace chains of operators by IN or ANY, or bind an array.",
            position: range)
    }
}

// MARK: - Lists

extension Parser {
    /// One element or more, separated by commas.
    mutating func list<Element>(
        _ element: (inout Parser) throws(SyntaxFailure) -> Element
    ) throws(SyntaxFailure) -> [Element] {
        var elements = [try element(&self)]
        while accept(.comma) { elements.append(try element(&self)) }
        return elements
    }

    /// One element or more in parentheses.
    mutating func parenthesizedList<Element>(
        _ element: (inout Parser) throws(SyntaxFailure) -> Element
    ) throws(SyntaxFailure) -> [Element] {
        try expect(.leftParenthesis)
        let elements = try list(element)
        try closeList()
        return elements
    }

    /// The parenthesis behind a list.
    mutating func closeList() throws(SyntaxFailure) {
        guard accept(.rightParenthesis) else { throw unexpected("\",\"", "\")\"") }
    }
}
