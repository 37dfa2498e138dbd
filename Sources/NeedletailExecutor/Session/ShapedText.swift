import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Synchronization

/// A shape that several texts have in common, with its newest plan, if one plan does for all.
///
/// It does where the texts look one row up by its primary key: whatever the values, there is
/// nothing to choose. Any other plan may depend on them and is made for each text.
final class ShapedText: Sendable {
    private struct Outcome {
        let catalogVersion: UInt64
        let compiled: CompiledStatement?
    }

    private let text: String
    private let latest = Mutex<Outcome?>(nil)

    init(_ shape: LiteralShape) { text = shape.text }

    /// The plan of all texts of this shape against `catalog`; `nil` where each needs its own.
    ///
    /// - Parameter original: one of the texts, with its values.
    func compiled(
        for catalog: CatalogSnapshot, original: String, values: [Value]
    ) -> CompiledStatement? {
        if let known = latest.withLock({ $0 }), known.catalogVersion == catalog.version {
            return known.compiled
        }
        let compiled = try? Self.compile(text, original, values, catalog)
        latest.withLock { $0 = Outcome(catalogVersion: catalog.version, compiled: compiled) }
        return compiled
    }

    private static func compile(
        _ text: String, _ original: String, _ values: [Value], _ catalog: CatalogSnapshot
    ) throws(DatabaseError) -> CompiledStatement? {
        let compiled = try CompiledStatement(SQLParser.parse(statement: text), catalog: catalog)
        let parameters = compiled.bound.parameters
        guard compiled.looksOneRowUp, parameters.count == values.count,
            zip(parameters, values).allSatisfy({ means($0.type, $1) })
        else { return nil }
        let exact = try CompiledStatement(SQLParser.parse(statement: original), catalog: catalog)
        return exact.looksOneRowUp && exact.columns == compiled.columns ? compiled : nil
    }

    /// Whether `literal` means the same beside something of `type` as a parameter of that type.
    private static func means(_ type: ValueType, _ literal: Value) -> Bool {
        switch (literal, type) {
        case (.int, .smallint), (.int, .int), (.int, .bigint), (.text, .text), (.text, .uuid),
            (.text, .date), (.text, .timestamptz):
            true
        default: false
        }
    }
}
