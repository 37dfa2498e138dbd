import NeedletailBitmap
package import NeedletailCore
import NeedletailIndex
import NeedletailKernels
package import NeedletailStorage

/// Holds the lists of an index against the rows of its table, and against themselves.
package struct ListCheck {
    private let reader: TableReader
    private let definition: IndexDefinition
    private var problems: [String] = []
    /// Problems that are told of one index.
    private static let problemsMax = 40

    package init(_ definition: IndexDefinition, _ reader: TableReader) {
        self.definition = definition
        self.reader = reader
    }

    /// What does not agree, in sentences that say the remedy.
    ///
    /// - Parameter pause: called now and then; may throw to stop.
    package mutating func run(
        pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [String] {
        do throws(DatabaseError) {
            try checkAll(pause)
        } catch {
            guard error.code == .dataCorrupted else { throw error }
            note(error.message)
        }
        return problems
    }

    private mutating func note(_ problem: String) {
        guard problems.count < Self.problemsMax else { return }
        problems.append(
            "index \"\(definition.name)\": \(problem) (XX002; REINDEX INDEX \(definition.name) "
                + "rebuilds it, and no row is lost)")
    }

    private mutating func checkAll(
        _ pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let index = try ListIndex(definition, of: reader.table)
        guard let directory = try ListDirectory.read(index, reader.view) else {
            let header = try ListDirectory.Header(of: index, reader.view)
            if header == nil { note("what is known of its lists is gone") }
            return
        }
        var known = SlotBitmap()
        for block in try index.vectors(reader.view).blocks() {
            for row in 0..<block.rowCount where block.isPresent(row) {
                known.insert(block.firstSlot.rawValue + UInt32(row))
            }
        }
        let rows = known.intersection(try reader.liveSlots())
        var map = ListMap(index, reader.view)
        var entries: [UInt32: Int] = [:]
        for list in directory.centroids.ids {
            try pause()
            do throws(DatabaseError) {
                try check(list, index, rows, &map, &entries)
            } catch {
                guard error.code == .dataCorrupted else { throw error }
                note(error.message)
            }
        }
        let missing = rows.slots.filter { entries[$0] == nil }
        if let first = missing.first {
            note("\(missing.count) rows are in no list, the first at slot \(first)")
        }
        try checkStrangers(directory)
    }

    /// Holds the entries of a list against rows and map; codes are held by their checksums alone.
    private mutating func check(
        _ list: UInt32, _ index: ListIndex, _ rows: SlotBitmap, _ map: inout ListMap,
        _ entries: inout [UInt32: Int]
    ) throws(DatabaseError) {
        for part in try index.buffers(of: list, reader.view) {
            for slot in part.slots {
                guard rows.contains(slot) else {
                    note("list \(list) has slot \(slot), which has no row with a vector")
                    continue
                }
                entries[slot, default: 0] += 1
                let named = try map.lists(of: slot)
                if !named.contains(list) {
                    note("list \(list) has slot \(slot), which the map has in \(named)")
                } else if entries[slot, default: 0] > named.count {
                    note("slot \(slot) is more often in lists than the map has it")
                }
            }
        }
    }

    /// Lists that have parts and no centroid.
    private mutating func checkStrangers(
        _ directory: ListDirectory
    ) throws(DatabaseError) {
        var strangers: Set<UInt32> = []
        try reader.view.forEachListPart(index: definition.id) { list, _, _ in
            if list > 0, directory.place(of: list) == nil { strangers.insert(list) }
        }
        if let first = strangers.min() {
            note("\(strangers.count) lists have no centroid, the first is \(first)")
        }
    }
}

/// How large the lists of an index are.
package struct ListFigures: Sendable, Hashable {
    package var lists = 0
    package var bytes = 0
    package var largest = 0
    package var smallest = 0
    package var isBuilt = false
    /// Whether a change has found damage, so that the lists are of no use.
    package var isDamaged = false

    /// By the headers of the parts alone, which are not verified. Linear in the parts. Errors:
    /// XX001 where the header of all lists is damaged.
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
