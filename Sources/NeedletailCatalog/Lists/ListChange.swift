import NeedletailCore
import NeedletailIndex
import NeedletailStorage

/// One change of the lists of an index inside a write transaction: rows go out and in, and then
/// lists that have grown too large are split, and those that have become small are dissolved.
struct ListChange {
    let index: ListIndex
    let writer: StorageWriter
    let view: StorageView
    var header: ListDirectory.Header
    var centroids: ListCentroids
    var map: ListMap
    /// The centroids as they are stored.
    private let stored: ListCentroids
    /// Entries of the lists that were touched.
    private var counts: [UInt32: Int] = [:]
    /// Entries that may still be moved from list to list in this change.
    private var movesLeft = 0

    /// Moved entries of a change: in any, and for each row that goes in.
    private static let (movesMin, movesForRow) = (8_192, 4)
    /// A list is split beyond so many times its target, and dissolved below that share of the mean.
    private static let (splitFactor, dissolvedShare) = (2, 8)
    /// Lists that are asked for from the disk before they are changed.
    private static let listsAhead = 64

    /// `nil` where the rows are not in the lists yet.
    ///
    /// Vectors and slots of the transaction are written already. Errors: XX001 where what is known
    /// of the lists is damaged.
    init?(_ index: ListIndex, _ writer: StorageWriter) throws(DatabaseError) {
        let view = try writer.unflushedView
        guard let directory = try ListDirectory.read(index, view) else { return nil }
        self.index = index
        self.writer = writer
        self.view = view
        header = directory.header
        centroids = directory.centroids
        stored = directory.centroids
        map = ListMap(index, view)
    }

    /// Rows that go into one list, and those that go out of it.
    private struct Work {
        var removed: Set<UInt32> = []
        /// Places among the rows whose vectors were read.
        var added: [Int] = []
    }

    /// Rows and their components, one after the other.
    typealias Rows = (slots: [UInt32], components: [Float])

    /// Takes rows out and puts rows in that have a vector. A slot may be among both: it has
    /// another row then.
    mutating func apply(
        adding added: [UInt32], removing removed: [UInt32]
    ) throws(DatabaseError) {
        movesLeft = Self.movesMin + Self.movesForRow * added.count
        var work: [UInt32: Work] = [:]
        for slot in removed {
            for list in try map.lists(of: slot) { work[list, default: Work()].removed.insert(slot) }
            try map.set(slot, to: [])
        }
        let rows = try index.read(added, view)
        try assign(rows, to: &work)
        try run(work, rows)
        try rebalance()
        try map.write(writer)
        guard centroids !== stored else { return }
        header.version = ListDirectory.newVersion()
        header.listCount = centroids.count
        try ListDirectory.put(header, centroids, of: index, instead: stored, writer)
    }

    /// Says of each row which lists it goes into.
    private mutating func assign(
        _ rows: Rows, to work: inout [UInt32: Work]
    ) throws(DatabaseError) {
        let lists = ListAssignment.lists(of: rows.components, centroids, index.options.assign)
        for (place, slot) in rows.slots.enumerated() {
            try map.set(slot, to: lists[place])
            for list in lists[place] { work[list, default: Work()].added.append(place) }
        }
    }

    private mutating func run(_ work: [UInt32: Work], _ rows: Rows) throws(DatabaseError) {
        let lists = work.keys.sorted()
        for (place, list) in lists.enumerated() {
            if place % Self.listsAhead == 0 {
                try index.readAhead(lists[place...].prefix(Self.listsAhead), view)
            }
            guard let work = work[list] else { continue }
            try change(list, work, rows)
        }
    }

    private mutating func change(
        _ list: UInt32, _ work: Work, _ rows: Rows
    ) throws(DatabaseError) {
        guard let place = place(of: list) else {
            throw index.damaged(list, "rows are in it, and it has no centroid")
        }
        var parts = try index.buffers(of: list, view)
        let before = parts.count
        var dirty: Set<Int> = []
        if !work.removed.isEmpty {
            for part in parts.indices {
                for slot in parts[part].slots where work.removed.contains(slot) {
                    parts[part].remove(slot: slot)
                    dirty.insert(part)
                }
            }
        }
        if !work.added.isEmpty {
            let encoder = centroids.encoder(at: place)
            var part = 0
            for row in work.added {
                while part < parts.count, parts[part].count >= index.partEntries { part += 1 }
                if part == parts.count { parts.append(ListBuffer(index.layout)) }
                Self.append(rows, row, to: &parts[part], encoder)
                dirty.insert(part)
            }
        }
        // Parts have no gaps between them.
        for part in parts.indices.reversed() where parts[part].count == 0 {
            let last = parts.removeLast()
            dirty.remove(parts.count)
            if part < parts.count {
                parts[part] = last
                dirty.insert(part)
            }
        }
        for part in dirty.sorted() { try index.put(parts[part], part: part, of: list, writer) }
        for part in parts.count..<max(before, parts.count) {
            try index.removePart(part, of: list, writer)
        }
        counts[list] = parts.reduce(0) { $0 + $1.count }
    }

