import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// The rows of one list in several pieces, each around a mean of its own.
///
/// K-means into a few pieces, and again for those that are still too large; rows that no mean tells
/// apart are cut by their order.
struct ListSplit {
    struct Piece {
        /// Places among the rows that were given.
        var rows: [Int]
        var centroid: [Float]
    }

    private(set) var pieces: [Piece] = []
    /// A point amid all rows, where the metric has use for one.
    private(set) var origin: [Float] = []

    private let layout: ListLayout
    private let target: Int
    private let seed: UInt64
    /// Pieces of one run of k-means.
    private static let (piecesMax, depthMax) = (16, 6)

    /// - Parameter components: of at least two rows, one after the other.
    init(
        _ components: [Float], _ layout: ListLayout, target: Int, seed: UInt64
    ) throws(DatabaseError) {
        self.layout = layout
        self.target = max(1, target)
        self.seed = seed
        let count = components.count / layout.dimension
        try split(Array(0..<count), components, depth: 0)
    }

    private mutating func split(
        _ rows: [Int], _ all: [Float], depth: Int
    ) throws(DatabaseError) {
        let dimension = layout.dimension
        var own: [Float] = []
        own.reserveCapacity(rows.count * dimension)
        for row in rows { own += all[row * dimension..<(row + 1) * dimension] }
        let wanted = max(2, min(Self.piecesMax, rows.count / target, rows.count))
        guard
            let trained = try ListCentroids.train(
                layout, sample: own, lists: wanted, seed: seed)
        else { return }
        if depth == 0 { origin = trained.origin }
        let places = own.withUnsafeBufferPointer { own in
            // SAFETY: as many rows as were gathered above.
            own.baseAddress.map { trained.assign($0, rowCount: rows.count) } ?? []
        }
        var parts = [[Int]](repeating: [], count: trained.count)
        for (place, row) in zip(places, rows) { parts[Int(place)].append(row) }
        for (place, part) in parts.enumerated() where !part.isEmpty {
            let centroid = Array(
                trained.centroids[place * dimension..<(place + 1) * dimension])
            if part.count <= 2 * target {
                pieces.append(Piece(rows: part, centroid: centroid))
            } else if part.count > rows.count / 10 * 9 || depth == Self.depthMax {
                cut(part, centroid)
            } else {
                try split(part, all, depth: depth + 1)
            }
        }
    }

    private mutating func cut(_ rows: [Int], _ centroid: [Float]) {
        for start in stride(from: 0, to: rows.count, by: target) {
            let end = min(start + target, rows.count)
            pieces.append(Piece(rows: Array(rows[start..<end]), centroid: centroid))
        }
    }
}

/// The lists of an index while some come and some go, their numbers ascending.
struct ListSet {
    var origin: [Float]
    private(set) var hasChanged = false
    private let old: ListCentroids
    private var gone: Set<UInt32> = []
    private var new: [(list: UInt32, centroid: [Float])] = []

    init(_ centroids: ListCentroids) {
        old = centroids
        origin = centroids.origin
    }

    var count: Int { old.count - gone.count + new.count }

    /// Takes one of the lists out.
    mutating func remove(_ list: UInt32) {
        hasChanged = true
        if let place = new.firstIndex(where: { $0.list == list }) {
            new.remove(at: place)
        } else {
            gone.insert(list)
        }
    }

    /// - Parameter list: a number above all others.
    mutating func append(_ list: UInt32, _ centroid: [Float]) {
        hasChanged = true
        new.append((list, centroid))
    }

    /// `nil` where there is none, or a component is not finite.
    func centroids(_ layout: ListLayout) -> ListCentroids? {
        let dimension = layout.dimension
        var ids: [UInt32] = []
        var components: [Float] = []
        components.reserveCapacity(count * dimension)
        for (place, list) in old.ids.enumerated() where !gone.contains(list) {
            ids.append(list)
            components += old.centroids[place * dimension..<(place + 1) * dimension]
        }
        for (list, centroid) in new {
            ids.append(list)
            components += centroid
        }
        return ListCentroids(layout, ids: ids, centroids: components, origin: origin)
    }
}

/// Which lists rows go into.
enum ListAssignment {
    /// Of each row the numbers of its lists, the nearest first: as many as `count`, or all.
    static func lists(
        of components: [Float], _ centroids: ListCentroids, _ count: Int
    ) -> [[UInt32]] {
        let rowCount = components.count / centroids.layout.dimension
        guard rowCount > 0 else { return [] }
        return components.withUnsafeBufferPointer { all in
            // SAFETY: there are whole rows.
            guard let base = all.baseAddress else { return [] }
            let first = centroids.assign(base, rowCount: rowCount)
            guard count > 1, centroids.count > 1 else {
                return first.map { [centroids.ids[Int($0)]] }
            }
            let second = centroids.assignSecond(base, first: first)
            return zip(first, second).map { first, second in
                let places = first == second ? [first] : [first, second]
                return places.map { centroids.ids[Int($0)] }
            }
        }
    }
}
