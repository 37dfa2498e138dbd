import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("Walk codes")
struct CodeTests {
    @Test(
        "every tier comes to the same distances, bit for bit", arguments: WalkCode.allCases,
        WalkMetric.allCases)
    func tiers(code: WalkCode, metric: WalkMetric) {
        var random = SplitMix64(seed: 11)
        for dimension in Array(1...70) + [127, 128, 257, 384, 1_000, 4_096] {
            let rows = Rows(code, metric, count: 9, dimension: dimension, &random)
            let vector = (0..<dimension).map { _ in Float.random(in: -2...2, using: &random) }
            let expected = rows.distances(to: vector, tier: .scalar)
            for tier in KernelTier.allCases where tier.isAvailable {
                let found = rows.distances(to: vector, tier: tier)
                #expect(
                    found.map(\.bitPattern) == expected.map(\.bitPattern),
                    "\(tier), dimension \(dimension)")
            }
        }
    }

    @Test(
        "distances are as near as the codes allow", arguments: WalkCode.allCases,
        WalkMetric.allCases)
    func accuracy(code: WalkCode, metric: WalkMetric) {
        var random = SplitMix64(seed: 12)
        for dimension in [1, 2, 31, 32, 33, 384] {
            let rows = Rows(code, metric, count: 40, dimension: dimension, &random)
            let vector = (0..<dimension).map { _ in Float.random(in: -2...2, using: &random) }
            for (row, found) in rows.distances(to: vector, tier: .selected).enumerated() {
                // What the code has lost, in the worst direction.
                let bound = rows.worstError(row, to: vector)
                let exact = rows.exact(row, to: vector)
                #expect(abs(Double(found) - exact) <= bound, "row \(row), dimension \(dimension)")
            }
        }
    }

    @Test("vectors of zeros and of extremes have codes", arguments: WalkCode.allCases)
    func extremes(code: WalkCode) {
        for value: Float in [0, 1e-38, 1e18, -1e18] {
            let rows = Rows(
                code, .l2, vectors: [[Float](repeating: value, count: 20)], dimension: 20)
            let distance = rows.distances(to: [Float](repeating: 1, count: 20), tier: .selected)[0]
            #expect(!distance.isNaN)
        }
    }
}

/// Encoded rows beside their vectors.
private final class Rows {
    let code: WalkCode
    let metric: WalkMetric
    let dimension: Int
    let layout: CodeLayout
    let vectors: [[Float]]
    private let records: UnsafeMutablePointer<UInt8>
    private let recordBytes: Int

    convenience init(
        _ code: WalkCode, _ metric: WalkMetric, count: Int, dimension: Int,
        _ random: inout SplitMix64
    ) {
        let vectors = (0..<count).map { _ in
            (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
        }
        self.init(code, metric, vectors: vectors, dimension: dimension)
    }

    init(_ code: WalkCode, _ metric: WalkMetric, vectors: [[Float]], dimension: Int) {
        self.code = code
        self.metric = metric
        self.dimension = dimension
        layout = CodeLayout(kind: code, metric: metric, dimension: dimension)
        let recordBytes = layout.recordBytes
        let records = UnsafeMutablePointer<UInt8>.allocate(capacity: vectors.count * recordBytes)
        let layout = layout
        var encoded: [[Float]] = []
        for (row, vector) in vectors.enumerated() {
            var copy = vector
            copy.withUnsafeMutableBufferPointer { buffer in
                if let base = buffer.baseAddress {
                    layout.encode(base, into: records + row * recordBytes)
                }
            }
            encoded.append(copy)
        }
        self.vectors = encoded
        self.records = records
        self.recordBytes = recordBytes
    }

    deinit { records.deallocate() }

    func distances(to vector: [Float], tier: KernelTier) -> [Float] {
        let query = WalkQuery(layout, tier: tier)
        query.prepare(vector)
        var distances = [Float](repeating: 0, count: vectors.count)
        walkScore(
            query.raw, base: records, nodes: (0..<UInt32(vectors.count)).map { $0 },
            count: vectors.count, into: &distances)
        return distances
    }

    private func length(_ vector: [Float]) -> Double {
        vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// By L2 without the query's own square, as the walk has it.
    func exact(_ row: Int, to vector: [Float]) -> Double {
        var dot = zip(vector, vectors[row]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        if metric == .cosine { dot /= max(length(vector), 1e-30) }
        return metric == .l2 ? length(vectors[row]) * length(vectors[row]) - 2 * dot : -dot
    }

    func worstError(_ row: Int, to vector: [Float]) -> Double {
        let residual = UnsafeRawPointer(records + row * recordBytes)
            .load(fromByteOffset: WalkRecord.residual, as: Float.self)
        let query = metric == .cosine ? 1 : length(vector)
        let factor = metric == .l2 ? 2.0 : 1.0
        // The query is rounded too, to one part in at least a thousand.
        return factor * query * (Double(residual) + length(vectors[row]) * 2e-3) + 1e-5
    }
}
