import NeedletailCore
import NeedletailSyntax

extension StatementBinder {
    /// The meaning of a statement, whatever it is.
    func bind(_ statement: Statement) throws(DatabaseError) -> BoundKind {
        let range = statement.range
        switch statement.kind {
        case .select(let query): return .query(try QueryBinder(self).bind(query))
        case .insert(let insert): return .insert(try InsertBinder(self).bind(insert))
        case .upsert(let upsert): return .insert(try InsertBinder(self).bind(upsert))
        case .update(let update): return .update(try bind(update))
        case .delete(let delete): return .delete(try bind(delete))
        case .truncate(let name): return .truncate(try table(name))
        case .copy(let copy): return try CopyBinder(self).bind(copy)
        case .createTable(let create):
            return .createTable(try CreateTableBinder(self, create).bind())
        case .createIndex(let create):
            return .createIndex(try CreateIndexBinder(self, create).bind(at: range))
        case .drop(let drop): return try bind(drop, at: range)
        case .begin, .commit, .rollback, .savepoint, .release, .rollbackTo:
            return transaction(statement.kind)
        case .set(let set): return try bind(set, at: range)
        case .reset(let name): return .reset(name: name?.text)
        case .pragma(let pragma): return try bind(pragma, at: range)
        case .show(let show): return try bind(show, at: range)
        case .describe(.table(let name)):
            let table = try table(name)
            return .describeTable(table, indexes: try catalog.indexes(of: table))
        case .describe(.query(let query)):
            return .describeQuery(try QueryBinder(self).bind(query))
        case .explain(let explain): return .explain(try bind(explain))
        case .recall(let recall): return .recall(try SearchQuestionBinder(self).bind(recall))
        case .why(let why): return .why(try SearchQuestionBinder(self).bind(why))
        case .check(let name):
            guard let name else { return .check(nil) }
            return .check(try table(name))
        case .createExtension(let create):
            notice(
                .warning, "extension \"\(create.name.text)\" is not needed: vectors are built in")
            return .nothing(tag: "CREATE EXTENSION")
        case .analyze(let name):
            guard let name else { return .analyze(try allTables()) }
            return .analyze([try table(name)])
        case .reindex(let reindex): return try bind(reindex)
        case .createCollection, .createSnapshot, .alterTable, .alterIndex:
            throw Self.later(statement.kind, at: range)
        }
    }

    /// Every table, in the order of their names.
    func allTables() throws(DatabaseError) -> [TableDefinition] {
        var tables: [TableDefinition] = []
        for name in try catalog.tableNames() {
            if let table = try catalog.table(named: name) { tables.append(table) }
        }
        return tables
    }

    private func transaction(_ kind: Statement.Kind) -> BoundKind {
        switch kind {
        case .begin(let mode): .begin(readOnly: mode.map { $0 == .readOnly })
        case .commit: .commit
        case .savepoint(let name): .savepoint(name.text)
        case .release(let name): .releaseSavepoint(name.text)
        case .rollbackTo(let name): .rollbackToSavepoint(name.text)
        default: .rollback
        }
    }

    private static func later(_ kind: Statement.Kind, at range: SourceRange?) -> DatabaseError {
        switch kind {
        case .createCollection:
            .unsupported(
                "CREATE COLLECTION is not supported yet",
                hint: "Write CREATE TABLE name (id text PRIMARY KEY, embedding vector(768), "
                    + "meta jsonb DEFAULT '{}').", at: range)
        case .createSnapshot:
            .unsupported(
                "snapshots are not supported yet",
                hint: "Read inside BEGIN READ ONLY to keep one state.", at: range)
        case .alterTable:
            .unsupported(
                "ALTER TABLE is not supported yet",
                hint: "Create a new table and fill it with INSERT … SELECT.", at: range)
        default:
            .unsupported(
                "ALTER INDEX is not supported yet", hint: "Drop the index and create it anew.",
                at: range)
        }
    }

