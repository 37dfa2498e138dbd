extension Printer {
    mutating func print(_ statement: Statement) {
        switch statement.kind {
        case .select(let query): print(query)
        case .insert(let insert): print(insert)
        case .upsert(let upsert): print(upsert)
        case .update(let update): print(update)
        case .delete(let delete): print(delete)
        case .copy(let copy): print(copy)
        case .createTable(let create): print(create)
        case .createIndex(let create): print(create)
        case .drop(let drop): print(drop)
        case .alterTable(let alter): print(alter)
        case .alterIndex(let alter): print(alter)
        case .createCollection, .createExtension, .createSnapshot, .truncate, .reindex, .analyze,
            .check:
            printUpkeep(statement.kind)
        case .begin, .commit, .rollback, .savepoint, .release, .rollbackTo:
            printTransaction(statement.kind)
        case .set(let set): print(set)
        case .reset(let name): printNamed("RESET", name, orElse: " ALL")
        case .pragma(let pragma):
            write("PRAGMA ")
            print(pragma.name)
            guard let value = pragma.value else { return }
            write(" = ")
            print(value)
        case .show(let show): print(show)
        case .describe(.table(let name)): printNamed("DESCRIBE", name)
        case .describe(.query(let query)):
            write("DESCRIBE ")
            print(query)
        case .explain(let explain): print(explain)
        case .recall(let recall):
            write("RECALL ")
            print(recall.sampleCount)
            write(" FOR ")
            print(recall.query)
        case .why(let why):
            write("WHY ")
            list(why.key) { $0.print($1) }
            write(" FOR ")
            print(why.query)
        }
    }

    /// `WORD name`, or the word with something else behind it where there is no name.
    private mutating func printNamed(_ word: String, _ name: ObjectName?, orElse: String = "") {
        write(word)
        guard let name else { return write(orElse) }
        write(" ")
        print(name)
    }

    private mutating func printUpkeep(_ kind: Statement.Kind) {
        switch kind {
        case .createCollection(let create):
            write(create.ifNotExists ? "CREATE COLLECTION IF NOT EXISTS " : "CREATE COLLECTION ")
            print(create.name)
            write(" ")
            printOptions(create.options)
        case .createExtension(let create):
            write(create.ifNotExists ? "CREATE EXTENSION IF NOT EXISTS " : "CREATE EXTENSION ")
            print(create.name)
        case .createSnapshot(let name): write("CREATE SNAPSHOT " + Literal.sqlString(name))
        case .truncate(let name): printNamed("TRUNCATE TABLE", name)
        case .reindex(let reindex):
            printNamed("REINDEX \(reindex.kind.rawValue)", reindex.name)
            printWithOptions(reindex.options)
        case .analyze(let name): printNamed("ANALYZE", name)
        case .check(let name):
            name == nil ? write("CHECK DATABASE") : printNamed("CHECK TABLE", name)
        default: break
        }
    }

    private mutating func printTransaction(_ kind: Statement.Kind) {
        switch kind {
        case .begin(let mode): write("BEGIN" + (mode.map { " \($0.rawValue)" } ?? ""))
        case .commit: write("COMMIT")
        case .rollback: write("ROLLBACK")
        case .savepoint(let name): write("SAVEPOINT " + name.sql)
        case .release(let name): write("RELEASE SAVEPOINT " + name.sql)
        case .rollbackTo(let name): write("ROLLBACK TO SAVEPOINT " + name.sql)
        default: break
        }
    }

    private mutating func print(_ set: SetStatement) {
        write(set.scope == .local ? "SET LOCAL " : "SET ")
        print(set.name)
        write(" = ")
        if set.values.isEmpty { write("DEFAULT") }
        list(set.values) { $0.print($1) }
    }

    private mutating func print(_ show: ShowStatement) {
        switch show {
        case .tables: write("SHOW TABLES")
        case .collections: write("SHOW COLLECTIONS")
        case .indexes(let table):
            write("SHOW INDEXES")
            guard let table else { return }
            write(" FROM ")
            print(table)
        case .settings(let pattern):
            write("SHOW SETTINGS")
            if let pattern { write(" LIKE " + Literal.sqlString(pattern)) }
        case .statistics(let table?): printNamed("SHOW STATISTICS FOR", table)
        case .statistics(nil): write("SHOW STATISTICS")
        case .sessions: write("SHOW SESSIONS")
        case .snapshots: write("SHOW SNAPSHOTS")
        case .queries: write("SHOW QUERIES")
        case .create(let name): printNamed("SHOW CREATE TABLE", name)
        case .all: write("SHOW ALL")
        case .setting(let name):
            // One of the words above is a setting only in quotes, or with a dot behind it.
            switch Keyword.byName[name.text] {
            case .tables, .collections, .indexes, .settings, .statistics, .sessions, .snapshots,
                .queries:
                write("SHOW \"\(name.text)\"")
            default: printNamed("SHOW", name)
            }
        }
    }

    private mutating func print(_ explain: ExplainStatement) {
        var options: [String] = []
        if explain.analyze { options.append("ANALYZE") }
        if explain.recall { options.append("RECALL") }
        if let costs = explain.costs { options.append(costs ? "COSTS" : "COSTS FALSE") }
        if let summary = explain.summary { options.append(summary ? "SUMMARY" : "SUMMARY FALSE") }
        if let format = explain.format { options.append("FORMAT \(format.sql)") }
        switch options {
        case []: write("EXPLAIN ")
        case ["ANALYZE"]: write("EXPLAIN ANALYZE ")
        default: write("EXPLAIN (\(options.joined(separator: ", "))) ")
        }
        print(explain.statement)
    }
}
