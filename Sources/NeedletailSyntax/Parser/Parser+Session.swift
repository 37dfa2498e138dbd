import NeedletailCore

extension Parser {
    /// grammar: begin
    mutating func begin() throws(SyntaxFailure) -> Statement.Kind {
        if accept(.start) {
            try expect(.transaction)
        } else {
            try expect(.begin)
            acceptNoise()
        }
        guard accept(.read) else { return .begin(nil) }
        if accept(.only) { return .begin(.readOnly) }
        try expect(.write)
        return .begin(.readWrite)
    }

    /// `WORK` or `TRANSACTION`, which say nothing.
    private mutating func acceptNoise() {
        if !accept(.work) { _ = accept(.transaction) }
    }

    /// grammar: commit
    mutating func commit() -> Statement.Kind {
        advance()
        acceptNoise()
        return .commit
    }

    /// grammar: rollback
    mutating func rollback() throws(SyntaxFailure) -> Statement.Kind {
        let mayGoBack = at(.rollback)
        advance()
        acceptNoise()
        guard mayGoBack, accept(.to) else { return .rollback }
        return .rollbackTo(try savepointName())
    }

    /// grammar: savepoint
    mutating func savepoint() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.savepoint)
        return .savepoint(try name("a name for the savepoint"))
    }

    /// grammar: release
    mutating func release() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.release)
        return .release(try savepointName())
    }

    /// A name behind an optional `SAVEPOINT`.
    private mutating func savepointName() throws(SyntaxFailure) -> Identifier {
        if at(.savepoint), Self.isName(peek()) { advance() }
        return try name("the name of a savepoint")
    }

    /// grammar: set
    mutating func set() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.set)
        var scope = SetStatement.Scope.session
        if at(.local) || at(.session), Self.isName(peek()) {
            scope = at(.local) ? .local : .session
            advance()
        }
        let name = try objectName("the name of a setting")
        guard accept(.equal) || accept(.to) else { throw unexpected("\"=\"") }
        if accept(.default) { return .set(SetStatement(scope: scope, name: name, values: [])) }
        let values = try list { parser throws(SyntaxFailure) in try parser.settingValue() }
        return .set(SetStatement(scope: scope, name: name, values: values))
    }

    /// grammar: reset
    mutating func reset() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.reset)
        return .reset(accept(.all) ? nil : try objectName("the name of a setting"))
    }

    /// grammar: pragma
    mutating func pragma() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.pragma)
        let name = try objectName("the name of a pragma")
        return .pragma(
            PragmaStatement(name: name, value: accept(.equal) ? try settingValue() : nil))
    }

    /// grammar: analyze
    mutating func analyze() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.analyze)
        return .analyze(isAtName ? try objectName("a table name") : nil)
    }

    /// grammar: check
    mutating func check() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.check)
        if accept(.table) { return .check(try objectName("a table name")) }
        _ = accept(.database)
        return .check(nil)
    }
}