    private static func append(
        _ rows: Rows, _ row: Int, to part: inout ListBuffer, _ encoder: ListEncoder
    ) {
        let dimension = encoder.layout.dimension
        rows.components.withUnsafeBufferPointer { all in
            // SAFETY: the row is one of those that were read.
            guard let base = all.baseAddress else { return }
            part.append(
                slot: rows.slots[row], vector: base + row * dimension, encoder: encoder)
        }
    }

    private func place(of list: UInt32) -> Int? {
        ListDirectory(index: index, header: header, centroids: centroids).place(of: list)
    }

    // MARK: Lists that come and go

    /// Splits and dissolves lists that were touched, as many as there is time for.
    private mutating func rebalance() throws(DatabaseError) {
        let rows = try view.statistics(table: index.table.id).rowCount
        let target = index.targetEntries(rows: rows)
        var lists = ListSet(centroids)
        for list in counts.keys.sorted() {
            guard let count = counts[list], count > Self.splitFactor * target,
                count <= movesLeft || lists.count == 1
            else { continue }
            movesLeft -= count
            try split(list, target, &lists)
        }
        let mean = rows * index.options.assign / max(1, lists.count)
        var orphans: [UInt32] = []
        for list in counts.keys.sorted() {
            guard let count = counts[list], count * Self.dissolvedShare < mean || count == 0,
                count <= movesLeft, lists.count > 1
            else { continue }
            movesLeft -= count
            let slots = try index.buffers(of: list, view).flatMap(\.slots)
            try index.removeList(list, writer)
            lists.remove(list)
            counts[list] = nil
            for slot in slots { try map.replace(slot, list, by: 0) }
            orphans += slots
        }
        guard lists.hasChanged else { return }
        guard let changed = lists.centroids(index.layout) else {
            throw index.damaged(0, "its centroids are not finite")
        }
        centroids = changed
        try settle(orphans)
    }

    /// Puts rows whose list was dissolved into the nearest of the others.
    private mutating func settle(_ orphans: [UInt32]) throws(DatabaseError) {
        guard !orphans.isEmpty else { return }
        let rows = try index.read(Array(Set(orphans)).sorted(), view)
        let nearest = ListAssignment.lists(of: rows.components, centroids, index.options.assign)
        var work: [UInt32: Work] = [:]
        for (place, slot) in rows.slots.enumerated() {
            var lists = try map.lists(of: slot)
            for list in nearest[place]
            where lists.count < index.options.assign && !lists.contains(list) {
                lists.append(list)
                work[list, default: Work()].added.append(place)
            }
            try map.set(slot, to: lists)
        }
        try run(work, rows)
    }

    /// Makes several lists of one, around means of its rows.
    private mutating func split(
        _ list: UInt32, _ target: Int, _ lists: inout ListSet
    ) throws(DatabaseError) {
        let slots = try index.buffers(of: list, view).flatMap(\.slots)
        let rows = try index.read(slots, view)
        guard rows.slots.count > 1 else { return }
        let split = try ListSplit(rows.components, index.layout, target: target, seed: index.seed)
        // What the only list was written for is no better than another point amid the rows.
        if lists.count == 1, !split.origin.isEmpty { lists.origin = split.origin }
        try index.removeList(list, writer)
        lists.remove(list)
        counts[list] = nil
        for piece in split.pieces {
            guard header.nextList < .max else {
                throw DatabaseError(.programLimit, "all numbers of lists are used")
            }
            let number = header.nextList
            header.nextList += 1
            lists.append(number, piece.centroid)
            try put(piece, rows, as: number, from: list, lists.origin)
        }
    }

    private mutating func put(
        _ piece: ListSplit.Piece, _ rows: Rows, as number: UInt32, from list: UInt32,
        _ origin: [Float]
    ) throws(DatabaseError) {
        let encoder = piece.centroid.withUnsafeBufferPointer { centroid in
            // SAFETY: a centroid has the layout's dimension, which is at least 1.
            centroid.baseAddress.map { ListEncoder(index.layout, origin: origin, centroid: $0) }
        }
        guard let encoder else { return }
        var part = ListBuffer(index.layout)
        var place = 0
        for row in piece.rows {
            if part.count == index.partEntries {
                try index.put(part, part: place, of: number, writer)
                part = ListBuffer(index.layout)
                place += 1
            }
            Self.append(rows, row, to: &part, encoder)
            try map.replace(rows.slots[row], list, by: number)
        }
        try index.put(part, part: place, of: number, writer)
    }
}
