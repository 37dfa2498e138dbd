extension Printer {
    mutating func print(_ query: SelectStatement) {
        if !query.with.isEmpty {
            write("WITH ")
            list(query.with) { $0.print($1) }
            write(" ")
        }
        print(query.body)
        printOrderBy(query.orderBy)
        if let limitBy = query.limitBy {
            write(" LIMIT ")
            print(limitBy.count)
            write(" BY ")
            printList(limitBy.keys)
        }
        printClause("LIMIT", query.limit)
        printClause("OFFSET", query.offset)
        printWithOptions(query.options)
    }

    /// ` WORD expression` with the space before it, or nothing.
    mutating func printClause(_ word: String, _ expression: Expression?) {
        guard let expression else { return }
        write(" \(word) ")
        print(expression)
    }

    private mutating func print(_ table: CommonTable) {
        print(table.name)
        if !table.columns.isEmpty {
            write(" ")
            printColumns(table.columns)
        }
        write(" AS ")
        if let isMaterialized = table.isMaterialized {
            write(isMaterialized ? "MATERIALIZED " : "NOT MATERIALIZED ")
        }
        parenthesized { $0.print(table.query) }
    }

    private mutating func print(_ body: SelectBody) {
        switch body {
        case .select(let core): print(core)
        case .values(let rows):
            write("VALUES ")
            list(rows) { $0.printRow($1) }
        case .nested(let query): parenthesized { $0.print(query) }
        case .combined(let first, let rest):
            let isIntersection = rest.contains { $0.kind == .intersect }
            printOperand(first, inIntersection: isIntersection)
            for step in rest {
                write(" \(step.kind.rawValue)\(step.keepsDuplicates ? " ALL" : "") ")
                printOperand(step.operand, inIntersection: isIntersection)
            }
        }
    }

    private mutating func printRow(_ row: [Expression]) {
        parenthesized { $0.printList(row) }
    }

    /// An operand of a set operation: only intersections inside other operations go without
    /// parentheses.
    private mutating func printOperand(_ body: SelectBody, inIntersection: Bool) {
        if case .combined(_, let rest) = body,
            inIntersection || !rest.allSatisfy({ $0.kind == .intersect })
        {
            parenthesized { $0.print(body) }
        } else {
            print(body)
        }
    }

    private mutating func print(_ core: SelectCore) {
        write("SELECT ")
        switch core.distinct {
        case .rows: write("DISTINCT ")
        case .on(let keys):
            write("DISTINCT ON ")
            parenthesized { $0.printList(keys) }
            write(" ")
        case nil: break
        }
        printItems(core.items)
        if !core.from.isEmpty {
            write(" FROM ")
            list(core.from) { $0.print($1) }
        }
        printClause("WHERE", core.filter)
        if !core.groupBy.isEmpty {
            write(" GROUP BY ")
            printList(core.groupBy)
        }
        printClause("HAVING", core.having)
    }

    mutating func printItems(_ items: [SelectItem]) {
        list(items) { printer, item in
            switch item {
            case .all: printer.write("*")
            case .allOf(let name):
                printer.print(name)
                printer.write(".*")
            case .expression(let expression, let alias):
                printer.print(expression)
                guard let alias else { return }
                printer.write(" AS ")
                printer.print(alias)
            }
        }
    }

    private mutating func print(_ item: FromItem) {
        print(item.source)
        for join in item.joins {
            write(" \(join.kind.rawValue) ")
            print(join.source)
            switch join.condition {
            case .on(let condition):
                write(" ON ")
                print(condition)
            case .using(let columns):
                write(" USING ")
                printColumns(columns)
            case nil: break
            }
        }
    }

    private mutating func print(_ source: TableSource) {
        if source.isLateral { write("LATERAL ") }
        switch source.kind {
        case .table(let name, let asOf):
            print(name)
            printAsOf(asOf)
        case .subquery(let query): parenthesized { $0.print(query) }
        case .function(let call): print(call, asOperand: false)
        }
        guard let alias = source.alias else { return }
        write(" AS ")
        print(alias.name)
        if !alias.columns.isEmpty {
            write(" ")
            printColumns(alias.columns)
        }
    }

    private mutating func printAsOf(_ asOf: AsOf?) {
        switch asOf {
        case .snapshot(let value):
            write(" AS OF SNAPSHOT ")
            print(value, .postfix)
        case .transaction(let value):
            write(" AS OF TXN ")
            print(value, .postfix)
        case nil: break
        }
    }
}
