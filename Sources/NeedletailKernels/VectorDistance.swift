import CNeedletailKernels
package import NeedletailCore

/// The distance between two values, by the kernels that searches use, so that an expression and a
/// search agree to the last bit.
///
/// - Throws: 42883 where `metric` is not one of `vector`s; 22000 where the dimensions differ; 54000
///   where they are not in 1...``Limits/dimensionMax``.
package func vectorDistance(
    _ left: [Float], _ right: [Float], metric: Metric
) throws(DatabaseError) -> Double {
    let kernel = try kernel(metric, .f32, left.count, right.count)
    return kernel.distance(between: left, right)
}

/// The distance between two values; see ``vectorDistance(_:_:metric:)-([Float],_,_)``.
package func vectorDistance(
    _ left: HalfVector, _ right: HalfVector, metric: Metric
) throws(DatabaseError) -> Double {
    let kernel = try kernel(metric, .f16, left.bits.count, right.bits.count)
    return kernel.distance(between: left.bits, right.bits)
}

/// The distance between two values; see ``vectorDistance(_:_:metric:)-([Float],_,_)``.
package func vectorDistance(
    _ left: BitVector, _ right: BitVector, metric: Metric
) throws(DatabaseError) -> Double {
    let kernel = try kernel(metric, .bit, left.count, right.count)
    return kernel.distance(between: left.bytes, right.bytes)
}

private func kernel(
    _ metric: Metric, _ element: VectorElement, _ left: Int, _ right: Int
) throws(DatabaseError) -> DistanceKernel {
    guard element.metrics.contains(metric) else {
        let kind = element == .bit ? "bit strings" : "vectors of numbers"
        let known = element.metrics.map(\.rawValue).joined(separator: ", ")
        throw DatabaseError(
            .undefinedFunction, "the metric \(metric.rawValue) does not apply to \(kind)",
            hint: "Use one of \(known), or cast both sides to another type.")
    }
    guard left == right else {
        throw DatabaseError(
            .dataException, "different vector dimensions \(left) and \(right)",
            hint: "Compare vectors of one dimension, such as those of one column.")
    }
    guard let kernel = DistanceKernel(metric: metric, element: element, dimension: left) else {
        throw DatabaseError(
            .programLimit, "a vector of \(left) components has no distance",
            hint: "Use 1 to \(Limits.dimensionMax) components.")
    }
    return kernel
}

extension DistanceKernel {
    /// The distance between two vectors of ``rowBytes`` bytes each, without a lasting query.
    fileprivate func distance<Element: BitwiseCopyable>(
        between left: [Element], _ right: [Element]
    ) -> Double {
        withUnsafePointer(to: code) { kernel in
            let size = nt_query_storage_bytes(kernel)
            return withUnsafeTemporaryAllocation(byteCount: size, alignment: 64) { storage in
                var query = nt_query()
                var distance = 0.0
                // SAFETY: both arrays hold `rowBytes` bytes, for their counts were compared with
                // the kernel's dimension; `storage` outlives the query that points into it.
                nt_query_prepare(kernel, &query, left, storage.baseAddress)
                nt_scan(kernel, &query, right, rowBytes, 1, &distance)
                return distance
            }
        }
    }
}
