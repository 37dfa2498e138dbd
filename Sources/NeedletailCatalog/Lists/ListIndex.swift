package import NeedletailCore
package import NeedletailIndex
import NeedletailKernels
package import NeedletailStorage

/// An index of inverted lists: its definition, and how its lists lie in the store.
package struct ListIndex: Sendable {
    package let definition: IndexDefinition
    package let table: TableDefinition
    /// Position of the vector column.
    package let column: Int
    package let layout: ListLayout
    package let options: VectorIndexOptions.Lists
    let seed: UInt64
    /// Entries of a part of a list.
    let partEntries: Int

    /// Bytes of the codes of a part, and of its second codes.
    private static let (coarseBytesMax, fineBytesMax) = (65_472, 131_008)
    /// Entries that a list is made for at least.
    private static let entriesMin = 64

    /// Errors: XX000 for a definition that no statement makes.
    package init(
        _ definition: IndexDefinition, of table: TableDefinition
    ) throws(DatabaseError) {
        guard let vector = definition.vector, let lists = vector.lists,
            let key = definition.keys.first,
            let column = table.columns.firstIndex(where: { $0.id == key.columnID }),
            let dimension = table.columns[column].type.dimension,
            ListLayout.serves(WalkMetric(vector.metric))
        else {
            throw DatabaseError(.internalError, "\"\(definition.name)\" is no index of lists")
        }
        self.definition = definition
        self.table = table
        self.column = column
        options = lists
        seed = vector.seed
        layout = ListLayout(
            metric: WalkMetric(vector.metric), dimension: dimension,
            fine: Self.secondCode(vector.codes))
        let blocks = max(1, Self.coarseBytesMax / layout.blockBytes)
        let fine = layout.fineRecordBytes * ListLayout.blockEntries
        partEntries =
            ListLayout.blockEntries
            * (fine == 0 ? blocks : min(blocks, max(1, Self.fineBytesMax / fine)))
    }

    /// What entries have beside one bit for each component.
    private static func secondCode(_ codes: VectorIndexOptions.Codes) -> WalkCode? {
        switch codes {
        case .auto, .bit: nil
        case .f32: .f32
        case .f16: .f16
        case .int8: .int8
        case .int4: .int4
        }
    }

    var id: UInt32 { definition.id }

    var type: ValueType { table.columns[column].type }

    /// Bytes that an entry takes.
    var entryBytes: Int {
        layout.blockBytes / ListLayout.blockEntries + layout.fineRecordBytes
    }

    /// How many lists are made for so many rows.
    func listCount(rows: Int) -> Int {
        if let count = options.count { return max(1, min(count, rows)) }
        return max(1, min(ListCentroids.lists(forRows: rows), rows / Self.entriesMin))
    }

    /// How many entries a list should have where the table has so many rows.
    func targetEntries(rows: Int) -> Int {
        max(Self.entriesMin, rows * options.assign / listCount(rows: rows))
    }

    /// How many candidates of a search for `k` rows are compared by their stored vectors.
    package static func candidates(k: Int, _ layout: ListLayout) -> Int {
        layout.fine == nil ? max(100, 10 * k) : max(2 * k, k + 22)
    }

    /// Rows that change together at most, so that their vectors take little memory.
    var batchRows: Int { max(64, min(16_384, (64 << 20) / (4 * layout.dimension))) }

    /// The stored vectors of the column, as `view` sees them.
    func vectors(_ view: StorageView) throws(DatabaseError) -> VectorColumn {
        try TableReader(view: view, table: table).vectorColumn(column)
    }

    /// The rows at `slots` that have a vector, and their components one after the other.
    func read(
        _ slots: [UInt32], _ view: StorageView
    ) throws(DatabaseError) -> (slots: [UInt32], components: [Float]) {
        let stored = try vectors(view)
        try stored.readAhead(slots.lazy.map { Slot($0) })
        let dimension = layout.dimension
        var kept: [UInt32] = []
        var components = [Float](repeating: 0, count: slots.count * dimension)
        for slot in slots {
            guard let bytes = try stored.vector(Slot(slot)) else { continue }
            let place = kept.count * dimension
            components.withUnsafeMutableBufferPointer { all in
                // SAFETY: there is room for as many vectors as there are slots.
                guard let base = all.baseAddress else { return }
                StoredVector.widen(bytes, type, into: base + place, dimension: dimension)
            }
            kept.append(slot)
        }
        components.removeLast(components.count - kept.count * dimension)
        return (kept, components)
    }
}

