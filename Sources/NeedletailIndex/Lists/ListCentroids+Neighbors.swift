import CNeedletailKernels
import NeedletailKernels

extension ListCentroids {
    /// Centroids whose distances from all are found at once.
    private static let placesAtOnce = 64

    /// Of each of some lists the places in ``ids`` of those with the nearest centroids: itself
    /// first, and then the nearest `count` others in their order.
    ///
    /// - Parameter places: in ``ids``.
    package func neighbors(of places: [Int], count: Int) -> [[Int]] {
        let dimension = layout.dimension
        let few = NearestFew()
        var found: [[Int]] = []
        found.reserveCapacity(places.count)
        for first in stride(from: 0, to: places.count, by: Self.placesAtOnce) {
            let some = places[first..<min(first + Self.placesAtOnce, places.count)]
            var rows: [Float] = []
            rows.reserveCapacity(some.count * dimension)
            for place in some { rows += centroids[place * dimension..<(place + 1) * dimension] }
            var products = [Float](repeating: 0, count: some.count * self.count)
            products.withUnsafeMutableBufferPointer { products in
                // SAFETY: whole rows of both, and room for a product of each pair.
                guard let base = products.baseAddress else { return }
                rows.withUnsafeBufferPointer { rows in
                    centroids.withUnsafeBufferPointer { all in
                        guard let rows = rows.baseAddress, let all = all.baseAddress else { return }
                        BLAS.multiplyByTransposed(
                            a: rows, b: all, c: base, m: some.count, n: self.count,
                            depth: dimension)
                    }
                }
            }
            for (row, own) in some.enumerated() {
                few.reset(wanted: min(count, self.count))
                for place in 0..<self.count where place != own {
                    let product = products[row * self.count + place]
                    let distance = max(0, squares[own] + squares[place] - 2 * product)
                    if distance < few.limit { few.add(distance, UInt32(place)) }
                }
                found.append([own] + few.sorted().map { Int(Candidate(bits: $0).node) })
            }
        }
        return found
    }

    /// Some of the lists, in the order of their places in ``ids``, to assign rows among them: not
    /// to be searched, for their numbers may not ascend.
    ///
    /// - Parameter places: at least one.
    package func subset(_ places: [Int]) -> ListCentroids? {
        let dimension = layout.dimension
        var components: [Float] = []
        components.reserveCapacity(places.count * dimension)
        for place in places {
            components += centroids[place * dimension..<(place + 1) * dimension]
        }
        return ListCentroids(
            layout, ids: places.map { ids[$0] }, centroids: components, origin: origin)
    }
}

/// The mean of some rows, and how far they lie from it.
package struct ListMean: Sendable {
    /// By cosine of rows of length 1, and then not of length 1 itself.
    package let mean: [Float]
    /// The mean squared distance of the rows from ``mean``.
    package let spread: Double

    /// - Parameter components: of at least one row, one after the other; by cosine of any length.
    package init(_ layout: ListLayout, _ components: [Float]) {
        let dimension = layout.dimension
        let count = Double(max(1, components.count / dimension))
        var sums = [Double](repeating: 0, count: dimension)
        var squares = 0.0
        components.withUnsafeBufferPointer { all in
            // SAFETY: there are whole rows.
            guard let base = all.baseAddress else { return }
            for start in stride(from: 0, to: components.count, by: dimension) {
                let square = nt_sum_of_squares(base + start, dimension)
                let isScaled = layout.metric == .cosine && square > 0
                let scale = isScaled ? 1 / square.squareRoot() : 1
                squares += square * scale * scale
                for axis in 0..<dimension { sums[axis] += Double(base[start + axis]) * scale }
            }
        }
        let mean = sums.map { $0 / count }
        self.mean = mean.map { Float($0) }
        spread = max(0, squares / count - mean.reduce(0) { $0 + $1 * $1 })
    }

    /// The squared distance of the mean from the centroid at `place`.
    package func displacement(from centroids: ListCentroids, at place: Int) -> Double {
        centroids.withCentroid(at: place) { centroid in
            mean.indices.reduce(0) { sum, axis in
                let away = Double(mean[axis]) - Double(centroid[axis])
                return sum + away * away
            }
        }
    }
}
