extension Printer {
    /// One column or constraint a line, indented by four spaces.
    mutating func print(_ create: CreateTableStatement) {
        switch create.persistence {
        case .permanent: write("CREATE TABLE ")
        case .unlogged: write("CREATE UNLOGGED TABLE ")
        case .temporary: write("CREATE TEMP TABLE ")
        }
        if create.ifNotExists { write("IF NOT EXISTS ") }
        print(create.name)
        write(" (")
        var separator = "\n    "
        for column in create.columns {
            write(separator)
            print(column)
            separator = ",\n    "
        }
        for constraint in create.constraints {
            write(separator)
            print(constraint)
            separator = ",\n    "
        }
        write(create.columns.isEmpty && create.constraints.isEmpty ? ")" : "\n)")
        printWithOptions(create.options)
    }

    mutating func print(_ column: ColumnDefinition) {
        print(column.name)
        write(" ")
        print(column.type)
        for constraint in column.constraints {
            write(" ")
            printConstraintName(constraint.name)
            switch constraint.kind {
            case .primaryKey: write("PRIMARY KEY")
            case .notNull: write("NOT NULL")
            case .null: write("NULL")
            case .unique: write("UNIQUE")
            case .defaultValue(let value):
                write("DEFAULT ")
                print(value, .operators)
            case .check(let condition):
                write("CHECK ")
                parenthesized { $0.print(condition) }
            case .identity(let identity):
                write("GENERATED \(identity.rawValue) AS IDENTITY")
            }
        }
    }

    mutating func print(_ constraint: TableConstraint) {
        printConstraintName(constraint.name)
        switch constraint.kind {
        case .primaryKey(let columns):
            write("PRIMARY KEY ")
            printColumns(columns)
        case .unique(let columns):
            write("UNIQUE ")
            printColumns(columns)
        case .check(let condition):
            write("CHECK ")
            parenthesized { $0.print(condition) }
        }
    }

    private mutating func printConstraintName(_ name: Identifier?) {
        guard let name else { return }
        write("CONSTRAINT ")
        print(name)
        write(" ")
    }

    mutating func print(_ create: CreateIndexStatement) {
        write(create.isUnique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ")
        if create.isConcurrent { write("CONCURRENTLY ") }
        if create.ifNotExists { write("IF NOT EXISTS ") }
        if let name = create.name {
            print(name)
            write(" ")
        }
        write("ON ")
        print(create.table)
        if let method = create.method {
            write(" USING ")
            print(method)
        }
        write(" ")
        parenthesized { $0.list(create.keys) { $0.print($1) } }
        if !create.include.isEmpty {
            write(" INCLUDE ")
            parenthesized { $0.printList(create.include) }
        }
        printWithOptions(create.options)
        printClause("WHERE", create.filter)
    }

    private mutating func print(_ key: IndexKey) {
        switch key.expression.kind {
        case .column: print(key.expression)
        case .call(let call): print(call, asOperand: false)
        default: parenthesized { $0.print(key.expression) }
        }
        if let operatorClass = key.operatorClass {
            write(" ")
            print(operatorClass)
        }
        printDirection(key.isDescending, key.nullsFirst)
    }

    mutating func print(_ drop: DropStatement) {
        let condition = drop.ifExists ? "IF EXISTS " : ""
        switch drop.target {
        case .objects(let kind, let names):
            write("DROP \(kind.rawValue) \(condition)")
            list(names) { $0.print($1) }
        case .snapshot(let name, _):
            write("DROP SNAPSHOT \(condition)\(Literal.sqlString(name))")
        }
    }

    mutating func print(_ alter: AlterTableStatement) {
        write("ALTER TABLE ")
        print(alter.table)
        write(" ")
        list(alter.actions) { printer, action in
            switch action {
            case .addColumn(let column, let ifNotExists):
                printer.write(ifNotExists ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN ")
                printer.print(column)
            case .addConstraint(let constraint):
                printer.write("ADD ")
                printer.print(constraint)
            case .dropColumn(let name, let ifExists):
                printer.write(ifExists ? "DROP COLUMN IF EXISTS " : "DROP COLUMN ")
                printer.print(name)
            case .renameColumn(let name, let newName):
                printer.write("RENAME COLUMN ")
                printer.print(name)
                printer.write(" TO ")
                printer.print(newName)
            case .renameTable(let newName):
                printer.write("RENAME TO ")
                printer.print(newName)
            }
        }
    }

    mutating func print(_ alter: AlterIndexStatement) {
        write("ALTER INDEX ")
        print(alter.index)
        switch alter.action {
        case .set(let options):
            write(" SET ")
            printOptions(options)
        case .rename(let name):
            write(" RENAME TO ")
            print(name)
        }
    }
}
