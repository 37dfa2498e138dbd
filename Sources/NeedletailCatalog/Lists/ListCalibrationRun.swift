import NeedletailBitmap
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailStorage

/// Measures which number of lists reaches which recall, on rows of one snapshot, each without
/// itself.
struct ListCalibrationRun {
    private let directory: ListDirectory
    private let view: StorageView
    private let threads: Int
    private let samplesMax = 128
    private static let k = ListCalibration.k

    init(_ directory: ListDirectory, _ view: StorageView, threads: Int) {
        self.directory = directory
        self.view = view
        self.threads = threads
    }

    /// A row that is searched for.
    private struct Sample {
        let slot: UInt32
        var vector: [Float]
        let query: PreparedQuery
        var nearest: TopK
    }

    /// `nil` where there are too few rows to measure anything.
    func result(
        _ check: (Double) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> ListCalibration? {
        let index = directory.index
        let rows = try BuildRows(view, table: index.table, column: index.column, without: [])
        guard rows.count > 4 * Self.k, let element = VectorElement(index.type),
            let kernel = DistanceKernel(
                metric: index.layout.metric.metric, element: element,
                dimension: index.layout.dimension)
        else { return nil }
        var samples = samples(rows, kernel)
        guard samples.count >= 8 else { return nil }
        try findNearest(&samples, rows, kernel, check)
        var recalls: [[Double]] = []
        let query = ListQuery(index.layout)
        query.rowsMayRepeat = index.options.assign > 1
        for sample in samples {
            recalls.append(try recall(sample, query, rows, kernel))
            try check(1)
        }
        return ListCalibration(listCount: directory.listCount, recalls: recalls)
    }

    private func samples(_ rows: BuildRows, _ kernel: DistanceKernel) -> [Sample] {
        ListIndexBuild.sample(
            min(samplesMax, rows.count), of: rows.count, seed: directory.index.seed &+ 1
        )
        .compactMap { row in
            var vector = [Float](repeating: 0, count: kernel.dimension)
            let slot = rows.read(row, into: &vector)
            let prepared =
                kernel.element == .f16
                ? (try? HalfVector(rounding: vector)).flatMap(kernel.prepare)
                : kernel.prepare(vector)
            return prepared.map {
                Sample(slot: slot, vector: vector, query: $0, nearest: TopK(k: Self.k))
            }
        }
    }

    /// Compares every sample with every row.
    private func findNearest(
        _ samples: inout [Sample], _ rows: BuildRows, _ kernel: DistanceKernel,
        _ check: (Double) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let chunk = 512
        var first = 0
        while first < rows.count {
            let range = first..<min(first + chunk, rows.count)
            let before = samples
            samples = ScanPool.shared.map(parts: samples.count, threads: threads) { place in
                var sample = before[place]
                for row in range {
                    guard let bytes = rows.bytes(row) else { continue }
                    let distance = kernel.distance(sample.query, toRowAt: bytes)
                    let slot = rows.slot(row)
                    if distance <= sample.nearest.threshold, slot != sample.slot {
                        sample.nearest.offer(distance, slot: slot)
                    }
                }
                return sample
            }
            first = range.upperBound
            try check(Double(first) / Double(rows.count))
        }
    }

    /// The recall at each width, as far as there are lists.
    private func recall(
        _ sample: Sample, _ query: ListQuery, _ rows: BuildRows, _ kernel: DistanceKernel
    ) throws(DatabaseError) -> [Double] {
        let index = directory.index
        let widths = ListCalibration.widths.filter { $0 <= directory.listCount }
        let k = Self.k + 1
        sample.vector.withUnsafeBufferPointer { vector in
            // SAFETY: it has the layout's dimension.
            guard let base = vector.baseAddress else { return }
            query.prepare(
                base, k: k, kept: ListIndex.candidates(k: Self.k, index.layout),
                centroids: directory.centroids, probes: widths.last ?? 1)
        }
        var recalls: [Double] = []
        for (place, probe) in query.probes.enumerated() {
            try index.forEachPart(of: probe.list, view) {
                coarse, fine, count throws(DatabaseError) in
                query.scan(probe, coarse: coarse, fine: fine, count: count)
                return true
            }
            guard widths.contains(place + 1) else { continue }
            var found: [Double] = []
            for slot in query.candidates() where slot != sample.slot {
                guard let row = rows.place(ofSlot: slot), let bytes = rows.bytes(row) else {
                    continue
                }
                found.append(kernel.distance(sample.query, toRowAt: bytes))
            }
            let hits = found.count { $0 <= sample.nearest.threshold }
            recalls.append(Double(min(hits, Self.k)) / Double(Self.k))
        }
        return recalls
    }
}
