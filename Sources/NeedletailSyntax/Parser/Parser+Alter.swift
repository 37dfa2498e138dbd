import NeedletailCore

extension Parser {
    /// grammar: alter
    mutating func alter() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.alter)
        if accept(.index) { return try alterIndex() }
        try expect(.table)
        let table = try objectName("a table name")
        let actions = try list { parser throws(SyntaxFailure) in try parser.alterAction() }
        return .alterTable(AlterTableStatement(table: table, actions: actions))
    }

    private mutating func alterIndex() throws(SyntaxFailure) -> Statement.Kind {
        let index = try objectName("the name of an index")
        if accept(.rename) {
            try expect(.to)
            let name = try name("a new name")
            return .alterIndex(AlterIndexStatement(index: index, action: .rename(to: name)))
        }
        try expect(.set)
        return .alterIndex(AlterIndexStatement(index: index, action: .set(try optionList())))
    }

    /// grammar: alterAction
    private mutating func alterAction() throws(SyntaxFailure) -> AlterTableStatement.Action {
        if accept(.add) {
            if let constraint = try tableConstraint() { return .addConstraint(constraint) }
            _ = accept(.column)
            let ifNotExists = try ifNotExists()
            return .addColumn(try columnDefinition(), ifNotExists: ifNotExists)
        }
        if accept(.drop) {
            if at(.constraint) { throw unsupported("DROP CONSTRAINT is") }
            _ = accept(.column)
            let ifExists = ifExists()
            return .dropColumn(try name("a column name"), ifExists: ifExists)
        }
        if at(.alter) {
            throw unsupported(
                "ALTER COLUMN is", hint: "Add a new column, copy the values, drop the old one.")
        }
        try expect(.rename)
        if accept(.to) { return .renameTable(to: try name("a new name")) }
        _ = accept(.column)
        let column = try name("a column name")
        try expect(.to)
        return .renameColumn(column, to: try name("a new name"))
    }
}
