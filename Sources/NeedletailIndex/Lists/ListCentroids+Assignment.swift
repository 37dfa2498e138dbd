import CNeedletailKernels
import NeedletailKernels

extension ListCentroids {
    /// Rows and centroids of one matrix product.
    private static let (blockRows, blockCentroids) = (256, 512)

    /// Of each row, the place in ``ids`` of the list whose centroid is nearest, ties to the lower
    /// one: by matrix products, on `threads` threads.
    ///
    /// - Parameter rows: `rowCount` rows of `dimension` finite components, one after the other; by
    ///   cosine of any length.
    package func assign(
        _ rows: UnsafePointer<Float>, rowCount: Int, threads: Int = .max
    ) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: rowCount) { buffer, filled in
            // SAFETY: every part writes the numbers of its own rows.
            guard let base = buffer.baseAddress else { return }
            nonisolated(unsafe) let (rows, places) = (rows, base)
            let blocks = (rowCount + Self.blockRows - 1) / Self.blockRows
            ScanPool.shared.run(parts: blocks, threads: threads) { block in
                let first = block * Self.blockRows
                let count = min(Self.blockRows, rowCount - first)
                assign(
                    rows + first * layout.dimension, count: count, into: places + first)
            }
            filled = rowCount
        }
    }

    /// - Parameter count: at most ``blockRows``.
    private func assign(
        _ rows: UnsafePointer<Float>, count: Int, into places: UnsafeMutablePointer<UInt32>
    ) {
        let dimension = layout.dimension
        let width = min(Self.blockCentroids, self.count)
        let best = UnsafeMutablePointer<Float>.allocate(capacity: count)
        let factors = UnsafeMutablePointer<Float>.allocate(capacity: count)
        let products = UnsafeMutablePointer<Float>.allocate(capacity: count * width)
        defer {
            best.deallocate()
            factors.deallocate()
            products.deallocate()
        }
        for row in 0..<count {
            best[row] = .infinity
            places[row] = 0
            factors[row] = -2
            guard layout.metric == .cosine else { continue }
            let square = nt_sum_of_squares(rows + row * dimension, dimension)
            if square > 0 { factors[row] = Float(-2 / square.squareRoot()) }
        }
        centroids.withUnsafeBufferPointer { all in
            squares.withUnsafeBufferPointer { squares in
                guard let all = all.baseAddress, let squares = squares.baseAddress else { return }
                for first in stride(from: 0, to: self.count, by: width) {
                    let some = min(width, self.count - first)
                    BLAS.multiplyByTransposed(
                        a: rows, b: all + first * dimension, c: products, m: count, n: some,
                        depth: dimension)
                    for row in 0..<count {
                        nt_find_least(
                            products + row * some, squares + first, factors[row], some,
                            UInt32(first), best + row, places + row)
                    }
                }
            }
        }
    }
}
