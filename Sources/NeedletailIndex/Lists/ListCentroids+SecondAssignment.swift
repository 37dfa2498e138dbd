import CNeedletailKernels
import NeedletailKernels

extension ListCentroids {
    /// Rows and centroids of one matrix product.
    private static let (rowsMax, width) = (128, 512)

    /// Of each row, the place in ``ids`` of a second list, which is likely to be looked into where
    /// the first is not: its centroid is near, and what it leaves of the row points elsewhere than
    /// what the first leaves (SOAR, Sun et al. 2023). The first again where there is no other.
    ///
    /// - Parameters:
    ///   - rows: as for ``assign(_:rowCount:threads:)``.
    ///   - first: what that returned for them.
    package func assignSecond(
        _ rows: UnsafePointer<Float>, first: [UInt32], threads: Int = .max
    ) -> [UInt32] {
        [UInt32](unsafeUninitializedCapacity: first.count) { buffer, filled in
            // SAFETY: every part writes the numbers of its own rows.
            guard let base = buffer.baseAddress else { return }
            nonisolated(unsafe) let (rows, places) = (rows, base)
            let blocks = (first.count + Self.rowsMax - 1) / Self.rowsMax
            ScanPool.shared.run(parts: blocks, threads: threads) { block in
                let start = block * Self.rowsMax
                let end = min(start + Self.rowsMax, first.count)
                assignSecond(
                    rows + start * layout.dimension, first[start..<end], into: places + start)
            }
            filled = first.count
        }
    }

    private func assignSecond(
        _ given: UnsafePointer<Float>, _ first: ArraySlice<UInt32>,
        into places: UnsafeMutablePointer<UInt32>
    ) {
        let (count, dimension) = (first.count, layout.dimension)
        let size = count * dimension
        let tile = min(Self.width, self.count)
        // Rows, what their first centroids leave, and the products of both with centroids.
        let room = 2 * size + 2 * count * tile
        withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { memory in
            guard let rows = memory.baseAddress else { return }
            let (left, products) = (rows + size, rows + 2 * size)
            let residuals = products + count * tile
            var least = [Float](repeating: .infinity, count: count)
            var along = least
            var weights = least
            rows.update(from: given, count: size)
            for (row, place) in first.enumerated() {
                let vector = rows + row * dimension
                normalize(vector, layout)
                places[row] = place
                var (product, square) = (0.0, 0.0)
                withCentroid(at: Int(place)) { centroid in
                    for axis in 0..<dimension {
                        let component = vector[axis] - centroid[axis]
                        left[row * dimension + axis] = component
                        product += Double(component) * Double(vector[axis])
                        square += Double(component) * Double(component)
                    }
                }
                along[row] = Float(product)
                weights[row] = square > 0 ? Float(1 / square) : 0
            }
            for start in stride(from: 0, to: self.count, by: tile) {
                let some = min(tile, self.count - start)
                withCentroid(at: start) { centroids in
                    for (from, to) in [(rows, products), (left, residuals)] {
                        BLAS.multiplyByTransposed(
                            a: from, b: centroids, c: to, m: count, n: some, depth: dimension)
                    }
                }
                squares.withUnsafeBufferPointer { squares in
                    guard let squares = squares.baseAddress else { return }
                    for (row, place) in first.enumerated() {
                        nt_find_second(
                            products + row * some, residuals + row * some, squares + start,
                            along[row], weights[row], some, UInt32(start), place, &least[row],
                            places + row)
                    }
                }
            }
        }
    }
}
