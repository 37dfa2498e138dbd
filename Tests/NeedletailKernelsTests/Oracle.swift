import NeedletailCore
import NeedletailKernels
import Testing

/// Distances in double, one component after another.
enum Oracle {
    /// A distance, and by how much a kernel with float sums may miss it.
    struct Answer {
        let distance: Double
        let tolerance: Double
    }

    /// Every tier adds up at least 16 sums side by side, then folds them and adds the rest; each
    /// addition rounds by at most 2^-24 of the magnitudes added.
    static func rounding(dimension: Int) -> Double { (Double(dimension) / 16 + 32) * 0x1p-24 }

    static func answer(_ metric: Metric, _ left: [Double], _ right: [Double]) -> Answer {
        let pairs = zip(left, right)
        let rounding = rounding(dimension: left.count)
        switch metric {
        case .l2:
            let sum = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            return Answer(distance: sum.squareRoot(), tolerance: rounding * sum.squareRoot())
        case .innerProduct:
            let sum = pairs.reduce(0) { $0 + $1.0 * $1.1 }
            let magnitude = pairs.reduce(0) { $0 + abs($1.0 * $1.1) }
            return Answer(distance: 0 - sum, tolerance: rounding * magnitude)
        case .l1:
            let sum = pairs.reduce(0) { $0 + abs($1.0 - $1.1) }
            return Answer(distance: sum, tolerance: rounding * sum)
        case .cosine:
            let dot = pairs.reduce(0) { $0 + $1.0 * $1.1 }
            let norms = left.reduce(0) { $0 + $1 * $1 } * right.reduce(0) { $0 + $1 * $1 }
            guard norms > 0 else { return Answer(distance: .nan, tolerance: 0) }
            let cosine = 1 - dot / norms.squareRoot()
            return Answer(distance: min(max(cosine, 0), 2), tolerance: 3 * rounding)
        case .hamming, .jaccard:
            return bits(metric, left, right)
        }
    }

    private static func bits(_ metric: Metric, _ left: [Double], _ right: [Double]) -> Answer {
        let pairs = zip(left, right)
        if metric == .hamming {
            return Answer(distance: Double(pairs.count { $0.0 != $0.1 }), tolerance: 0)
        }
        let shared = Double(pairs.count { $0.0 == 1 && $0.1 == 1 })
        let either = Double(pairs.count { $0.0 == 1 || $0.1 == 1 })
        return Answer(distance: either == 0 ? 0 : 1 - shared / either, tolerance: 0)
    }
}

/// A vector as a row holds it, and as numbers.
struct Sample {
    let bytes: [UInt8]
    let components: [Double]

    /// Floats in -1...1, halves of such, bytes of the whole range, or coin tosses.
    init(_ element: VectorElement, dimension: Int, using random: inout SplitMix64) {
        switch element {
        case .f32:
            let floats = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
            self.init(floats)
        case .f16:
            let floats = (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
            self.init(HalfVector(bits: floats.map(Sample.half)))
        case .int8:
            let bytes = (0..<dimension).map { _ in Int8.random(in: -128...127, using: &random) }
            self.init(bytes)
        case .bit:
            let bytes = (0..<(dimension + 7) / 8).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            self.init(BitVector(count: dimension, bytes: bytes))
        }
    }

    init(_ floats: [Float]) {
        bytes = floats.withUnsafeBytes(Array.init)
        components = floats.map(Double.init)
    }

    init(_ half: HalfVector) {
        bytes = half.bits.withUnsafeBytes(Array.init)
        components = half.components.map(Double.init)
    }

    init(_ signed: [Int8]) {
        bytes = signed.map { UInt8(bitPattern: $0) }
        components = signed.map(Double.init)
    }

    init(_ bits: BitVector) {
        bytes = bits.bytes
        components = (0..<bits.count).map { bits[$0] ? 1 : 0 }
    }

    /// A half for a float of -1...1, by truncation: any half will do here.
    private static func half(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        let exponent = Int(bits >> 23 & 0xFF) - 112
        let sign = UInt16(bits >> 16 & 0x8000)
        return exponent <= 0 ? sign : sign | UInt16(exponent << 10) | UInt16(bits >> 13 & 0x3FF)
    }
}

/// A metric and an element type that go together.
struct Pairing: Sendable, CustomTestStringConvertible {
    let metric: Metric
    let element: VectorElement

    var testDescription: String { "\(metric.rawValue) of \(element.rawValue)" }

    static let all = VectorElement.allCases.flatMap { element in
        element.metrics.map { Pairing(metric: $0, element: element) }
    }

    static let ofFloats = all.filter { $0.element == .f32 || $0.element == .f16 }

    static let ofIntegers = all.filter { $0.element == .int8 || $0.element == .bit }

    func kernel(_ dimension: Int, _ tier: KernelTier = .selected) throws -> DistanceKernel {
        try #require(
            DistanceKernel(metric: metric, element: element, dimension: dimension, tier: tier))
    }
}

/// The tiers that this machine can run.
let availableTiers = KernelTier.allCases.filter(\.isAvailable)

extension DistanceKernel {
    func prepared(_ sample: Sample) throws -> PreparedQuery {
        try #require(sample.bytes.withUnsafeBytes { prepare(bytes: $0) })
    }

    func distance(_ query: PreparedQuery, to sample: Sample) -> Double {
        distance(query, toRowAt: sample.bytes)
    }
}
