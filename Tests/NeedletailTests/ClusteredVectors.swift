import Needletail

/// Vectors around a few centres, the same for the same seed.
struct ClusteredVectors {
    static let dimension = 16

    var random: SplitMix64
    private let centers: [[Float]]

    /// - Parameter shift: how far in each component all are from where they are without it.
    init(seed: UInt64, shift: Float = 0) {
        var random = SplitMix64(seed: seed)
        centers = (0..<24).map { _ in
            (0..<Self.dimension).map { _ in Float.random(in: -1...1, using: &random) + shift }
        }
        self.random = random
    }

    mutating func next() -> [Float] {
        let center = centers[Int.random(in: 0..<centers.count, using: &random)]
        return center.map { $0 + Float.random(in: -0.3...0.3, using: &random) }
    }
}
