/// What a sample of a table's rows says of one column.
///
/// Shares are of all rows, from 0 to 1. For estimates, never for answers.
package struct ColumnStatistics: Sendable, Hashable {
    /// When they were gathered, and from what.
    package struct Gathering: Sendable, Hashable {
        /// Rows that the table had.
        package var rowCount: Int
        /// Rows that were looked at.
        package var sampleCount: Int
        /// The last commit that the sample shows.
        package var sequence: UInt64
        package var time: Timestamp

        package init(rowCount: Int, sampleCount: Int, sequence: UInt64, time: Timestamp) {
            self.rowCount = rowCount
            self.sampleCount = sampleCount
            self.sequence = sequence
            self.time = time
        }
    }

    /// A value that many rows have; of an array column, an element.
    package struct FrequentValue: Sendable, Hashable {
        package var value: Value
        /// Rows that have it.
        package var share: Double

        package init(value: Value, share: Double) {
            self.value = value
            self.share = share
        }
    }

    package var gathering: Gathering
    package var nullShare: Double
    /// Different values besides NULL; `nil` for arrays, documents and vectors.
    package var distinctCount: Double?
    /// Whether `distinctCount` was counted, not estimated.
    package var isDistinctExact: Bool
    /// Bytes of a value that is not NULL.
    package var averageWidth: Double
    /// The commonest first.
    package var common: [FrequentValue]
    /// Between every two of them, in order, lie as many of the rows that have none of the common
    /// values. Long texts are cut.
    package var bounds: [Value]

    package init(
        gathering: Gathering, nullShare: Double = 0, distinctCount: Double? = nil,
        isDistinctExact: Bool = false, averageWidth: Double = 0, common: [FrequentValue] = [],
        bounds: [Value] = []
    ) {
        self.gathering = gathering
        self.nullShare = nullShare
        self.distinctCount = distinctCount
        self.isDistinctExact = isDistinctExact
        self.averageWidth = averageWidth
        self.common = common
        self.bounds = bounds
    }

    /// Rows that have a value which is not among the common ones.
    package var restShare: Double {
        max(0, 1 - nullShare - common.reduce(0) { $0 + $1.share })
    }
}

extension ColumnStatistics {
    /// Whether values of `type` have an order that statistics know.
    package static func orders(_ type: ValueType) -> Bool {
        switch type {
        case .boolean, .smallint, .int, .bigint, .real, .double, .text, .bytea, .timestamptz,
            .date, .uuid:
            true
        case .jsonb, .array, .vector, .halfvec, .bit, .unknown: false
        }
    }

    /// How two values of one column are ordered, as by its indexes: negative, zero or positive;
    /// `nil` where they are of different kinds or of none that is ordered.
    package static func order(_ left: Value, _ right: Value) -> Int? {
        switch (left, right) {
        case (.int(let left), .int(let right)): order(left, right)
        case (.double(let left), .double(let right)): order(left, right)
        case (.int(let left), .double(let right)): order(Double(left), right)
        case (.double(let left), .int(let right)): order(left, Double(right))
        case (.bool(let left), .bool(let right)): order(left ? 1 : 0, right ? 1 : 0)
        case (.text(let left), .text(let right)): bytes(left.utf8, right.utf8)
        case (.bytes(let left), .bytes(let right)): bytes(left, right)
        case (.timestamp(let left), .timestamp(let right)): order(left, right)
        case (.date(let left), .date(let right)): order(left, right)
        case (.uuid(let left), .uuid(let right)):
            left.high != right.high ? order(left.high, right.high) : order(left.low, right.low)
        default: nil
        }
    }

    private static func order<T: Comparable>(_ left: T, _ right: T) -> Int {
        left < right ? -1 : (left == right ? 0 : 1)
    }

    /// NaN is greater than all numbers.
    private static func order(_ left: Double, _ right: Double) -> Int {
        if left.isNaN || right.isNaN { return order(left.isNaN ? 1 : 0, right.isNaN ? 1 : 0) }
        return left < right ? -1 : (left == right ? 0 : 1)
    }

    private static func bytes(
        _ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>
    ) -> Int {
        if left.lexicographicallyPrecedes(right) { return -1 }
        return right.lexicographicallyPrecedes(left) ? 1 : 0
    }
}
