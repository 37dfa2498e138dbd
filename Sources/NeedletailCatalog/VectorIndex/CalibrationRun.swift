import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// Measures the recall of a graph against exact answers.
///
/// The queries are rows that are not yet linked into the graph: a row's own links would lead
/// straight to the answer. Some are moved off their rows, for real queries may be farther from all
/// rows than rows are from each other.
struct CalibrationRun {
    private let rows: BuildRows
    private let graph: GraphMemory
    private let layout: CodeLayout
    private let heldOut: Range<Int>
    private let samplesMax: Int
    private let threads: Int
    /// Of the nodes that are linked, their places among the rows.
    private let places: [Int]
    /// How far samples are moved, as shares of the distance to a neighbour.
    private static let shares: [Float] = [0, 0.5, 0, 1]
    private static let bandCount = 5
    /// Rows that are compared with all samples before the next: they stay in the processor's cache.
    private static let blockRows = 32
    /// Rows between two questions whether to go on.
    private static let chunkRows = 1 << 16

    /// - Parameters:
    ///   - heldOut: the last nodes of the graph, which nothing links to.
    ///   - samplesMax: how many of them are searched for at most.
    ///   - threads: how many work on it, the caller's included.
    init(
        _ rows: BuildRows, _ graph: GraphMemory, _ layout: CodeLayout, heldOut: Range<Int>,
        samplesMax: Int = .max, threads: Int
    ) {
        self.rows = rows
        self.graph = graph
        self.layout = layout
        self.heldOut = heldOut
        self.samplesMax = samplesMax
        self.threads = threads
        places = (0..<heldOut.lowerBound).compactMap {
            rows.place(ofSlot: graph.view.slot($0))
        }
    }

    /// - Parameter goesOn: asked now and then on the caller's thread; nothing is measured once it
    ///   says no.
    func result(_ goesOn: () -> Bool) -> Calibration {
        let k = Calibration.k
        guard heldOut.count >= 8, places.count > k, let element = VectorElement(rows.type),
            let kernel = DistanceKernel(
                metric: layout.metric.metric, element: element, dimension: layout.dimension)
        else { return Calibration(bands: []) }
        let samples = sampleQueries()
        let prepared = samples.compactMap { Self.prepare($0, kernel) }
        guard prepared.count == samples.count,
            let exact = thresholds(prepared, kernel, k: k, goesOn)
        else { return Calibration(bands: []) }
        let widths = Calibration.widths
        let measured = ScanPool.shared.map(parts: samples.count, threads: threads) { place in
            let walk = WalkQuery(layout)
            let scratch = WalkScratch()
            graph.prepare(walk, samples[place])
            var found = [UInt32](repeating: 0, count: 2 * (widths.last ?? k))
            var difficulty: Float = 0
            let recalls = widths.map { ef in
                let walked = graph.search(walk, ef: ef, k: k, scratch: scratch, into: &found)
                if ef == widths[0] { difficulty = walked.difficulty }
                let near = found.prefix(walked.count).compactMap { slot -> Double? in
                    rows.place(ofSlot: slot).flatMap(rows.bytes)
                        .map { kernel.distance(prepared[place], toRowAt: $0) }
                }.sorted()
                return Double(near.prefix(k).count { $0 <= exact[place] }) / Double(k)
            }
            return (difficulty: difficulty, recalls: recalls)
        }
        return Calibration(samples: measured, bandCount: Self.bandCount)
    }

    private static func prepare(_ vector: [Float], _ kernel: DistanceKernel) -> PreparedQuery? {
        switch kernel.element {
        case .f16: (try? HalfVector(rounding: vector)).flatMap(kernel.prepare)
        case .bit: kernel.prepare(BitVector(rounding: vector))
        default: kernel.prepare(vector)
        }
    }

    /// Rows, and vectors off a row by a share of the distance to one of its neighbours, in any
    /// direction.
    private func sampleQueries() -> [[Float]] {
        var random = SplitMix64(seed: 1)
        let walk = WalkQuery(layout)
        let scratch = WalkScratch()
        var found = [UInt32](repeating: 0, count: 64)
        return heldOut.suffix(samplesMax).map { node in
            var vector = [Float](repeating: 0, count: layout.dimension)
            guard let place = rows.place(ofSlot: graph.view.slot(node)) else { return vector }
            _ = rows.read(place, into: &vector)
            let share = Self.shares[node % Self.shares.count]
            guard share > 0 else { return vector }
            graph.prepare(walk, vector)
            let kept = graph.search(walk, ef: 32, k: 32, scratch: scratch, into: &found).count
            guard kept > 0,
                let near = rows.place(ofSlot: found[Int.random(in: 0..<kept, using: &random)])
            else { return vector }
            var other = vector
            _ = rows.read(near, into: &other)
            let step = zip(vector, other).map { $0 - $1 }
            if layout.kind == .bits {
                let differing = Float(step.count { $0 != 0 })
                return Self.flipped(vector, Int((share * differing).rounded(.up)), &random)
            }
            let direction = step.map { _ in Float.random(in: -1...1, using: &random) }
            let apart = Self.length(step)
            let scale = share * apart / max(Self.length(direction), .leastNormalMagnitude)
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

    /// Of each query, the distance of its k-th nearest node; `nil` where it was stopped.
    private func thresholds(
        _ queries: [PreparedQuery], _ kernel: DistanceKernel, k: Int, _ goesOn: () -> Bool
    ) -> [Double]? {
        var nearest = [TopK](repeating: TopK(k: k), count: queries.count)
        for first in stride(from: 0, to: places.count, by: Self.chunkRows) {
            guard goesOn() else { return nil }
            let known = nearest
            let count = min(Self.chunkRows, places.count - first)
            let parts = ScanPool.shared.map(
                count: count, grain: 2_048, threads: threads
            ) { range -> [TopK] in
                var found = known.map { TopK(k: k, within: $0.threshold) }
                offer(first + range.lowerBound..<first + range.upperBound, to: &found) {
                    kernel.distances(queries[$0], toRowsAt: $1, count: $2, into: $3)
                }
                return found
            }
            for part in parts {
                for place in nearest.indices { nearest[place].merge(part[place]) }
            }
        }
        return nearest.map(\.threshold)
    }

    /// Compares `range` of ``places`` with every query.
    ///
    /// - Parameter distances: writes the distances of a query, by its place, to some rows.
    private func offer(
        _ range: Range<Int>, to nearest: inout [TopK],
        _ distances: (
            Int, UnsafePointer<UnsafeRawPointer>, Int, UnsafeMutablePointer<Double>
        ) -> Void
    ) {
        // SAFETY: room for a block each; a row's bytes stay while its snapshot is read.
        let list = UnsafeMutablePointer<UnsafeRawPointer>.allocate(capacity: Self.blockRows)
        let found = UnsafeMutablePointer<Double>.allocate(capacity: Self.blockRows)
        defer {
            list.deallocate()
            found.deallocate()
        }
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockRows) {
            var count = 0
            for row in first..<min(first + Self.blockRows, range.upperBound) {
                guard let bytes = rows.bytes(places[row]) else { continue }
                list[count] = bytes
                count += 1
            }
            guard count > 0 else { continue }
            for query in nearest.indices {
                distances(query, list, count, found)
                for place in 0..<count where found[place] <= nearest[query].threshold {
                    // Which row it is does not matter, only that no two are the same.
                    nearest[query].offer(found[place], slot: UInt32(first + place))
                }
            }
        }
    }
}