    private func bind(
        _ drop: DropStatement, at range: SourceRange?
    ) throws(DatabaseError) -> BoundKind {
        guard case .objects(let kind, let names) = drop.target, let name = names.first else {
            throw .unsupported("snapshots are not supported yet", at: range)
        }
        guard names.count == 1 else {
            throw .unsupported(
                "DROP takes one name", hint: "Write one DROP for each.", at: names[1].range)
        }
        switch kind {
        case .table: return try dropTable(name, drop.ifExists)
        case .index: return try dropIndex(name, drop.ifExists)
        case .extension:
            notice(.warning, "extension \"\(name.text)\" is built in and stays")
            return .nothing(tag: "DROP EXTENSION")
        case .collection:
            throw .unsupported(
                "collections are not supported yet", hint: "Write DROP TABLE.", at: range)
        }
    }

    private func dropTable(
        _ name: ObjectName, _ ifExists: Bool
    ) throws(DatabaseError) -> BoundKind {
        if let table = try tableIfExists(name) { return .dropTable(table, name: table.name) }
        if try catalog.index(named: name.last.text) != nil {
            throw DatabaseError(
                .undefinedTable, "\"\(name.text)\" is an index, not a table",
                hint: "Write DROP INDEX \(name.text).", position: name.range)
        }
        if !ifExists { return .dropTable(try table(name), name: name.text) }
        notice(.warning, "table \"\(name.text)\" does not exist, skipping")
        return .dropTable(nil, name: name.text)
    }

    private func dropIndex(
        _ name: ObjectName, _ ifExists: Bool
    ) throws(DatabaseError) -> BoundKind {
        if ifExists, try indexIfExists(name) == nil {
            notice(.warning, "index \"\(name.text)\" does not exist, skipping")
            return .dropIndex(nil, name: name.text)
        }
        let index = try index(name, forTable: "DROP TABLE")
        return .dropIndex(index, name: index.name)
    }

    private func indexIfExists(_ name: ObjectName) throws(DatabaseError) -> IndexDefinition? {
        try isLocal(name) ? catalog.index(named: name.last.text) : nil
    }

    /// The index called `name`; 42704 if there is none.
    ///
    /// - Parameter statement: what to write where a table is called so.
    private func index(
        _ name: ObjectName, forTable statement: String
    ) throws(DatabaseError) -> IndexDefinition {
        if let index = try indexIfExists(name) { return index }
        let isTable = try tableIfExists(name) != nil
        throw DatabaseError(
            .undefinedObject,
            isTable
                ? "\"\(name.text)\" is a table, not an index"
                : "index \"\(name.text)\" does not exist",
            hint: isTable ? "Write \(statement) \(name.text)." : "SHOW INDEXES lists them.",
            position: name.range)
    }

    private func bind(_ reindex: ReindexStatement) throws(DatabaseError) -> BoundKind {
        if let option = reindex.options.first {
            throw .unsupported(
                "REINDEX keeps the options of an index",
                hint: "Drop the index and create it anew with other options.", at: option.range)
        }
        switch reindex.kind {
        case .table: return .reindex(try catalog.indexes(of: try table(reindex.name)))
        case .index: return .reindex([try index(reindex.name, forTable: "REINDEX TABLE")])
        }
    }

    private func bind(_ explain: ExplainStatement) throws(DatabaseError) -> BoundExplain {
        let format: BoundExplain.Format
        switch explain.format?.text {
        case nil, "text"?: format = .text
        case "json"?: format = .json
        case let other?:
            throw DatabaseError(
                .invalidParameter, "EXPLAIN has no format \"\(other)\"",
                hint: "Write FORMAT text or FORMAT json.", position: explain.format?.range)
        }
        guard explain.analyze || !explain.recall else {
            throw DatabaseError(
                .invalidParameter, "RECALL measures a search that runs, so it needs ANALYZE",
                hint: "Write EXPLAIN (ANALYZE, RECALL).", position: explain.statement.range)
        }
        return BoundExplain(
            statement: try bind(explain.statement), analyze: explain.analyze,
            recall: explain.recall, costs: explain.costs ?? true, summary: explain.summary,
            format: format)
    }
}
