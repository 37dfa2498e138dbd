import NeedletailCore

/// The options in `WITH (…)` at the end of a query.
///
/// Constants are checked when they are bound, parameters once their values are there: see
/// ``SearchOptions``.
package struct QueryOptions: Sendable, Hashable {
    /// `exact`: no approximate index may answer.
    package var isExact = false
    /// The others, by name.
    package var values: [Name: BoundExpression] = [:]

    package enum Name: String, Sendable, Hashable, CaseIterable {
        /// Wanted share of the true nearest, above 0 and up to 1; double precision.
        case recall
        /// Candidates kept in a graph walk; bigint.
        case efSearch = "ef_search"
        /// Lists visited; bigint.
        case probes
        /// Candidates for each wanted row that are scored again; double precision.
        case rescore
        /// Rows to look at, at least 1; bigint.
        case maxVisited = "max_visited"
        /// Milliseconds, at least 1; bigint.
        case timeout
        /// `auto`, `pre`, `in` or `post`; text.
        case filter
        /// The name of an index, or `none`; text.
        case index
    }

    package init() {}
}

extension QueryOptions.Name {
    /// 22023 for a number outside the option's range.
    func check(_ number: Double, at range: SourceRange? = nil) throws(DatabaseError) {
        let (isValid, allowed): (Bool, String) =
            switch self {
            case .recall: (number > 0 && number <= 1, "above 0 and up to 1")
            case .efSearch: Self.test(number, Limits.efSearchRange)
            case .probes: Self.test(number, Limits.probesRange)
            case .rescore: Self.test(number, Limits.rescoreRange)
            case .maxVisited: (number >= 1, "at least 1")
            case .timeout: (number >= 1, "at least 1 ms")
            case .filter, .index: (true, "")
            }
        guard !isValid else { return }
        let shown = Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        throw DatabaseError(
            .invalidParameter,
            "\(shown) is outside the valid range for parameter \"\(rawValue)\" (\(allowed))",
            position: range)
    }

    private static func test(_ number: Double, _ range: ClosedRange<Int>) -> (Bool, String) {
        let isInside = number >= Double(range.lowerBound) && number <= Double(range.upperBound)
        return (isInside, "\(range.lowerBound) .. \(range.upperBound)")
    }
}