extension ListIndex {
    /// As ``read(_:_:)``; `nil` where a vector is damaged.
    func readable(
        _ slots: [UInt32], _ view: StorageView
    ) throws(DatabaseError) -> (slots: [UInt32], components: [Float])? {
        do throws(DatabaseError) { return try read(slots, view) } catch {
            guard error.code == .dataCorrupted else { throw error }
            return nil
        }
    }

    /// Calls `body` with the codes of each part of a list, until it returns `false`. Valid until
    /// `body` returns. Throws XX001 where a part is damaged.
    package func forEachPart(
        of list: UInt32, _ view: StorageView,
        _ body: (
            _ coarse: UnsafeRawBufferPointer, _ fine: UnsafeRawBufferPointer, _ entries: Int
        ) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        var part: UInt32 = 0
        while let coarse = try view.listPart(index: id, list: list, part: part) {
            var fine = UnsafeRawBufferPointer(start: nil, count: 0)
            if layout.fine != nil {
                fine =
                    try view.listPart(
                        index: id, list: list, part: part | InvertedListPart.fineBit)?.codes
                    ?? fine
            }
            guard
                ListBuffer.isWhole(
                    layout, coarse: coarse.codes.count, fine: fine.count,
                    count: coarse.entryCount)
            else { throw damaged(list, "part \(part) does not fit its entries") }
            guard try body(coarse.codes, fine, coarse.entryCount) else { return }
            part += 1
        }
    }

    /// The slots of a list's entries, in the order in which they lie. Throws XX001 where a part is
    /// damaged.
    func slots(of list: UInt32, _ view: StorageView) throws(DatabaseError) -> [UInt32] {
        var slots: [UInt32] = []
        try forEachPart(of: list, view) { coarse, _, count in
            slots += layout.slots(coarse, entries: count)
            return true
        }
        return slots
    }

    /// Has lists read from the disk that a search is about to look into, where that is worth it.
    package func readAhead(
        _ lists: some Sequence<UInt32>, _ view: StorageView
    ) throws(DatabaseError) {
        try view.readAhead(index: id, lists: lists, hasSecondCodes: layout.fine != nil)
    }

    /// A list, to be changed.
    func buffers(of list: UInt32, _ view: StorageView) throws(DatabaseError) -> [ListBuffer] {
        var parts: [ListBuffer] = []
        try forEachPart(of: list, view) { coarse, fine, count throws(DatabaseError) in
            guard let part = ListBuffer(layout, coarse: coarse, fine: fine, count: count) else {
                throw damaged(list, "a part does not fit its entries")
            }
            parts.append(part)
            return true
        }
        return parts
    }

    /// Stores part `part` of a list.
    func put(
        _ buffer: ListBuffer, part: Int, of list: UInt32, _ writer: StorageWriter
    ) throws(DatabaseError) {
        let number = UInt32(part)
        // SAFETY: the bytes are copied before the calls return.
        try buffer.coarse.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
            try writer.putListPart(
                index: id, list: list, part: number, entryCount: buffer.count,
                UnsafeRawBufferPointer(bytes))
        }
        guard layout.fine != nil else { return }
        try buffer.fine.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
            try writer.putListPart(
                index: id, list: list, part: number | InvertedListPart.fineBit,
                entryCount: buffer.count, UnsafeRawBufferPointer(bytes))
        }
    }

    /// Removes part `part` of a list.
    func removePart(
        _ part: Int, of list: UInt32, _ writer: StorageWriter
    ) throws(DatabaseError) {
        let number = UInt32(part)
        try writer.delete(.invertedList(index: id, list: list, part: number))
        guard layout.fine != nil else { return }
        try writer.delete(
            .invertedList(index: id, list: list, part: number | InvertedListPart.fineBit))
    }

    func removeList(_ list: UInt32, _ writer: StorageWriter) throws(DatabaseError) {
        try writer.delete(prefix: StorageKey(.invertedList, id, list))
    }

    /// XX001 where a change found damage, and rows have come and gone without the lists since.
    var leftBehind: DatabaseError {
        damaged("the lists of index \"\(definition.name)\" are damaged, as a change has found")
    }

    /// XX001 for something that is wrong with a list; 0 for what is known of all.
    func damaged(_ list: UInt32, _ what: String) -> DatabaseError {
        damaged("list \(list) of index \"\(definition.name)\" is damaged: \(what)")
    }

    private func damaged(_ message: String) -> DatabaseError {
        DatabaseError(
            .dataCorrupted, message,
            hint: "REINDEX INDEX \(definition.name) builds it anew from the rows")
    }
}
