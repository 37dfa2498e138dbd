import NeedletailBitmap
package import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailStorage

/// Holds the lists of an index against the rows of its table, and against themselves: which rows
/// they have, and the codes of each.
package struct ListCheck {
    private let reader: TableReader
    private let definition: IndexDefinition
    private let library: SegmentLibrary
    private var findings: IndexFindings
    /// How often each slot was met in lists.
    private var met: [UInt32: Int] = [:]
    /// Slots whose entries have other codes than their vectors.
    private var wrong = SlotBitmap()
    /// Lists whose codes are compared before the next pause.
    private static let listsAtOnce = 64

    package init(
        _ definition: IndexDefinition, _ reader: TableReader, _ library: SegmentLibrary
    ) {
        self.definition = definition
        self.reader = reader
        self.library = library
        findings = IndexFindings(definition)
    }

    /// What does not agree, in sentences that say the remedy. The background is told if there is
    /// any, for rows may be missed.
    ///
    /// - Parameter pause: called now and then; may throw to stop.
    package mutating func run(
        pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [String] {
        do throws(DatabaseError) { try checkAll(pause) } catch { try findings.note(error) }
        if !findings.sentences.isEmpty {
            library.noteDamage(ofLists: definition.id)
            library.callKeeper()
        }
        return findings.sentences
    }

    private mutating func checkAll(
        _ pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let index = try ListIndex(definition, of: reader.table)
        ListDirectory.forgetCentroids(of: index)
        guard let directory = try ListDirectory.read(index, reader.view) else {
            let header = try ListDirectory.Header(of: index, reader.view)
            if header == nil { findings.note("what is known of its lists is gone") }
            return
        }
        let rows = try BuildRows(
            reader.view, table: reader.table, column: index.column, without: [])
        var map = ListMap(index, reader.view)
        let all = directory.centroids.ids.indices
        for start in stride(from: 0, to: all.count, by: Self.listsAtOnce) {
            try pause()
            let places = start..<min(start + Self.listsAtOnce, all.count)
            var read: [(place: Int, parts: [ListBuffer])] = []
            for place in places {
                let list = directory.centroids.ids[place]
                do throws(DatabaseError) {
                    let parts = try index.buffers(of: list, reader.view)
                    try check(list, parts.flatMap(\.slots), rows, &map)
                    read.append((place, parts))
                } catch { try findings.note(error) }
            }
            let lists = read
            let found = ScanPool.shared.map(parts: lists.count) { part in
                EntryComparison(directory.centroids, at: lists[part].place, rows)
                    .wrongSlots(lists[part].parts)
            }
            for slot in found.joined() { wrong.insert(slot) }
        }
        findings.note(wrong, "have other codes in lists than their vectors")
        var missing = rows.slotsWithVector
        missing.subtract(SlotBitmap(met.keys.sorted()))
        findings.note(missing, "are in no list")
        try checkStrangers(directory)
    }

    /// Holds the slots of a list against rows and map.
    private mutating func check(
        _ list: UInt32, _ slots: [UInt32], _ rows: BuildRows, _ map: inout ListMap
    ) throws(DatabaseError) {
        for slot in slots {
            guard rows.place(ofSlot: slot) != nil else {
                findings.note("list \(list) has slot \(slot), which has no row with a vector")
                continue
            }
            met[slot, default: 0] += 1
            let named = try map.lists(of: slot)
            if !named.contains(list) {
                findings.note("list \(list) has slot \(slot), which the map has in \(named)")
            } else if met[slot, default: 0] > named.count {
                findings.note("slot \(slot) is more often in lists than the map has it")
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
            findings.note("\(strangers.count) lists have no centroid, the first is \(first)")
        }
    }
}

/// Encodes the vectors of one list again, on one thread.
private struct EntryComparison {
    private let encoder: ListEncoder
    private let rows: BuildRows

    init(_ centroids: ListCentroids, at place: Int, _ rows: BuildRows) {
        encoder = centroids.encoder(at: place)
        self.rows = rows
    }

    /// Slots of rows whose entry in `parts` is another than their vector gives.
    func wrongSlots(_ parts: [ListBuffer]) -> [UInt32] {
        var wrong: [UInt32] = []
        var vector = [Float](repeating: 0, count: encoder.layout.dimension)
        for part in parts {
            var expected = ListBuffer(encoder.layout)
            expected.reserve(part.count)
            let slots = part.slots
            for slot in slots {
                vector.withUnsafeMutableBufferPointer { vector in
                    // SAFETY: it has the dimension of the column. Of a slot without a row the
                    // vector before it stays, which is told elsewhere.
                    guard let base = vector.baseAddress else { return }
                    if let row = rows.place(ofSlot: slot) { _ = rows.read(row, into: base) }
                    expected.append(slot: slot, vector: base, encoder: encoder)
                }
            }
            guard part.coarse != expected.coarse || part.fine != expected.fine else { continue }
            for (entry, slot) in slots.enumerated()
            where rows.place(ofSlot: slot) != nil
                && part.bytes(of: entry) != expected.bytes(of: entry)
            {
                wrong.append(slot)
            }
        }
        return wrong
    }
}
