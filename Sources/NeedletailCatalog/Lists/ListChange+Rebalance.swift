import NeedletailCore
import NeedletailIndex
import NeedletailStorage

/// Lists that come and go.
extension ListChange {
    /// A list is split where it has so many times its target: while there are fewer lists than are
    /// wanted, and else.
    private static let (splitFactorEarly, splitFactor) = (1.5, 3.0)
    /// A list is dissolved where it has less than one of so many parts of the mean.
    private static let dissolvedShare = 8
    /// Lists around a new one whose rows may be nearer to it.
    private static let pulled = 24

    /// Splits lists that were touched, the largest first, as many as there is time for.
    ///
    /// - Parameter rows: how many the table has.
    mutating func splitLarge(rows: Int) throws(DatabaseError) {
        let (target, wanted) = (index.targetEntries(rows: rows), index.listCount(rows: rows))
        var lists = ListSet(centroids)
        let first = header.nextList
        for (list, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            let factor = lists.count < wanted ? Self.splitFactorEarly : Self.splitFactor
            guard Double(count) > factor * Double(target) else { break }
            guard count <= movesLeft || lists.count == 1 else { continue }
            movesLeft -= count
            try split(list, target, &lists)
        }
        try use(lists)
        let places = (first..<header.nextList).compactMap { place(of: $0) }
        due.insertFirst(places.map { centroids.ids[$0] })
        for near in centroids.neighbors(of: places, count: Self.pulled) {
            for place in near { due.append(centroids.ids[place]) }
        }
    }

    /// Makes several lists of one, around means of its rows.
    private mutating func split(
        _ list: UInt32, _ target: Int, _ lists: inout ListSet
    ) throws(DatabaseError) {
        let slots = try index.slots(of: list, view)
        guard let rows = try readable(slots), rows.slots.count > 1 else { return }
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
            try write(number, rows, piece.rows, around: piece.centroid, lists.origin)
            for row in piece.rows { try map.replace(rows.slots[row], list, by: number) }
        }
    }

    /// Writes a list that has no parts.
    ///
    /// - Parameter chosen: which of the rows are in it.
    mutating func write(
        _ list: UInt32, _ rows: Rows, _ chosen: some Collection<Int>, around centroid: [Float],
        _ origin: [Float]
    ) throws(DatabaseError) {
        let encoder = centroid.withUnsafeBufferPointer { centroid in
            // SAFETY: a centroid has the layout's dimension, which is at least 1.
            centroid.baseAddress.map { ListEncoder(index.layout, origin: origin, centroid: $0) }
        }
        guard let encoder else { return }
        counts[list] = chosen.count
        var part = ListBuffer(index.layout)
        var place = 0
        for row in chosen {
            if part.count == index.partEntries {
                try index.put(part, part: place, of: list, writer)
                part = ListBuffer(index.layout)
                place += 1
            }
            Self.append(rows, row, to: &part, encoder)
        }
        if part.count > 0 { try index.put(part, part: place, of: list, writer) }
    }

    /// Dissolves lists that were touched and are small, as many as there is time for, and those
    /// below the half of their target while there are more lists than are wanted.
    mutating func dissolveSmall(_ lists: inout ListSet, rows: Int) throws(DatabaseError) {
        let (target, wanted) = (index.targetEntries(rows: rows), index.listCount(rows: rows))
        let mean = rows * index.options.assign / max(1, lists.count)
        var orphans: Rows = ([], [])
        for (list, count) in counts.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            let isSpare = lists.count > wanted && 2 * count < target
            guard count == 0 || count * Self.dissolvedShare < mean || isSpare,
                count <= movesLeft, lists.count > 1
            else { continue }
            guard let rows = try readable(try index.slots(of: list, view)) else { continue }
            movesLeft -= count
            try index.removeList(list, writer)
            lists.remove(list)
            counts[list] = nil
            for slot in rows.slots { try map.replace(slot, list, by: 0) }
            orphans.slots += rows.slots
            orphans.components += rows.components
        }
        try use(lists)
        try settle(orphans)
    }

    /// Puts rows whose list was dissolved into the nearest of the others.
    private mutating func settle(_ rows: Rows) throws(DatabaseError) {
        let nearest = ListAssignment.lists(of: rows.components, centroids, index.options.assign)
        var work: [UInt32: Work] = [:]
        // A row is here twice where both of its lists were dissolved: the second time it has all.
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
}
