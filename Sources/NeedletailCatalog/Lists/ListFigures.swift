package import NeedletailCore
import NeedletailIndex
package import NeedletailStorage

/// How large the lists of an index are.
package struct ListFigures: Sendable, Hashable {
    package var lists = 0
    package var bytes = 0
    package var largest = 0
    package var smallest = 0
    package var isBuilt = false
    /// Whether a change has found damage, so that the lists are of no use.
    package var isDamaged = false

    /// By the headers of the parts alone, which are not verified. Linear in the parts.
    /// Errors: XX001 where the header of all lists is damaged.
    package init(
        of definition: IndexDefinition, _ table: TableDefinition, _ view: StorageView
    ) throws(DatabaseError) {
        let index = try ListIndex(definition, of: table)
        let header = try ListDirectory.Header(of: index, view)
        isBuilt = header?.isBuilt == true
        isDamaged = header?.state == .damaged
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
    }
}
