import CNeedletailKernels
import NeedletailKernels
import Synchronization

/// How a list lies to a query: what a scan of it needs to know.
package struct ListProbe: Sendable, Hashable {
    /// The number of the list.
    package var list: UInt32
    /// What the centroid adds to distances: its squared distance by L2, else minus the inner
    /// product.
    package var distance: Float
    /// How much of a residual's own term counts.
    var weight: Float
    /// The length of what is compared with residuals.
    var radius: Float

    /// - Parameters:
    ///   - distance: from query to centroid, squared.
    ///   - square: of the query's length; by L2 not needed.
    ///   - own: the square of the centroid's length; by L2 not needed.
    init(list: UInt32, _ metric: WalkMetric, distance: Float, square: Float, own: Float) {
        let distance = max(0, distance)
        self.list = list
        guard metric != .l2 else {
            (self.distance, weight, radius) = (distance, 1, distance.squareRoot())
            return
        }
        let product = (square + own - distance) / 2
        // Of the query, the share that points to the centroid is what terms are for.
        let share = own > 0 ? product / own : 0
        self.distance = -product
        weight = share
        radius = max(0, square - share * product).squareRoot()
    }
}

/// The centroids of all lists of an index, with what finds the nearest of them.
///
/// Immutable. By cosine they are means of rows of length 1, not of length 1 themselves.
package final class ListCentroids: Sendable {
    package let layout: ListLayout
    /// The numbers of the lists, in the order of ``centroids``.
    package let ids: [UInt32]
    /// A row for each list.
    package let centroids: [Float]
    /// Where vectors are seen from: by L2 a point amid the rows, chosen once when an index is made
    /// and kept while lists come and go, for entries are written for it; else nothing.
    package let origin: [Float]
    /// The sum of squares of each centroid.
    let squares: [Float]
    private let knownCodes = Mutex<CentroidCodes?>(nil)

    /// The centroids as entries of a list. Made by the first search, for whoever only writes has no
    /// use for them.
    var codes: CentroidCodes {
        knownCodes.withLock { known in
            if let known { return known }
            let made = CentroidCodes(layout, centroids: centroids, origin: origin)
            known = made
            return made
        }
    }

    package var count: Int { ids.count }

    /// Takes centroids that are there already; `nil` where the counts do not fit, there is none, or
    /// a component is not finite.
    package init?(
        _ layout: ListLayout, ids: [UInt32], centroids: [Float], origin: [Float] = []
    ) {
        guard
            !ids.isEmpty, centroids.count == ids.count * layout.dimension,
            origin.isEmpty || (layout.metric == .l2 && origin.count == layout.dimension),
            firstNonfinite(in: centroids) == nil, firstNonfinite(in: origin) == nil
        else { return nil }
        self.layout = layout
        self.ids = ids
        self.centroids = centroids
        self.origin = origin
        squares = centroids.withUnsafeBufferPointer { all in
            // SAFETY: there are as many rows as numbers of lists.
            ids.indices.map { row in
                all.baseAddress.map {
                    Float(nt_sum_of_squares($0 + row * layout.dimension, layout.dimension))
                } ?? 0
            }
        }
    }

    /// What writes entries of the list at `place` of ``ids``.
    package func encoder(at place: Int) -> ListEncoder {
        withCentroid(at: place) { ListEncoder(layout, origin: origin, centroid: $0) }
    }

    /// Runs `body` with the centroid at `place` of ``ids``.
    package func withCentroid<Result>(
        at place: Int, _ body: (UnsafePointer<Float>) -> Result
    ) -> Result {
        precondition(ids.indices.contains(place), "there is no such list")
        return centroids.withUnsafeBufferPointer { all in
            // SAFETY: a list has a row, so there is memory.
            guard let base = all.baseAddress else { preconditionFailure("there are centroids") }
            return body(base + place * layout.dimension)
        }
    }

    /// How the list at a place lies to a query.
    ///
    /// - Parameters:
    ///   - distance: from query to centroid, squared, as ``codes`` have it.
    ///   - square: of the query's length; by L2 not needed.
    func probe(_ place: Int, distance: Float, square: Float) -> ListProbe {
        let own = squares[place]
        var distance = distance
        if layout.metric == .cosine {
            let toUnit = own > 0 ? (square + 1 - distance) / 2 : 0
            distance = square + own - 2 * toUnit * own.squareRoot()
        }
        return ListProbe(
            list: ids[place], layout.metric, distance: distance, square: square, own: own)
    }
}
