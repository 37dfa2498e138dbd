import Needletail
import NeedletailCore
import NeedletailFormats
import NeedletailKernels

/// The rows of an `.npy` file as floats.
final class VectorFileData: @unchecked Sendable {
    // SAFETY: written by `init` alone, freed by `deinit`.
    let count: Int
    let dimension: Int
    let components: UnsafeMutablePointer<Float>

    /// - Parameter rows: how many rows at most.
    init(path: String, rows: Int) throws {
        let file = try NPYFile(path: path)
        count = min(rows, file.rowCount)
        dimension = file.dimension
        components = .allocate(capacity: max(1, count * dimension))
        var block: [Float] = []
        var first = 0
        while first < count {
            let end = min(count, first + 4_096)
            block.removeAll(keepingCapacity: true)
            try file.read(first..<end, into: &block)
            block.withUnsafeBufferPointer { buffer in
                if let base = buffer.baseAddress {
                    (components + first * dimension).update(
                        from: base, count: (end - first) * dimension)
                }
            }
            first = end
        }
    }

    deinit { components.deallocate() }

    subscript(row: Int) -> UnsafeMutablePointer<Float> { components + row * dimension }

    /// A row as SQL takes it.
    func vector(_ row: Int) -> [Float] {
        Array(UnsafeBufferPointer(start: self[row], count: dimension))
    }

    /// Brings every row to length 1.
    func normalize() {
        let (components, dimension) = (components, dimension)
        nonisolated(unsafe) let all = components
        _ = ScanPool.shared.map(count: count, grain: 1_024) { rows in
            for row in rows {
                let vector = all + row * dimension
                var squares = 0.0
                for place in 0..<dimension {
                    squares += Double(vector[place]) * Double(vector[place])
                }
                guard squares > 0 else { continue }
                let inverse = 1 / squares.squareRoot()
                for place in 0..<dimension {
                    vector[place] = Float(Double(vector[place]) * inverse)
                }
            }
        }
    }
}

/// The distances at which the right answers lie.
struct GroundTruth {
    /// Of each query, the distance of its k-th nearest row: squared by L2, minus the inner product
    /// otherwise.
    let threshold: [Double]
    let k: Int

    /// By matrix products, then again in double for those that come near.
    init(base: VectorFileData, queries: VectorFileData, metric: Metric, k: Int) {
        let width = 64
        self.k = min(k, base.count)
        let k = self.k
        let found = ScanPool.shared.map(parts: (queries.count + width - 1) / width) { part in
            let range = part * width..<min((part + 1) * width, queries.count)
            return Self.nearest(range, base, queries, metric, k: k)
        }
        threshold = found.flatMap(\.self)
    }

    private static func nearest(
        _ range: Range<Int>, _ base: VectorFileData, _ queries: VectorFileData, _ metric: Metric,
        k: Int
    ) -> [Double] {
        let block = 2_048
        let kept = k + 32
        var lists = [[(Float, Int)]](repeating: [], count: range.count)
        let products = UnsafeMutablePointer<Float>.allocate(capacity: range.count * block)
        defer { products.deallocate() }
        for first in stride(from: 0, to: base.count, by: block) {
            let count = min(block, base.count - first)
            BLAS.multiplyByTransposed(
                a: queries[range.lowerBound], b: base[first], c: products, m: range.count,
                n: count, depth: base.dimension)
            var norms = [Float](repeating: 0, count: count)
            if metric == .l2 {
                for row in 0..<count {
                    let vector = base[first + row]
                    var sum: Float = 0
                    for place in 0..<base.dimension { sum += vector[place] * vector[place] }
                    norms[row] = sum
                }
            }
            for query in 0..<range.count {
                var worst = lists[query].count < kept ? Float.infinity : lists[query][kept - 1].0
                for row in 0..<count {
                    let product = products[query * count + row]
                    let score = metric == .l2 ? norms[row] - 2 * product : -product
                    guard score < worst else { continue }
                    var place = lists[query].count
                    while place > 0, lists[query][place - 1].0 > score { place -= 1 }
                    lists[query].insert((score, first + row), at: place)
                    if lists[query].count > kept { lists[query].removeLast() }
                    if lists[query].count == kept { worst = lists[query][kept - 1].0 }
                }
            }
        }
        return range.map { query in
            lists[query - range.lowerBound]
                .map { exact(queries[query], base[$0.1], base.dimension, metric) }
                .sorted()[k - 1]
        }
    }

    static func exact(
        _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ dimension: Int,
        _ metric: Metric
    ) -> Double {
        var sum = 0.0
        for place in 0..<dimension {
            if metric == .l2 {
                let difference = Double(left[place]) - Double(right[place])
                sum += difference * difference
            } else {
                sum -= Double(left[place]) * Double(right[place])
            }
        }
        return sum
    }

    /// How many of `rows` are right answers to `query`, ties at the k-th distance among them.
    func hits(
        _ rows: [Int], query: Int, base: VectorFileData, queries: VectorFileData, metric: Metric
    ) -> Int {
        let limit = threshold[query]
        let slack = abs(limit) * 1e-6 + 1e-9
        return rows.prefix(k).count {
            Self.exact(queries[query], base[$0], base.dimension, metric) <= limit + slack
        }
    }
}
