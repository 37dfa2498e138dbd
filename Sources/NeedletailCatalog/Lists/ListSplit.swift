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
