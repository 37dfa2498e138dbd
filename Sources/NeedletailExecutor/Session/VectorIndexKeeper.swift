import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// Builds vector indexes and clears away what they leave behind.
struct VectorIndexKeeper {
    let engine: Engine
    let cancellation: Cancellation
    let lockTimeoutMilliseconds: Int

    /// Does what a definition that was committed still needs.
    func finish(_ kind: BoundKind) throws(DatabaseError) {
        switch kind {
        case .createIndex(let create)
        where !create.isSatisfied && create.definition.method == .hnsw:
            try build(create.definition.name)
        case .reindex(let indexes):
            for index in indexes where index.method == .hnsw { try build(index.name) }
        case .dropIndex, .dropTable, .truncate: try sweep()
        default: break
        }
    }

    /// Builds the index called `name` from the newest snapshot. Writers go on meanwhile.
    func build(_ name: String) throws(DatabaseError) {
        let scope = try engine.readScope()
        defer { scope.close() }
        guard let index = scope.catalog.index(named: name),
            let table = scope.catalog.table(id: index.tableID)
        else { return }
        try VectorIndexBuild(index, of: table).run(
            try scope.view, library: engine.segments,
            check: { () throws(DatabaseError) in try cancellation.check() },
            publish: { body throws(DatabaseError) in
                _ = try engine.write(timeoutMilliseconds: lockTimeoutMilliseconds) {
                    scope throws(DatabaseError) in
                    guard let writer = scope.writer else { return }
                    try body(writer)
                }
            })
    }

    /// Removes segments that no manifest names.
    func sweep() throws(DatabaseError) {
        var scope: TransactionScope?
        defer { scope?.close() }
        try engine.segments.sweep { () throws(DatabaseError) in
            let newest = try engine.readScope()
            scope = newest
            return try newest.view
        }
    }
}
