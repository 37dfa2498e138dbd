import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("Walk codes")
struct CodeTests {
    private static let dimensions = Array(1...70) + [127, 128, 129, 257, 384, 1_000, 4_096]

    @Test("codes of integers serve three metrics, floats L1 too, bits their own")
    func served() {
        #expect(CodePair.all.count == 3 + 3 + 4 + 4 + 2 + 3)
        #expect(WalkCode.allCases.filter { $0.serves(.l1) } == [.f32, .f16])
        #expect(WalkCode.allCases.filter { $0.serves(.hamming) } == [.bits])
    }

    @Test(
        "every tier comes to the same distances: bit for bit by integers, nearly by floats",
        arguments: CodePair.all)
    func tiers(pair: CodePair) {
        var random = SplitMix64(seed: 11)
        for dimension in Self.dimensions {
            let rows = Rows(pair, count: 9, dimension: dimension, &random)
            let vector = rows.query(&random)
            let expected = rows.distances(to: vector, tier: .scalar)
            for tier in KernelTier.allCases where tier.isAvailable {
                let found = rows.distances(to: vector, tier: tier)
                if pair.code == .f32 || pair.code == .f16 {
                    let error = Float(dimension).squareRoot() * 4e-6
                    #expect(
                        zip(found, expected).allSatisfy { abs($0 - $1) <= error * (1 + abs($1)) },
                        "\(tier), dimension \(dimension)")
                } else {
                    #expect(
                        found.map(\.bitPattern) == expected.map(\.bitPattern),
                        "\(tier), dimension \(dimension)")
                }
            }
        }
    }

    @Test("distances are as near as the codes allow", arguments: CodePair.all)
    func accuracy(pair: CodePair) {
        var random = SplitMix64(seed: 12)
        for dimension in [1, 2, 31, 32, 33, 129, 384] {
            let rows = Rows(pair, count: 40, dimension: dimension, &random)
            let vector = rows.query(&random)
            for (row, found) in rows.distances(to: vector, tier: .selected).enumerated() {
                // What the code has lost, in the worst direction.
                let bound = rows.worstError(row, to: vector)
                let exact = rows.exact(row, to: vector)
                #expect(abs(Double(found) - exact) <= bound, "row \(row), dimension \(dimension)")
            }
        }
    }

    @Test("a query's components are rounded to the nearest level, halves away from zero")
    func levels() {
        // The greatest level is 8191, so that levels are the components themselves.
        var vector: [Float] = [8_191, 0.5, 1.5, 2.5, -0.5, -1.5, 0.499_999_97, 4_096.5, -8_190.5]
        vector += [0, -0.0, 1, -3, 0.1, 0.75, 8_190.499]
        let hot = vector.indices.map { place in
            vector.indices.map { $0 == place ? Float(1) : 0 }
        }
        let pair = CodePair(code: .int8, metric: .innerProduct)
        let rows = Rows(pair, vectors: hot, dimension: vector.count)
        for (place, found) in rows.distances(to: vector, tier: .selected).enumerated() {
            #expect(abs(found + vector[place].rounded()) < 2e-3, "\(vector[place])")
        }
    }

    @Test("estimates by signs have no bias, and are as far off as their residuals say")
    func signs() {
        var random = SplitMix64(seed: 14)
        for dimension in [100, 384, 1_000] {
            let pair = CodePair(code: .signs, metric: .cosine)
            let rows = Rows(pair, count: 2_000, dimension: dimension, &random)
            let query = WalkQuery(rows.layout)
            let vector = rows.query(&random)
            query.prepare(vector)
            var (sum, within) = (0.0, 0)
            for (row, found) in rows.distances(to: vector, tier: .selected).enumerated() {
                let error = Double(found) - rows.exact(row, to: vector)
                sum += error
                // Twice the standard deviation.
                if abs(error) <= Double(query.uncertainty(of: rows.record(row))) { within += 1 }
            }
            #expect(abs(sum / 2_000) < 0.1 / Double(dimension).squareRoot())
            #expect((1_850...1_990).contains(within), "\(within) of 2000, dimension \(dimension)")
        }
    }

    @Test("components that no half reaches have codes of halves all the same")
    func scaledHalves() {
        for magnitude: Float in [1e-30, 1e-6, 1, 1e6, 1e15] {
            let vectors = [[1, -0.5, 0.25], [0.75, 0.5, -1]].map { $0.map { $0 * magnitude } }
            let rows = Rows(CodePair(code: .f16, metric: .l1), vectors: vectors, dimension: 3)
            let found = rows.distances(to: vectors[0], tier: .selected)
            #expect(found[0] <= 1e-3 * magnitude)
            #expect(abs(found[1] / magnitude - 2.5) < 1e-2)
        }
    }

    @Test("vectors of zeros and of extremes have codes", arguments: CodePair.all)
    func extremes(pair: CodePair) {
        for value: Float in pair.code == .bits
            ? [0, 1] : [0, 1e-38, .leastNonzeroMagnitude, 1e18, -1e18]
        {
            let rows = Rows(
                pair, vectors: [[Float](repeating: value, count: 20)], dimension: 20)
            let distance = rows.distances(to: [Float](repeating: 1, count: 20), tier: .selected)[0]
            #expect(!distance.isNaN)
        }
    }
}

