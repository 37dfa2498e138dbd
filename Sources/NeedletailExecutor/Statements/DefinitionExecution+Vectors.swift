import NeedletailCore
import NeedletailPlanner

/// What becomes of vector indexes: the one place where their life begins and ends.
extension DefinitionExecution {
    /// Errors: 0A000, until graphs are built.
    func createVectorIndex(_ create: BoundCreateIndex) throws(DatabaseError) {
        throw Self.missing("creating the hnsw index \"\(create.definition.name)\"")
    }

    /// Errors: 0A000, until graphs are built.
    func dropVectorIndex(_ index: IndexDefinition) throws(DatabaseError) {
        throw Self.missing("dropping the hnsw index \"\(index.name)\"")
    }

    /// Errors: 0A000, until indexes can be rebuilt.
    func reindex(_ indexes: [IndexDefinition]) throws(DatabaseError) {
        throw DatabaseError(
            .notSupported, "REINDEX is not supported yet",
            hint: "Drop the index and create it anew.")
    }

    private static func missing(_ what: String) -> DatabaseError {
        DatabaseError(
            .notSupported, "\(what) is not supported yet",
            hint: "Searches are exact today and need no index: ORDER BY v <=> :q LIMIT 10.")
    }
}
