import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Definitions of vector indexes. Their graphs are built after the commit, from a snapshot, while
/// others write: see ``VectorIndexKeeper``.
extension DefinitionExecution {
    /// Errors: 0A000 for what no graph can hold yet.
    func createVectorIndex(_ create: BoundCreateIndex) throws(DatabaseError) {
        if create.definition.method == .hnsw {
            _ = try VectorIndexBuild(create.definition, of: create.table)
        }
        try scope.define { writer throws(DatabaseError) in
            try writer.createVectorIndex(create.definition, on: create.table)
        }
    }

    /// Indexes of the store are written anew here, vector indexes after the commit.
    func reindex(_ indexes: [IndexDefinition]) throws(DatabaseError) {
        for index in indexes where !index.method.isOfVectors {
            guard let table = scope.catalog.table(id: index.tableID) else { continue }
            try scope.define { writer throws(DatabaseError) in
                try writer.dropIndex(index)
                _ = try writer.createIndex(index, on: table) { _ throws(DatabaseError) in
                    try cancellation.check()
                }
            }
        }
    }
}
