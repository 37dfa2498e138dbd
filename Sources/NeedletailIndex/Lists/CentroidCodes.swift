import CNeedletailKernels
import NeedletailKernels

/// The centroids of an index as entries of one list, for finding the nearest without reading all of
/// them.
struct CentroidCodes: Sendable {
    /// By L2 as seen from the index's origin, so that the table of a query serves for both; by
    /// cosine of centroids brought to length 1: lists whose rows point elsewhere than others'
    /// have short centroids, and would be looked into too late.
    let list: ListBuffer
    /// Amid the centroids.
    let center: [Float]

    init(_ layout: ListLayout, centroids given: [Float], origin: [Float]) {
        let dimension = layout.dimension
        let own = ListLayout(metric: .l2, dimension: dimension, fine: .int8)
        let count = given.count / dimension
        var centroids = given
        centroids.withUnsafeMutableBufferPointer { all in
            // SAFETY: there are `count` whole rows.
            guard let base = all.baseAddress else { return }
            for place in 0..<count { normalize(base + place * dimension, layout) }
        }
        var sums = [Double](repeating: 0, count: dimension)
        for place in 0..<count {
            for axis in 0..<dimension { sums[axis] += Double(centroids[place * dimension + axis]) }
        }
        let center = sums.map { Float($0 / Double(max(1, count))) }
        var list = ListBuffer(own)
        list.reserve(count)
        let encoder = ListEncoder(own, origin: origin, centroid: center)
        centroids.withUnsafeBufferPointer { all in
            // SAFETY: there are `count` whole rows.
            guard let base = all.baseAddress else { return }
            for place in 0..<count {
                list.append(
                    slot: UInt32(place), vector: base + place * dimension, encoder: encoder)
            }
        }
        self.list = list
        self.center = center
    }
}
