import NeedletailCore
import NeedletailIndex
import NeedletailStorage

/// One change of the lists of an index inside a write transaction.
///
/// Rows go out and in. Then, as far as there is time for it in this commit, lists that have grown
/// too large are split, lists that are due are looked over, and lists that have become small are
/// dissolved. To look a list over is one step of k-means on it: each of its rows goes to the
/// nearest of the centroids around, and the centroid to the mean of the rows that stay. A list is
/// due when its turn comes among its changes, or when another came up beside it (compare LIRE in
/// Xu et al., "SPFresh", 2023); what there is no time for stays due and is done in the commits that
/// follow.
struct ListChange {
    let index: ListIndex
    let writer: StorageWriter
    let view: StorageView
    var header: ListDirectory.Header
    var centroids: ListCentroids
    var map: ListMap
    /// Header and centroids as they are stored.
    private let stored: (header: ListDirectory.Header, centroids: ListCentroids)
    /// Entries of the lists that were touched.
    var counts: [UInt32: Int] = [:]
    /// Lists to look over.
    var due: DueLists
    /// Entries that may still be moved from list to list in this change.
    var movesLeft = 0
    /// Entries that may still be looked over in this change.
    var looksLeft = 0

    /// Moved entries of a change: in any, and for each row that goes in.
    private static let (movesMin, movesForRow) = (8_192, 4)
    /// Entries that are looked over in a change: in any, and for each row that goes in or out.
    static let (looksMin, looksForRow) = (1_024, 16)
    /// Lists that are asked for from the disk before they are changed.
    private static let listsAhead = 64

    /// `nil` where the rows are not in the lists, or not any more.
    ///
    /// Vectors and slots of the transaction are written already. Errors: XX001 where what is known
    /// of the lists is damaged.
    init?(_ index: ListIndex, _ writer: StorageWriter) throws(DatabaseError) {
        let view = try writer.unflushedView
        guard try ListDirectory.Header(of: index, view)?.isBuilt == true,
            let directory = try ListDirectory.read(index, view)
        else { return nil }
        self.index = index
        self.writer = writer
        self.view = view
        header = directory.header
        centroids = directory.centroids
        stored = (directory.header, directory.centroids)
        map = ListMap(index, view)
        due = DueLists(directory.header.due)
    }

    /// Rows that go into one list, and those that go out of it.
    struct Work {
        var removed: Set<UInt32> = []
        /// Places among the rows whose vectors were read.
        var added: [Int] = []
    }

    /// Rows and their components, one after the other.
    typealias Rows = (slots: [UInt32], components: [Float])

    /// Takes rows out and puts rows in that have a vector. A slot may be among both: it has
    /// another row then.
    ///
    /// - Parameter looks: how many entries are looked over beyond those that are for each row.
    mutating func apply(
        adding added: [UInt32], removing removed: [UInt32], looks: Int = Self.looksMin
    ) throws(DatabaseError) {
        movesLeft = Self.movesMin + Self.movesForRow * added.count
        looksLeft = looks + Self.looksForRow * (added.count + removed.count)
        var work: [UInt32: Work] = [:]
        for slot in removed {
            for list in try map.lists(of: slot) { work[list, default: Work()].removed.insert(slot) }
            try map.set(slot, to: [])
        }
        let rows = try index.read(added, view)
        try assign(rows, to: &work)
        try run(work, rows)
        let wanted = try view.statistics(table: index.table.id).rowCount
        try splitLarge(rows: wanted)
        var lists = ListSet(centroids)
        try lookOver(&lists)
        try dissolveSmall(&lists, rows: wanted)
        try map.write(writer)
        try putDirectory()
    }

    private mutating func putDirectory() throws(DatabaseError) {
        header.due = due.lists
        guard centroids !== stored.centroids else {
            if header != stored.header { try ListDirectory.put(header, of: index, writer) }
            return
        }
        header.version = ListDirectory.newVersion()
        header.listCount = centroids.count
        try ListDirectory.put(header, centroids, of: index, instead: stored.centroids, writer)
    }

    /// Has every list looked over, after those that are due already.
    mutating func makeAllDue() {
        for list in centroids.ids { due.append(list) }
        header.lookedOverCount = UInt32(centroids.count)
    }

    /// Takes the lists over that `lists` has become.
    mutating func use(_ lists: ListSet) throws(DatabaseError) {
        guard lists.hasChanged else { return }
        guard let changed = lists.centroids(index.layout) else {
            throw index.damaged(0, "its centroids are not finite")
        }
        centroids = changed
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

    mutating func run(_ work: [UInt32: Work], _ rows: Rows) throws(DatabaseError) {
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
            var removed = 0
            for part in parts.indices {
                for slot in parts[part].slots where work.removed.contains(slot) {
                    parts[part].remove(slot: slot)
                    removed += 1
                    dirty.insert(part)
                }
            }
            guard removed == work.removed.count else {
                throw index.damaged(list, "rows that are said to be in it are not")
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
        let count = parts.reduce(0) { $0 + $1.count }
        counts[list] = count
        let added = work.added.lazy.map { rows.slots[$0] }
        due.noteChanges(of: list, work.removed, count: count)
        due.noteChanges(of: list, added, count: count)
    }

    static func append(
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

    func place(of list: UInt32) -> Int? {
        ListDirectory(index: index, header: header, centroids: centroids).place(of: list)
    }
}
