package import NeedletailCatalog
package import NeedletailCore
package import NeedletailSyntax
import Synchronization

/// A parsed statement that keeps its newest plan.
package final class PreparedText: Sendable {
    package let text: String
    package let statement: Statement
    private let latest = Mutex<CompiledStatement?>(nil)
    /// About the longest that it took lately; `Int64.max` where it never ran to its end.
    private let recentNanoseconds = Atomic<Int64>(.max)

    init(_ text: String, _ statement: Statement) {
        self.text = text
        self.statement = statement
    }

    /// Whether it was run before, as a query in a transaction of its own, and took little time.
    var isBrief: Bool {
        recentNanoseconds.load(ordering: .relaxed) < Limits.briefMicroseconds * 1_000
    }

    /// Takes note of how long it took. One long time counts until ten short ones have followed.
    func took(nanoseconds: Int64) {
        let known = recentNanoseconds.load(ordering: .relaxed)
        let faded = known == .max ? 0 : min(known, Self.rememberedMax) / 4 * 3
        recentNanoseconds.store(max(nanoseconds, faded), ordering: .relaxed)
    }

    /// Of a longer time it does not matter how long it was.
    private static var rememberedMax: Int64 { 16 * Limits.briefMicroseconds * 1_000 }

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
