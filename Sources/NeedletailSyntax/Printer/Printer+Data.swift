extension Printer {
    mutating func print(_ insert: InsertStatement) {
        write("INSERT INTO ")
        printTarget(insert.table, insert.columns)
        switch insert.source {
        case .query(let query):
            write(" ")
            print(query)
        case .defaultValues: write(" DEFAULT VALUES")
        }
        if let conflict = insert.conflict { print(conflict) }
        printReturning(insert.returning)
    }

    mutating func print(_ upsert: UpsertStatement) {
        write("UPSERT INTO ")
        printTarget(upsert.table, upsert.columns)
        write(" ")
        print(upsert.source)
        printReturning(upsert.returning)
    }

    /// A table with the columns behind it, if there are any.
    private mutating func printTarget(_ table: ObjectName, _ columns: [Identifier]) {
        print(table)
        guard !columns.isEmpty else { return }
        write(" ")
        printColumns(columns)
    }

    private mutating func print(_ conflict: ConflictClause) {
        write(" ON CONFLICT ")
        if !conflict.target.isEmpty {
            printColumns(conflict.target)
            write(" ")
        }
        switch conflict.action {
        case .nothing: write("DO NOTHING")
        case .update(let assignments, let filter):
            write("DO UPDATE SET ")
            printAssignments(assignments)
            printClause("WHERE", filter)
        }
    }

    private mutating func printReturning(_ items: [SelectItem]) {
        guard !items.isEmpty else { return }
        write(" RETURNING ")
        printItems(items)
    }

    mutating func print(_ update: UpdateStatement) {
        write("UPDATE ")
        printAliased(update.table, update.alias)
        write(" SET ")
        printAssignments(update.assignments)
        printClause("WHERE", update.filter)
        printReturning(update.returning)
    }

    private mutating func printAliased(_ table: ObjectName, _ alias: Identifier?) {
        print(table)
        guard let alias else { return }
        write(" AS ")
        print(alias)
    }

    private mutating func printAssignments(_ assignments: [Assignment]) {
        list(assignments) { printer, assignment in
            printer.print(assignment.column)
            for step in assignment.path {
                switch step {
                case .member(let name):
                    printer.write(".")
                    printer.printStep(name)
                case .element(let index):
                    printer.write("[")
                    printer.print(index)
                    printer.write("]")
                }
            }
            printer.write(" = ")
            printer.print(assignment.value)
        }
    }

    mutating func print(_ delete: DeleteStatement) {
        write("DELETE FROM ")
        printAliased(delete.table, delete.alias)
        printClause("WHERE", delete.filter)
        printReturning(delete.returning)
    }

    mutating func print(_ copy: CopyStatement) {
        write("COPY ")
        switch copy.subject {
        case .table(let table, let columns): printTarget(table, columns)
        case .query(let query): parenthesized { $0.print(query) }
        }
        write(" \(copy.direction.rawValue) ")
        switch copy.target {
        case .file(let name, _): write(Literal.sqlString(name))
        case .stdin: write("STDIN")
        case .stdout: write("STDOUT")
        }
        guard !copy.options.isEmpty else { return }
        write(" ")
        printCopyOptions(copy.options)
    }
}
