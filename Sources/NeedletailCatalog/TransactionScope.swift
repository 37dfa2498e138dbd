package import NeedletailCore
package import NeedletailStorage

/// One transaction as statements see it: definitions, readers of tables and, where it writes,
/// their writers.
///
/// Belongs to one thread at a time; a writing scope to the thread of its transaction.
package final class TransactionScope {
    package private(set) var catalog: CatalogSnapshot
    /// `nil` for a scope that only reads.
    package let writer: StorageWriter?
    private let transaction: SharedReadTransaction?
    private var writers: [UInt32: TableWriter] = [:]
    private let functions: IndexFunctionMaking

    /// - Parameter functions: gives the expressions of indexes their meaning.
    package init(
        reading transaction: SharedReadTransaction, functions: @escaping IndexFunctionMaking,
        catalog: (StorageView) throws(DatabaseError) -> CatalogSnapshot
    ) throws(DatabaseError) {
        self.transaction = transaction
        self.functions = functions
        writer = nil
        self.catalog = try catalog(try transaction.view)
    }

    /// - Parameter functions: gives the expressions of indexes their meaning.
    package init(
        writing writer: StorageWriter, functions: @escaping IndexFunctionMaking,
        catalog: (StorageView) throws(DatabaseError) -> CatalogSnapshot
    ) throws(DatabaseError) {
        transaction = nil
        self.functions = functions
        self.writer = writer
        self.catalog = try catalog(try writer.view)
    }

    /// Everything this transaction sees, its own changes included.
    package var view: StorageView {
        get throws(DatabaseError) {
            if let writer {
                try flush()
                return try writer.view
            }
            guard let transaction else {
                throw DatabaseError(.internalError, "a scope without a transaction")
            }
            return try transaction.view
        }
    }

    package func reader(_ table: TableDefinition) throws(DatabaseError) -> TableReader {
        TableReader(view: try view, table: table)
    }

    /// The writer of `table`, the same one for the whole transaction.
    package func tableWriter(
        _ table: TableDefinition, indexes: [IndexDefinition]
    ) throws(DatabaseError) -> TableWriter {
        if let known = writers[table.id], known.indexes == indexes { return known }
        guard let writer else {
            throw DatabaseError(
                .readOnlyTransaction, "cannot write in a read-only transaction",
                hint: "begin with BEGIN READ WRITE")
        }
        try writers[table.id]?.flush()
        let made = try TableWriter(writer, table: table, indexes: indexes)
        writers[table.id] = made
        return made
    }

    /// Hands everything buffered to the transaction.
    package func flush() throws(DatabaseError) {
        for writer in writers.values { try writer.flush() }
    }

    /// The sequence of the last commit this transaction sees.
    package func commitSequence() throws(DatabaseError) -> UInt64 {
        try view.commitSequence()
    }

    /// Changes definitions and reads the catalogue anew.
    package func define<T>(
        _ body: (DefinitionWriter) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        guard let writer else {
            throw DatabaseError(
                .readOnlyTransaction, "cannot change definitions in a read-only transaction",
                hint: "begin with BEGIN READ WRITE")
        }
        try flush()
        writers = [:]
        let result = try body(DefinitionWriter(writer))
        catalog = try CatalogSnapshot.load(try writer.view, functions: functions)
        return result
    }

    /// Gives up a reading scope's snapshot. Harmless when repeated.
    package func close() { transaction?.close() }
}
