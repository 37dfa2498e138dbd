import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Runs `CREATE`, `DROP`, `REINDEX` and `TRUNCATE`.
struct DefinitionExecution {
    let scope: TransactionScope
    let cancellation: Cancellation
    let progress: ProgressCounter

    func run(_ kind: BoundKind) throws(DatabaseError) {
        switch kind {
        case .createTable(let create) where !create.isSatisfied:
            try scope.define { writer throws(DatabaseError) in
                _ = try writer.createTable(create.definition, uniques: create.uniques)
            }
        case .dropTable(let table?, _):
            let indexes = scope.catalog.indexes(of: table)
            try scope.define { writer throws(DatabaseError) in
                try writer.dropTable(table, indexes: indexes)
            }
        case .truncate(let table):
            let indexes = scope.catalog.indexes(of: table)
            try scope.define { writer throws(DatabaseError) in
                try writer.truncate(table, indexes: indexes)
            }
        case .createIndex(let create) where !create.isSatisfied:
            try createIndex(create)
        case .dropIndex(let index?, _): try dropIndex(index)
        case .reindex(let indexes): try reindex(indexes)
        default: break
        }
    }

    private func createIndex(_ create: BoundCreateIndex) throws(DatabaseError) {
        let existing = scope.catalog.indexes(of: create.table).count
        guard existing < Limits.indexesPerTableMax else {
            throw DatabaseError(
                .programLimit,
                "table \"\(create.table.name)\" has \(existing) indexes, as many as are allowed",
                hint: "drop one that is not used")
        }
        guard !create.definition.method.isOfVectors else { return try createVectorIndex(create) }
        progress.setTotal(try scope.reader(create.table).rowCount())
        let definition = create.definition.withFunctions(
            of: create.table, from: IndexFunctions.make)
        try scope.define { writer throws(DatabaseError) in
            _ = try writer.createIndex(definition, on: create.table) {
                done throws(DatabaseError) in
                progress.setRows(done)
                try cancellation.check()
            }
        }
    }

    private func dropIndex(_ index: IndexDefinition) throws(DatabaseError) {
        try scope.define { writer throws(DatabaseError) in try writer.dropIndex(index) }
    }
}
