import CNeedletailKernels
package import NeedletailCore

/// How far rows of one kind lie from a query: the exact-search kernel of a metric, an element type
/// and a dimension.
///
/// A distance depends on the two vectors and on the tier alone: the same bits come back for one
/// row, for a block, for a list, and at any alignment. Equal vectors are at exactly 0 by `l2`, `l1`
/// and `cosine`. Cosine is NaN where either vector is zero. Rows that hold NaN give NaN.
package struct DistanceKernel: @unchecked Sendable {
    // SAFETY: plain data and a pointer to a function without state; nothing ever changes it.
    package let metric: Metric
    package let element: VectorElement
    package let dimension: Int
    /// Bytes of one row, without padding.
    package let rowBytes: Int

    // Plain data and a pointer to a function without state; this is what makes sharing it safe.
    let code: nt_kernel

    /// The kernel, or `nil` where the metric does not apply to the element type, where `dimension`
    /// is not in 1...``Limits/dimensionMax``, or where this machine cannot run `tier`.
    package init?(
        metric: Metric, element: VectorElement, dimension: Int, tier: KernelTier = .selected
    ) {
        guard (1...Limits.dimensionMax).contains(dimension) else { return nil }
        var made = nt_kernel()
        guard nt_kernel_make(&made, metric.code, element.code, dimension, tier.code) == 0 else {
            return nil
        }
        self.metric = metric
        self.element = element
        self.dimension = dimension
        rowBytes = made.row_bytes
        code = made
    }

    /// The distance from `query` to the row of ``rowBytes`` bytes at `row`.
    package func distance(_ query: PreparedQuery, toRowAt row: UnsafeRawPointer) -> Double {
        var distance = 0.0
        scan(query, base: row, stride: rowBytes, count: 1, into: &distance)
        return distance
    }

    /// The distances to `count` rows that start `stride` bytes apart from `base` on.
    ///
    /// - Parameter distances: takes `count` distances, in the order of the rows.
    package func scan(
        _ query: PreparedQuery, base: UnsafeRawPointer, stride: Int, count: Int,
        into distances: UnsafeMutablePointer<Double>
    ) {
        check(query, stride: stride, count: count)
        // SAFETY: the caller vouches for `count` rows at `base` and as many places at `distances`;
        // the query's storage lives as long as `query`, which outlives this call.
        withUnsafePointer(to: code) { kernel in
            withUnsafePointer(to: query.code) { query in
                nt_scan(kernel, query, base, stride, count, distances)
            }
        }
    }

    /// The distances to the rows of a block that `rows` lists, `count` of them.
    ///
    /// - Parameter distances: takes `count` distances, in the order of the list.
    package func gather(
        _ query: PreparedQuery, base: UnsafeRawPointer, stride: Int,
        rows: UnsafePointer<UInt32>, count: Int, into distances: UnsafeMutablePointer<Double>
    ) {
        check(query, stride: stride, count: count)
        // SAFETY: as in `scan`; the caller vouches that every listed row lies in the block.
        withUnsafePointer(to: code) { kernel in
            withUnsafePointer(to: query.code) { query in
                nt_gather(kernel, query, base, stride, rows, count, distances)
            }
        }
    }

    /// The distances to `count` rows that lie anywhere.
    ///
    /// - Parameter distances: takes `count` distances, in the order of the list.
    package func distances(
        _ query: PreparedQuery, toRowsAt rows: UnsafePointer<UnsafeRawPointer>, count: Int,
        into distances: UnsafeMutablePointer<Double>
    ) {
        check(query, stride: rowBytes, count: count)
        // SAFETY: as in `scan`; a list of pointers has one form, whatever they point to, and the
        // caller vouches that none is nil and that each leads to a row.
        let list = UnsafeRawPointer(rows).assumingMemoryBound(to: UnsafePointer<UInt8>?.self)
        withUnsafePointer(to: code) { kernel in
            withUnsafePointer(to: query.code) { query in
                nt_score(kernel, query, list, count, distances)
            }
        }
    }

    /// Has the row at `row` brought near, to be compared soon.
    @inline(__always)
    package func prefetch(rowAt row: UnsafeRawPointer) { nt_prefetch_row(row, rowBytes) }

    private func check(_ query: PreparedQuery, stride: Int, count: Int) {
        precondition(query.belongs(to: self), "the query was prepared for another kernel")
        precondition(stride >= 0 && count >= 0, "strides and counts are not negative")
    }
}

extension Metric {
    var code: nt_metric {
        switch self {
        case .l2: NT_METRIC_L2
        case .innerProduct: NT_METRIC_IP
        case .cosine: NT_METRIC_COSINE
        case .l1: NT_METRIC_L1
        case .hamming: NT_METRIC_HAMMING
        case .jaccard: NT_METRIC_JACCARD
        }
    }
}

extension VectorElement {
    var code: nt_element {
        switch self {
        case .f32: NT_ELEMENT_F32
        case .f16: NT_ELEMENT_F16
        case .int8: NT_ELEMENT_I8
        case .bit: NT_ELEMENT_BIT
        }
    }
}
