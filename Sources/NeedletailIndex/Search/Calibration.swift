/// Which width of a search reaches which recall, measured when the graph was built.
package struct Calibration: Sendable, Hashable {
    package struct Point: Sendable, Hashable {
        package let ef: Int
        /// Mean recall at 10 over the samples.
        package let recall: Float
        /// The lower end of its one-sided 95 % confidence interval.
        package let lowerBound: Float

        package init(ef: Int, recall: Float, lowerBound: Float) {
            self.ef = ef
            self.recall = recall
            self.lowerBound = lowerBound
        }
    }

    /// Widths that are measured.
    package static let widths = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]
    /// Neighbours that recall is counted over.
    package static let k = 10

    /// By width, ascending.
    package let points: [Point]

    package init(points: [Point]) { self.points = points }

    /// The least width that reaches `recall`; `nil` where none does.
    ///
    /// Queries of another kind than the samples are harder, so it aims for three tenths of what
    /// would be missed besides.
    package func width(for recall: Double) -> Int? {
        let aim = recall + 0.3 * (1 - recall)
        return points.first { Double($0.lowerBound) >= aim }?.ef
    }

    /// A point from the share of right answers of each sample.
    package static func point(ef: Int, shares: [Double]) -> Point {
        guard !shares.isEmpty else { return Point(ef: ef, recall: 1, lowerBound: 1) }
        let count = Double(shares.count)
        let mean = shares.reduce(0, +) / count
        let variance = shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
        let lower = mean - 1.645 * (variance / count).squareRoot()
        return Point(ef: ef, recall: Float(mean), lowerBound: Float(max(0, lower)))
    }
}
