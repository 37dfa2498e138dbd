import NeedletailCore
import NeedletailIndex
import NeedletailStorage

/// How well lists fit their rows, by some rows of some of them.
package struct ListDrift: Sendable, Hashable {
    /// The mean squared distance of rows from the centroid of their first list.
    package let spread: Double
    /// Of all rows, the share that another centroid is nearer to than that of their first list.
    package let strayShare: Double

    /// Lists that are looked at, and rows of each.
    private static let (listsMax, rowsMax) = (64, 16)

    /// `nil` where no list that is looked at has a row. Errors: XX001 where a list or the map is
    /// damaged.
    init?(_ directory: ListDirectory, _ view: StorageView) throws(DatabaseError) {
        let (index, centroids) = (directory.index, directory.centroids)
        var map = ListMap(index, view)
        var (entries, squares, strays) = (0.0, 0.0, 0.0)
        let lists = min(Self.listsMax, centroids.count)
        for number in 0..<lists {
            let place = number * centroids.count / lists
            let list = centroids.ids[place]
            var own: [UInt32] = []
            for slot in try index.slots(of: list, view) {
                if try map.lists(of: slot).first == list { own.append(slot) }
            }
            let rowCount = min(Self.rowsMax, own.count)
            let some = (0..<rowCount).map { own[$0 * own.count / rowCount] }
            guard let rows = try index.readable(some, view), !rows.slots.isEmpty else { continue }
            let mean = ListMean(index.layout, rows.components)
            let nearest = ListAssignment.lists(of: rows.components, centroids, 1)
            // Each list counts by its entries, however many of them were looked at.
            let weight = Double(own.count)
            entries += weight
            squares += weight * (mean.spread + mean.displacement(from: centroids, at: place))
            strays +=
                weight * Double(nearest.count { $0.first != list }) / Double(nearest.count)
        }
        guard entries > 0 else { return nil }
        (spread, strayShare) = (squares / entries, strays / entries)
    }
}
