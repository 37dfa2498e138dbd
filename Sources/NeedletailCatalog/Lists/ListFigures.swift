package import NeedletailCore
import NeedletailIndex
package import NeedletailStorage

/// How large the lists of an index are, and how well they fit their rows.
package struct ListFigures: Sendable, Hashable {
    package var lists = 0
    package var bytes = 0
    package var largest = 0
    package var smallest = 0
    package var isBuilt = false
    /// Whether a change has found damage, so that the lists are of no use.
    package var isDamaged = false
    /// `nil` where no row was looked at.
    package var drift: ListDrift?
    /// ``ListDrift/spread`` when the lists were built; `nil` where they have only grown.
    package var builtSpread: Double?

    /// Sizes by the headers of the parts alone, which are not verified. Linear in the parts.
    /// Errors: XX001 where what is looked at of the lists is damaged.
    package init(
        of definition: IndexDefinition, _ table: TableDefinition, _ view: StorageView
    ) throws(DatabaseError) {
        let index = try ListIndex(definition, of: table)
        let header = try ListDirectory.Header(of: index, view)
        isBuilt = header?.isBuilt == true
        isDamaged = header?.state == .damaged
        if let spread = header?.builtSpread, spread > 0 { builtSpread = Double(spread) }
        lists = isBuilt ? header?.listCount ?? 0 : 0
        var counts: [UInt32: Int] = [:]
        var size = 0
        try view.forEachListPart(index: index.id) { list, entries, bytes in
            size += bytes
            if list > 0 { counts[list, default: 0] += entries }
        }
        bytes = size
        largest = counts.values.max() ?? 0
        smallest = counts.count < lists ? 0 : counts.values.min() ?? 0
        guard isBuilt, let directory = try ListDirectory.read(index, view) else { return }
        drift = try ListDrift(directory, view)
    }
}
