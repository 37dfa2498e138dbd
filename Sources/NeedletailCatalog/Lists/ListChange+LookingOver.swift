import NeedletailCore
import NeedletailIndex
import NeedletailStorage

/// Lists that are looked over: a step of k-means on each.
extension ListChange {
    /// Lists around one that its rows may be nearer to.
    private static let neighbors = 32
    /// A centroid moves to the mean of its rows where it is farther from it, squared, than this
    /// share of their mean squared distance.
    private static let displacementMax = 0.003

    /// Looks over as many of the lists that are due as there is time for.
    ///
    /// - Parameter lists: what ``centroids`` are, and are to be.
    mutating func lookOver(_ lists: inout ListSet) throws(DatabaseError) {
        let chosen = try nextLooks()
        let near = centroids.neighbors(of: chosen.map(\.place), count: Self.neighbors)
        var work: [UInt32: Work] = [:]
        var moved: Rows = ([], [])
        for (look, places) in zip(chosen, near) {
            guard let local = centroids.subset(places) else { continue }
            try reassign(look, local, &work, &moved)
        }
        try run(work, moved)
        for look in chosen { try center(look.list, look.place, &lists) }
    }

    private typealias Look = (list: UInt32, place: Int, slots: [UInt32])

    /// The lists to look over now. Those that are too large to be read in one commit are left as
    /// they are.
    private mutating func nextLooks() throws(DatabaseError) -> [Look] {
        var chosen: [Look] = []
        var done = 0
        for list in due.lists {
            guard looksLeft > 0 else { break }
            done += 1
            guard let place = place(of: list) else { continue }
            let slots = try index.slots(of: list, view)
            guard slots.count <= index.batchRows else { continue }
            if slots.count > looksLeft, !chosen.isEmpty {
                done -= 1
                break
            }
            looksLeft -= slots.count
            chosen.append((list, place, slots))
        }
        due.removeFirst(done)
        return chosen
    }

    /// Says which rows of a list, as far as it is their first, are nearer to others of `local`.
    private mutating func reassign(
        _ look: Look, _ local: ListCentroids, _ work: inout [UInt32: Work], _ moved: inout Rows
    ) throws(DatabaseError) {
        var own: [UInt32] = []
        for slot in look.slots {
            if try map.lists(of: slot).first == look.list { own.append(slot) }
        }
        guard let rows = try readable(own) else { return }
        let dimension = index.layout.dimension
        let nearest = ListAssignment.lists(of: rows.components, local, index.options.assign)
        for (row, slot) in rows.slots.enumerated() {
            let (old, new) = (try map.lists(of: slot), nearest[row])
            guard old != new else { continue }
            let place = moved.slots.count
            moved.slots.append(slot)
            moved.components += rows.components[row * dimension..<(row + 1) * dimension]
            for list in old where !new.contains(list) {
                work[list, default: Work()].removed.insert(slot)
            }
            for list in new where !old.contains(list) {
                work[list, default: Work()].added.append(place)
            }
            try map.set(slot, to: new)
        }
    }

    /// Puts the centroid of a list amid the rows whose first list it is, if it has drifted away
    /// from there, and writes its entries anew.
    private mutating func center(
        _ list: UInt32, _ place: Int, _ lists: inout ListSet
    ) throws(DatabaseError) {
        guard let rows = try readable(try index.slots(of: list, view)) else { return }
        let dimension = index.layout.dimension
        var own = rows.components
        if index.options.assign > 1 {
            own = []
            for (row, slot) in rows.slots.enumerated() {
                guard try map.lists(of: slot).first == list else { continue }
                own += rows.components[row * dimension..<(row + 1) * dimension]
            }
        }
        guard !own.isEmpty else { return }
        let mean = ListMean(index.layout, own)
        let displacement = mean.displacement(from: centroids, at: place)
        guard displacement > Self.displacementMax * mean.spread else { return }
        lists.move(list, to: mean.mean)
        try index.removeList(list, writer)
        try write(list, rows, rows.slots.indices, around: mean.mean, centroids.origin)
    }

    /// The rows at `slots`; `nil` where a vector cannot be read, which is no reason to refuse
    /// another row: then lists stay as they are.
    func readable(_ slots: [UInt32]) throws(DatabaseError) -> Rows? {
        try index.readable(slots, view)
    }
}
