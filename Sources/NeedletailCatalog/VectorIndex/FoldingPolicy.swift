import NeedletailCore

/// What becomes of the tail and the segments of an index.
///
/// While commits arrive, searches and writers need the processors: only the tail is taken in, with
/// little effort, into a segment that was made that way and is not much larger than it. When it is
/// quiet, everything is folded into the largest segment with all effort; a tail that would wait
/// long for the end of that is taken in by itself first.
package struct FoldingPolicy {
    /// What the policy knows of a segment.
    package struct Part: Sendable {
        package var number: UInt64
        package var rowCount: Int
        /// Rows that are still there.
        package var liveCount: Int
        package var roughness: GraphRoughness

        package init(number: UInt64, rowCount: Int, liveCount: Int, roughness: GraphRoughness) {
            self.number = number
            self.rowCount = rowCount
            self.liveCount = liveCount
            self.roughness = roughness
        }

        /// Whether it was made in a hurry, for the most part.
        var isYoung: Bool { roughness.hurriedCount * 2 > rowCount }

        /// Whether it lost a quarter of its rows. Of few rows, nobody feels it.
        var isSparse: Bool {
            rowCount >= Limits.graphTailRowsMax && (rowCount - liveCount) * 4 > rowCount
        }

        /// Whether more than a quarter of it is rough, or will be once it is healed.
        var isRough: Bool {
            let rough =
                roughness.hurriedCount + roughness.healedCount + rowCount - liveCount
            return rowCount >= Limits.graphTailRowsMax && rough * 4 > rowCount
        }
    }

    /// A segment that is made of the tail and of others.
    package struct Step: Sendable, Equatable {
        /// Numbers of the segments that it takes the place of.
        package var taken: Set<UInt64>
        package var isHurried: Bool
        /// Whether no graph of theirs is used.
        package var isFresh: Bool

        package init(taken: Set<UInt64>, isHurried: Bool, isFresh: Bool) {
            self.taken = taken
            self.isHurried = isHurried
            self.isFresh = isFresh
        }
    }

    package static let segmentsMax = 6
    /// How many times the rows of the tail a segment may have that the tail is inserted into: it is
    /// written anew.
    package static let youngRowsPerTailRow = 64
    /// Rows of a segment that everything is folded into before anybody minds the tail.
    package static let quicklyFoldedRows = 1 << 16
    private static let quietNanosecondsMin: Int64 = 2_000_000_000
    /// Of doublings: a minute at most.
    private static let doublingsMax = 5

    /// Without a commit, before it is quiet: the longer, the more often in a row what was begun
    /// then was put off because rows arrived after all.
    package static func quietNanoseconds(putOff: Int) -> Int64 {
        quietNanosecondsMin << Int64(min(max(0, putOff), doublingsMax))
    }

    /// What to do next; `nil` where nothing is worth it.
    ///
    /// - Parameter hasDamage: whether there are segments that cannot be used, so that their rows
    ///   are in the tail.
    package static func step(
        _ segments: [Part], tailCount: Int, hasDamage: Bool, isQuiet: Bool
    ) -> Step? {
        let isLong = tailCount >= Limits.graphTailRowsMax || hasDamage
        let ordered = segments.sorted { ($0.rowCount, $0.number) < ($1.rowCount, $1.number) }
        guard let largest = ordered.last else {
            return isLong ? Step(taken: [], isHurried: false, isFresh: true) : nil
        }
        let sparse = segments.filter(\.isSparse).map(\.number)
        let waitsLong =
            sparse.isEmpty && tailCount >= Limits.graphTailRowsMax
            && largest.rowCount > max(quicklyFoldedRows, 8 * tailCount)
        if isQuiet, !waitsLong {
            guard isLong || segments.count > 1 || !sparse.isEmpty || largest.isRough else {
                return nil
            }
            return Step(
                taken: Set(segments.map(\.number)), isHurried: false, isFresh: largest.isRough)
        }
        guard sparse.isEmpty else {
            return Step(taken: Set(sparse), isHurried: false, isFresh: true)
        }
        guard isLong else { return nil }
        let young = ordered.last {
            $0.isYoung && $0.rowCount <= youngRowsPerTailRow * tailCount
        }
        if let young { return Step(taken: [young.number], isHurried: true, isFresh: false) }
        let merged = segments.count < segmentsMax ? [] : ordered.prefix(2).map(\.number)
        return Step(taken: Set(merged), isHurried: true, isFresh: false)
    }
}