/// Encoded rows beside their vectors.
private final class Rows {
    let pair: CodePair
    let dimension: Int
    let layout: CodeLayout
    /// As they were encoded: of length 1 by cosine.
    let vectors: [[Float]]
    private let records: UnsafeMutablePointer<UInt8>
    private let recordBytes: Int

    convenience init(
        _ pair: CodePair, count: Int, dimension: Int, _ random: inout SplitMix64
    ) {
        let vectors = (0..<count).map { _ in
            (0..<dimension).map { _ in
                pair.code == .bits
                    ? Float(Int.random(in: 0...1, using: &random))
                    : Float.random(in: -1...1, using: &random)
            }
        }
        self.init(pair, vectors: vectors, dimension: dimension)
    }

    init(_ pair: CodePair, vectors: [[Float]], dimension: Int) {
        self.pair = pair
        self.dimension = dimension
        let layout = CodeLayout(kind: pair.code, metric: pair.metric, dimension: dimension)
        self.layout = layout
        let recordBytes = layout.recordBytes
        let records = UnsafeMutablePointer<UInt8>.allocate(capacity: vectors.count * recordBytes)
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

    func record(_ row: Int) -> UnsafePointer<UInt8> { UnsafePointer(records + row * recordBytes) }

    func query(_ random: inout SplitMix64) -> [Float] {
        (0..<dimension).map { _ in
            pair.code == .bits
                ? Float(Int.random(in: 0...1, using: &random))
                : Float.random(in: -2...2, using: &random)
        }
    }

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

    /// By L2 without the query's own square where the walk leaves it out.
    func exact(_ row: Int, to vector: [Float]) -> Double {
        func sum(_ term: (Double, Double) -> Double) -> Double {
            zip(vector, vectors[row]).reduce(0) { $0 + term(Double($1.0), Double($1.1)) }
        }
        switch pair.metric {
        case .l2:
            let left = length(vector)
            return sum { ($0 - $1) * ($0 - $1) } - (layout.hasTerms ? left * left : 0)
        case .innerProduct: return -sum { $0 * $1 }
        case .cosine: return -sum { $0 * $1 } / max(length(vector), 1e-30)
        case .l1: return sum { abs($0 - $1) }
        case .hamming: return sum { abs($0 - $1) }
        case .jaccard:
            let either = sum { max($0, $1) }
            return either == 0 ? 0 : 1 - sum { min($0, $1) } / either
        }
    }

    func worstError(_ row: Int, to vector: [Float]) -> Double {
        let residual = Double(
            UnsafeRawPointer(record(row)).load(
                fromByteOffset: WalkRecord.residual, as: Float.self))
        let query = pair.metric == .cosine ? 1 : length(vector)
        let own = length(vectors[row])
        switch pair.metric {
        case .hamming, .jaccard: return 1e-6
        case .l1: return residual * Double(dimension).squareRoot() + (query + own) * 2e-3
        case .l2 where !layout.hasTerms:
            return 2 * residual * (query + own) + residual * residual + (query + own) * 2e-3
        default:
            // The query is rounded too, to one part in at least a thousand; by signs to one in a
            // hundred of a vector that is longer than the row by what it has lost.
            let rounding = pair.code == .signs ? 3e-2 * (residual + own) : 2e-3 * own
            return (pair.metric == .l2 ? 2 : 1) * query * (residual + rounding) + 1e-5
        }
    }
}
