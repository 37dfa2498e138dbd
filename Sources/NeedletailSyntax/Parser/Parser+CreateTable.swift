import NeedletailCore

extension Parser {
    /// What stands behind `CREATE [UNLOGGED | TEMP]`.
    ///
    /// grammar: createTable, tableElement
    mutating func createTable(
        _ persistence: CreateTableStatement.Persistence
    ) throws(SyntaxFailure) -> Statement.Kind {
        try expect(.table)
        let ifNotExists = try ifNotExists()
        let name = try objectName("a table name")
        if at(.as) {
            throw unsupported("CREATE TABLE … AS is", hint: "Create it, then INSERT … SELECT.")
        }
        try expect(.leftParenthesis)
        var columns: [ColumnDefinition] = []
        var constraints: [TableConstraint] = []
        if !at(.rightParenthesis) {
            repeat {
                if let constraint = try tableConstraint() {
                    constraints.append(constraint)
                } else {
                    columns.append(try columnDefinition())
                }
            } while accept(.comma)
        }
        try closeList()
        let options = try withOptions()
        return .createTable(
            CreateTableStatement(
                name: name, persistence: persistence, ifNotExists: ifNotExists, columns: columns,
                constraints: constraints, options: options))
    }

    /// grammar: ifNotExists
    mutating func ifNotExists() throws(SyntaxFailure) -> Bool {
        guard at(.if), peek().kind == .keyword(.not) else { return false }
        advance()
        advance()
        try expect(.exists)
        return true
    }

    /// grammar: ifExists
    mutating func ifExists() -> Bool { accept(.if, .exists) }

    /// grammar: column
    mutating func columnDefinition() throws(SyntaxFailure) -> ColumnDefinition {
        let start = token
        let name = try name("a column name")
        guard isAtName else { throw missingType(name) }
        let type = try type()
        var constraints: [ColumnConstraint] = []
        while let constraint = try columnConstraint() { constraints.append(constraint) }
        return ColumnDefinition(name, type, constraints, location: location(from: start))
    }

    @inline(never)
    private func missingType(_ name: Identifier) -> SyntaxFailure {
        unexpected("the type of column \"\(name.text)\"").hinting(
            "Write the type behind the name, such as \(name.text) text.")
    }

    /// grammar: columnConstraint
    private mutating func columnConstraint() throws(SyntaxFailure) -> ColumnConstraint? {
        let start = token
        var name: Identifier?
        if accept(.constraint) { name = try self.name("a name for the constraint") }
        let kind: ColumnConstraint.Kind
        if accept(.primary) {
            try expect(.key)
            kind = .primaryKey
        } else if accept(.not, .null) {
            kind = .notNull
        } else if accept(.null) {
            kind = .null
        } else if accept(.unique) {
            kind = .unique
        } else if accept(.default) {
            // Tight enough that the NOT of a NOT NULL behind it is left alone.
            kind = .defaultValue(try expression(.operators))
        } else if accept(.check) {
            kind = .check(try parenthesizedExpression())
        } else if accept(.generated) {
            kind = .identity(try identity())
        } else if at(.references) {
            throw unsupported("foreign keys are")
        } else {
            guard name != nil else { return nil }
            throw unexpected()
        }
        return ColumnConstraint(kind, name: name, location: location(from: start))
    }

    /// grammar: identity
    private mutating func identity() throws(SyntaxFailure) -> ColumnConstraint.Identity {
        var identity = ColumnConstraint.Identity.always
        if accept(.by) {
            try expect(.default)
            identity = .byDefault
        } else {
            _ = accept(.always)
        }
        try expect(.as)
        if at(.leftParenthesis) { throw unsupported("generated columns are") }
        try expect(.identity)
        return identity
    }

    private mutating func parenthesizedExpression() throws(SyntaxFailure) -> Expression {
        try expect(.leftParenthesis)
        let expression = try expression()
        try expect(.rightParenthesis)
        return expression
    }

    /// grammar: tableConstraint
    mutating func tableConstraint() throws(SyntaxFailure) -> TableConstraint? {
        let start = token
        var name: Identifier?
        if accept(.constraint) { name = try self.name("a name for the constraint") }
        let kind: TableConstraint.Kind
        if accept(.primary) {
            try expect(.key)
            kind = .primaryKey(try columnList())
        } else if accept(.unique) {
            kind = .unique(try columnList())
        } else if accept(.check) {
            kind = .check(try parenthesizedExpression())
        } else if at(.foreign) {
            throw unsupported("foreign keys are")
        } else {
            guard name != nil else { return nil }
            throw unexpected()
        }
        return TableConstraint(kind, name: name, location: location(from: start))
    }
}
