import NeedletailBitmap
import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// Rows around a few points, and queries like them.
struct ListRows {
    let dimension: Int
    let rows: [[Float]]
    private let seed: UInt64
    private let points: [[Float]]

    init(count: Int, dimension: Int, seed: UInt64, offset: Float = 0) {
        self.dimension = dimension
        self.seed = seed
        var random = SplitMix64(seed: seed)
        let points = (0..<8).map { _ in
            (0..<dimension).map { _ in Float.random(in: -2...2, using: &random) + offset }
        }
        self.points = points
        rows = (0..<count).map { row in
            points[row % 8].map { $0 + Float.random(in: -1...1, using: &random) }
        }
    }

    subscript(row: Int) -> [Float] { rows[row] }

    func query(_ number: Int) -> [Float] {
        var random = SplitMix64(seed: seed &+ 1_000 &+ UInt64(number))
        return points[number % 8].map { $0 + Float.random(in: -1...1, using: &random) }
    }

    /// One list of some of the rows, with three times their numbers as slots.
    func list(_ layout: ListLayout, _ range: Range<Int>? = nil) -> ListBuffer {
        var list = ListBuffer(layout)
        let encoder = ListEncoder(
            layout, centroid: [Float](repeating: 0.25, count: dimension))
        for row in range ?? rows.indices {
            list.append(slot: UInt32(row) * 3, vector: rows[row], encoder: encoder)
        }
        return list
    }

    func centroids(_ layout: ListLayout, lists: Int) -> ListCentroids {
        guard
            let trained = try? ListCentroids.train(
                layout, sample: rows.flatMap(\.self), lists: lists, seed: 7)
        else { preconditionFailure("there are as many rows as lists") }
        return trained
    }

    func nearest(_ vector: [Float], _ metric: WalkMetric, k: Int) -> [Int] {
        let kernel = DistanceKernel(metric: metric.metric, element: .f32, dimension: dimension)
        guard let kernel, let query = kernel.prepare(vector) else { return [] }
        return rows.indices.sorted {
            kernel.distance(query, toRowAt: rows[$0]) < kernel.distance(query, toRowAt: rows[$1])
        }.prefix(k).map(\.self)
    }
}

/// Rows in the lists they are nearest to.
struct SortedLists {
    let centroids: ListCentroids
    var lists: [ListBuffer]

    init(_ rows: ListRows, _ layout: ListLayout, lists count: Int) {
        centroids = rows.centroids(layout, lists: count)
        let encoders = (0..<count).map { [centroids] in centroids.encoder(at: $0) }
        lists = (0..<count).map { _ in ListBuffer(layout) }
        let assigned = centroids.assign(rows.rows.flatMap(\.self), rowCount: rows.rows.count)
        for (row, list) in assigned.enumerated() {
            lists[Int(list)].append(
                slot: UInt32(row) * 3, vector: rows[row], encoder: encoders[Int(list)])
        }
    }

    func scan(_ query: ListQuery, passing: SlotBitmap? = nil) {
        for probe in query.probes {
            let list = lists[Int(probe.list)]
            list.coarse.withUnsafeBytes { coarse in
                list.fine.withUnsafeBytes { fine in
                    _ = query.scan(
                        probe, coarse: coarse, fine: fine, count: list.count, passing: passing)
                }
            }
        }
    }
}
