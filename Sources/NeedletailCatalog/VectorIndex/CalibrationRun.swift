import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// Measures the recall of a graph against exact answers.
///
/// Half of the queries lie beyond a row, as seen from one near it; the other half lie as far from a
/// row as its neighbours do, in any direction, where rows are not: real queries may be of another
/// kind than the rows, and those are harder. The worse half decides.
struct CalibrationRun {
    private let rows: BuildRows
    private let graph: GraphMemory
    private let layout: CodeLayout
    private static let samples = 200

    init(_ rows: BuildRows, _ graph: GraphMemory, _ layout: CodeLayout) {
        self.rows = rows
        self.graph = graph
        self.layout = layout
    }

    func result() -> Calibration {
        let k = Calibration.k
        guard rows.count > k, let element = VectorElement(rows.type),
            let kernel = DistanceKernel(
                metric: layout.metric.metric, element: element, dimension: layout.dimension)
        else { return Calibration(points: []) }
        let vectors = sampleQueries()
        let prepared = vectors.compactMap { Self.prepare($0, kernel) }
        guard prepared.count == vectors.count else { return Calibration(points: []) }
        let exact = thresholds(prepared, kernel, k: k)
        let widths = Calibration.widths
        let shares = ScanPool.shared.map(parts: vectors.count) { sample -> [Double] in
            let walk = WalkQuery(layout)
            let scratch = WalkScratch()
            graph.prepare(walk, vectors[sample])
            var found = [UInt32](repeating: 0, count: 2 * (widths.last ?? k))
            return widths.map { ef in
                let kept = graph.search(walk, ef: ef, k: k, scratch: scratch, into: &found).count
                let near = found.prefix(kept).compactMap { slot -> Double? in
                    rows.place(ofSlot: slot).flatMap(rows.bytes)
                        .map { kernel.distance(prepared[sample], toRowAt: $0) }
                }.sorted()
                return Double(near.prefix(k).count { $0 <= exact[sample] }) / Double(k)
            }
        }
        return Calibration(
            points: widths.enumerated().map { place, ef in
                let halves = [shares.prefix(Self.samples), shares.suffix(Self.samples)]
                return halves.map { half in
                    Calibration.point(ef: ef, shares: half.map { $0[place] })
                }.min { $0.lowerBound < $1.lowerBound } ?? Calibration.point(ef: ef, shares: [])
            })
    }

    private static func prepare(_ vector: [Float], _ kernel: DistanceKernel) -> PreparedQuery? {
        switch kernel.element {
        case .f16: (try? HalfVector(rounding: vector)).flatMap(kernel.prepare)
        case .bit: kernel.prepare(BitVector(rounding: vector))
        default: kernel.prepare(vector)
        }
    }

    /// The first half beyond rows, the second off them in any direction.
    private func sampleQueries() -> [[Float]] {
        var random = SplitMix64(seed: 1)
        let walk = WalkQuery(layout)
        let scratch = WalkScratch()
        var found = [UInt32](repeating: 0, count: 64)
        return (0..<2 * Self.samples).map { sample in
            var vector = [Float](repeating: 0, count: layout.dimension)
            var other = vector
            _ = rows.read(Int.random(in: 0..<rows.count, using: &random), into: &vector)
            graph.prepare(walk, vector)
            let kept = graph.search(walk, ef: 32, k: 32, scratch: scratch, into: &found).count
            guard kept > 0,
                let near = rows.place(ofSlot: found[Int.random(in: 0..<kept, using: &random)])
            else { return vector }
            _ = rows.read(near, into: &other)
            let step = zip(vector, other).map { $0 - $1 }
            if layout.kind == .bits {
                let differing = step.count { $0 != 0 }
                let flips = sample < Self.samples ? (differing + 1) / 2 : differing
                return Self.flipped(vector, flips, &random)
            }
            guard sample >= Self.samples else { return zip(vector, step).map { $0 + $1 / 2 } }
            let direction = step.map { _ in Float.random(in: -1...1, using: &random) }
            let scale = Self.length(step) / max(Self.length(direction), .leastNormalMagnitude)
            return zip(vector, direction).map { $0 + $1 * scale }
        }
    }

    /// The bits of `vector` with some of them, anywhere, the other way round.
    private static func flipped(
        _ vector: [Float], _ count: Int, _ random: inout SplitMix64
    ) -> [Float] {
        var flipped = vector
        for place in vector.indices.shuffled(using: &random).prefix(count) {
            flipped[place] = 1 - flipped[place]
        }
        return flipped
    }

    private static func length(_ vector: [Float]) -> Float {
        vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// Of each query, the distance of its k-th nearest row.
    private func thresholds(
        _ queries: [PreparedQuery], _ kernel: DistanceKernel, k: Int
    ) -> [Double] {
        let parts = ScanPool.shared.map(count: rows.count, grain: 2_048) { range -> [TopK] in
            var nearest = [TopK](repeating: TopK(k: k), count: queries.count)
            for row in range {
                guard let bytes = rows.bytes(row) else { continue }
                for (place, query) in queries.enumerated() {
                    nearest[place].offer(kernel.distance(query, toRowAt: bytes), slot: UInt32(row))
                }
            }
            return nearest
        }
        return queries.indices.map { place in
            var all = TopK(k: k)
            for part in parts { all.merge(part[place]) }
            return all.threshold
        }
    }
}
