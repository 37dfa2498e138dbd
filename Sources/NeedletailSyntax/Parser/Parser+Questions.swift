import NeedletailCore

extension Parser {
    /// grammar: recall
    mutating func recall() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.recall)
        let count = try expression()
        try expect(.for)
        return .recall(RecallStatement(sampleCount: count, query: try questioned()))
    }

    /// grammar: why
    mutating func why() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.why)
        let key = try list { parser throws(SyntaxFailure) in try parser.expression() }
        try expect(.for)
        return .why(WhyStatement(key: key, query: try questioned()))
    }

    /// The query that a question is about.
    private mutating func questioned() throws(SyntaxFailure) -> SelectStatement {
        guard isAtQuery || at(.leftParenthesis) else { throw unexpected("a query") }
        return try select()
    }
}
