import NeedletailCore
import NeedletailStorage

/// In which lists the row of each slot is: up to ``VectorIndexOptions/Lists/assign`` of them, read
/// in chunks when they are first asked for and written when all changes are made.
struct ListMap {
    private let index: UInt32
    private let assign: Int
    private let slotsPerChunk: Int
    private let view: StorageView
    private var chunks: [UInt32: Chunk] = [:]

    private struct Chunk {
        var lists: [UInt32]
        var isDirty = false
    }

    /// Numbers of a chunk: with its header it fills a page.
    private static let numbersPerChunk = 1_000

    init(_ index: ListIndex, _ view: StorageView) {
        self.index = index.id
        assign = index.options.assign
        slotsPerChunk = Self.numbersPerChunk / assign
        self.view = view
    }

    /// The lists that the row at `slot` is in; none where it has no vector.
    mutating func lists(of slot: UInt32) throws(DatabaseError) -> [UInt32] {
        let (number, place) = try chunk(of: slot)
        let found = chunks[number]?.lists[place..<place + assign] ?? []
        return found.filter { $0 != 0 }
    }

    /// - Parameter lists: at most `assign` of them.
    mutating func set(_ slot: UInt32, to lists: some Sequence<UInt32>) throws(DatabaseError) {
        let (number, place) = try chunk(of: slot)
        for offset in 0..<assign { chunks[number]?.lists[place + offset] = 0 }
        for (offset, list) in lists.prefix(assign).enumerated() {
            chunks[number]?.lists[place + offset] = list
        }
        chunks[number]?.isDirty = true
    }

    /// The row at `slot` is in `new` in place of `old`.
    mutating func replace(
        _ slot: UInt32, _ old: UInt32, by new: UInt32
    ) throws(DatabaseError) {
        let (number, place) = try chunk(of: slot)
        for offset in 0..<assign where chunks[number]?.lists[place + offset] == old {
            chunks[number]?.lists[place + offset] = new
        }
        chunks[number]?.isDirty = true
    }

    /// Writes what has changed.
    mutating func write(_ writer: StorageWriter) throws(DatabaseError) {
        for number in chunks.keys.sorted() {
            guard let chunk = chunks[number], chunk.isDirty else { continue }
            try writer.putListMap(index: index, chunk: number, chunk.lists)
            chunks[number]?.isDirty = false
        }
    }

    /// The chunk that `slot` is in, which is read now, and the place of its first list.
    private mutating func chunk(
        of slot: UInt32
    ) throws(DatabaseError) -> (number: UInt32, place: Int) {
        let (number, offset) = slot.quotientAndRemainder(dividingBy: UInt32(slotsPerChunk))
        if chunks[number] == nil {
            let size = slotsPerChunk * assign
            var lists = try view.listMap(index: index, chunk: number)
            if lists.isEmpty {
                lists = [UInt32](repeating: 0, count: size)
            } else if lists.count != size {
                throw DatabaseError(
                    .dataCorrupted,
                    "chunk \(number) of the map from slots to lists of index \(index) is damaged",
                    hint: "REINDEX builds the index anew from the rows")
            }
            chunks[number] = Chunk(lists: lists)
        }
        return (number, Int(offset) * assign)
    }
}
