import NeedletailCore

extension Parser {
    /// grammar: insert
    mutating func insert() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.insert)
        try expect(.into)
        let table = try objectName("a table name")
        let columns = try insertColumns()
        let source: InsertStatement.Source
        if accept(.default) {
            try expect(.values)
            source = .defaultValues
        } else {
            source = .query(try insertQuery())
        }
        let conflict = at(.on) ? try conflictClause() : nil
        let returning = try returningClause()
        return .insert(
            InsertStatement(
                table: table, columns: columns, source: source, conflict: conflict,
                returning: returning))
    }

    /// grammar: upsert
    mutating func upsert() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.upsert)
        try expect(.into)
        let table = try objectName("a table name")
        let columns = try insertColumns()
        let source = try insertQuery()
        let returning = try returningClause()
        return .upsert(
            UpsertStatement(table: table, columns: columns, source: source, returning: returning))
    }

    private mutating func insertQuery() throws(SyntaxFailure) -> SelectStatement {
        guard isAtQuery || at(.leftParenthesis) else {
            noteMissed([.values, .select])
            throw unexpected()
        }
        return try select()
    }

    /// The names in parentheses, unless the parentheses hold a query.
    private mutating func insertColumns() throws(SyntaxFailure) -> [Identifier] {
        guard at(.leftParenthesis) else { return [] }
        switch peek().kind {
        case .keyword(.select), .keyword(.with), .symbol(.leftParenthesis): return []
        case .keyword(.values) where peekTwo().1.kind == .symbol(.leftParenthesis): return []
        default: return try columnList()
        }
    }

    /// grammar: conflict
    private mutating func conflictClause() throws(SyntaxFailure) -> ConflictClause {
        let start = token
        try expect(.on)
        try expect(.conflict)
        let target = at(.leftParenthesis) ? try columnList() : []
        try expect(.do)
        let action: ConflictClause.Action
        if accept(.nothing) {
            action = .nothing
        } else {
            try expect(.update)
            try expect(.set)
            let assignments = try assignments()
            action = .update(assignments, filter: accept(.where) ? try expression() : nil)
        }
        return ConflictClause(target: target, action: action, location: location(from: start))
    }

    /// grammar: returning
    private mutating func returningClause() throws(SyntaxFailure) -> [SelectItem] {
        accept(.returning) ? try selectItems() : []
    }

    /// grammar: update
    mutating func update() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.update)
        let table = try objectName("a table name")
        let alias = try plainAlias()
        try expect(.set)
        let assignments = try assignments()
        if at(.from) {
            throw unsupported("UPDATE … FROM is", hint: "Use a subquery in SET or WHERE.")
        }
        let filter = accept(.where) ? try expression() : nil
        return .update(
            UpdateStatement(
                table: table, alias: alias, assignments: assignments, filter: filter,
                returning: try returningClause()))
    }

    private mutating func plainAlias() throws(SyntaxFailure) -> Identifier? {
        if accept(.as) { return try name("a name for the table") }
        guard isAtName else { return nil }
        looseAlias = token
        return takeName()
    }

    /// grammar: assignments
    private mutating func assignments() throws(SyntaxFailure) -> [Assignment] {
        try list { parser throws(SyntaxFailure) in try parser.assignment() }
    }

    /// grammar: assignment
    private mutating func assignment() throws(SyntaxFailure) -> Assignment {
        let start = token
        let column = try name("a column name")
        var path: [Assignment.Step] = []
        while true {
            if accept(.dot) {
                path.append(.member(try step()))
            } else if accept(.leftBracket) {
                path.append(.element(try expression()))
                try expect(.rightBracket)
            } else {
                break
            }
        }
        try expect(.equal)
        let value = try expressionOrDefault()
        return Assignment(column, path: path, value: value, location: location(from: start))
    }

    /// grammar: delete
    mutating func delete() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.delete)
        try expect(.from)
        let table = try objectName("a table name")
        let alias = try plainAlias()
        if at(.using) {
            throw unsupported("DELETE … USING is", hint: "Use a subquery in WHERE.")
        }
        let filter = accept(.where) ? try expression() : nil
        return .delete(
            DeleteStatement(
                table: table, alias: alias, filter: filter, returning: try returningClause()))
    }

    /// grammar: truncate
    mutating func truncate() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.truncate)
        _ = accept(.table)
        return .truncate(try objectName("a table name"))
    }
}
