package import NeedletailCatalog
package import NeedletailCore
package import NeedletailSyntax
import Synchronization

/// A parsed statement that keeps its newest plan.
package final class PreparedText: Sendable {
    package let text: String
    package let statement: Statement
    private let latest = Mutex<CompiledStatement?>(nil)

    init(_ text: String, _ statement: Statement) {
        self.text = text
        self.statement = statement
    }

    /// The statement bound and planned against `catalog`.
    package func compiled(
        for catalog: CatalogSnapshot
    ) throws(DatabaseError) -> CompiledStatement {
        if let known = latest.withLock({ $0 }), known.catalogVersion == catalog.version {
            return known
        }
        let compiled = try CompiledStatement(statement, catalog: catalog)
        latest.withLock { $0 = compiled }
        return compiled
    }
}
