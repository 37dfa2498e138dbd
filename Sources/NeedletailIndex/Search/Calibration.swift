/// Which width of a walk reaches which recall, for easy queries and for hard ones, as measured when
/// the graph was built.
///
/// How hard a query is, a first narrow walk tells: the farther the nearest rows are, the less the
/// graph was made for it. A band is a range of that distance with a curve of its own.
package struct Calibration: Sendable, Hashable {
    package struct Band: Sendable, Hashable {
        /// The greatest ``GraphSearch/difficulty`` of its samples.
        package let difficulty: Float
        /// For each of ``Calibration/widths``, the lower end of the one-sided 95 % confidence
        /// interval of the mean recall at ``Calibration/k``.
        package let recalls: [Float]

        package init(difficulty: Float, recalls: [Float]) {
            self.difficulty = difficulty
            self.recalls = recalls
        }

        /// The least width that reaches `recall`; `nil` where none does.
        ///
        /// Where one does, it aims for two fifths of what would be missed besides: real queries
        /// may be of another kind than the samples.
        func width(for recall: Double) -> Int? {
            func least(_ aim: Double) -> Int? {
                zip(widths, recalls).first { Double($1) >= aim }?.0
            }
            return least(recall + 0.4 * (1 - recall)) ?? least(recall)
        }
    }

    /// Widths that are measured.
    package static let widths = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]
    /// Neighbours that recall is counted over, and the rank whose distance is the difficulty.
    package static let k = 10
    package static let bandsMax = 16

    /// From the easiest to the hardest; empty where the graph is too small to be measured.
    package let bands: [Band]

    package init(bands: [Band]) { self.bands = bands }

    /// What the walk that finds the band begins with; `nil` where no query reaches `recall`.
    package func firstWidth(for recall: Double) -> Int? {
        bands.compactMap { $0.width(for: recall) }.min()
    }

    /// The least width that reaches `recall` for queries of this difficulty; `nil` where none does.
    package func width(for recall: Double, difficulty: Float) -> Int? {
        if let band = bands.first(where: { difficulty <= $0.difficulty }) {
            return band.width(for: recall)
        }
        // Harder than all samples.
        return bands.last?.width(for: recall).map { 2 * $0 }
    }

    /// The bands of samples whose difficulty and recall at each width were measured.
    package init(samples: [(difficulty: Float, recalls: [Double])], bandCount: Int) {
        let ordered = samples.sorted { $0.difficulty < $1.difficulty }
        var bands: [Band] = []
        var start = 0
        for band in 1...bandCount {
            // Narrower towards the hard end, where the curves differ most.
            let share = 1 - 1 / Double(1 << band) * (band == bandCount ? 0 : 1.25)
            let end = Int((Double(ordered.count) * share).rounded())
            guard end > start else { continue }
            let members = ordered[start..<end]
            bands.append(
                Band(
                    difficulty: ordered[end - 1].difficulty,
                    recalls: Self.widths.indices.map { place in
                        Self.lowerBound(members.map { $0.recalls[place] })
                    }))
            start = end
        }
        self.bands = bands
    }

    /// Of the mean of some recalls, with one-sided confidence of 95 %.
    package static func lowerBound(_ recalls: [Double]) -> Float {
        let count = Double(recalls.count)
        let mean = recalls.reduce(0, +) / count
        let variance =
            recalls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
        return Float(max(0, mean - 1.645 * (variance / count).squareRoot()))
    }
}
