import NeedletailCore

extension KMeans {
    /// The centroid nearest to a row.
    package struct Assignment: Sendable, Hashable {
        package let cluster: UInt32
        /// By the exact-search kernel for `l2`.
        package let distance: Double
    }

    /// Rows of one matrix product.
    private static let blockRows = 256

    /// The nearest centroid of each row, ties to the lower one, **exactly as the kernel for `l2`
    /// would find it** by scanning all centroids.
    ///
    /// A matrix product gives every distance roughly; the kernel then decides among the centroids
    /// that the rounding of the product leaves in doubt.
    package func assign(_ rows: [Float]) -> [Assignment] {
        rows.withUnsafeBufferPointer { assign($0) }
    }

    /// As above, for rows in place.
    package func assign(_ rows: UnsafeBufferPointer<Float>) -> [Assignment] {
        precondition(rows.count.isMultiple(of: dimension), "rows are whole")
        guard
            let base = rows.baseAddress,
            let kernel = DistanceKernel(metric: .l2, element: .f32, dimension: dimension)
        else { return [] }
        let search = CentroidSearch(self, kernel)
        let rowCount = rows.count / dimension
        var assigned: [Assignment] = []
        assigned.reserveCapacity(rowCount)
        var products = [Float](repeating: 0, count: Self.blockRows * count)
        for first in stride(from: 0, to: rowCount, by: Self.blockRows) {
            let block = min(Self.blockRows, rowCount - first)
            // SAFETY: `block` rows start there, and `products` holds a full block.
            let start = base + first * dimension
            centroids.withUnsafeBufferPointer { centroids in
                guard let centroids = centroids.baseAddress else { return }
                BLAS.multiplyByTransposed(
                    a: start, b: centroids, c: &products, m: block, n: count, depth: dimension)
                for row in 0..<block {
                    assigned.append(
                        search.nearest(
                            start + row * dimension, centroids: centroids,
                            products: products[row * count..<(row + 1) * count]))
                }
            }
        }
        return assigned
    }

    /// The sum of squared distances of the rows from their centroids.
    package static func objective(_ assigned: [Assignment]) -> Double {
        assigned.reduce(0) { $0 + $1.distance * $1.distance }
    }
}

/// Finds the nearest of some centroids, given rough inner products with all of them.
private struct CentroidSearch {
    let kernel: DistanceKernel
    let norms: [Double]
    let longest: Double

    init(_ means: KMeans, _ kernel: DistanceKernel) {
        self.kernel = kernel
        norms = (0..<means.count).map { cluster in
            let first = cluster * means.dimension
            return Self.squaredNorm(means.centroids[first..<first + means.dimension])
        }
        longest = (norms.max() ?? 0).squareRoot()
    }

    static func squaredNorm(_ components: some Sequence<Float>) -> Double {
        components.reduce(0) { $0 + Double($1) * Double($1) }
    }

    func nearest(
        _ row: UnsafePointer<Float>, centroids: UnsafePointer<Float>, products: ArraySlice<Float>
    ) -> KMeans.Assignment {
        // SAFETY: a row holds as many floats as the kernel's dimension.
        let components = UnsafeBufferPointer(start: row, count: kernel.dimension)
        let length = Self.squaredNorm(components).squareRoot()
        // A sum of d floats is off by at most about d * 2^-24 of the sum of its magnitudes; the
        // product and the kernel each err once on each of the two sides that are compared.
        let rounding = Double(kernel.dimension + 8) * 0x1p-24
        let doubt = 8 * rounding * (length + longest) * (length + longest)
        let rough = zip(norms, products).map { $0 - 2 * Double($1) }
        let limit = (rough.min() ?? 0) + doubt

        let query = PreparedQuery(kernel, bytes: row)
        var best: KMeans.Assignment?
        for (cluster, value) in rough.enumerated() {
            // A product that overflowed says nothing about any of them.
            guard value <= limit || !value.isFinite || !limit.isFinite else { continue }
            let distance = kernel.distance(query, toRowAt: centroids + cluster * kernel.dimension)
            if let best, best.distance <= distance { continue }
            best = KMeans.Assignment(cluster: UInt32(cluster), distance: distance)
        }
        return best ?? KMeans.Assignment(cluster: 0, distance: .nan)
    }
}
