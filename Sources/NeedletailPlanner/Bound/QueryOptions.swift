/// The options in `WITH (…)` at the end of a query.
///
/// Constants are checked when they are bound; parameters must be checked against the same ranges
/// when their values are there.
package struct QueryOptions: Sendable, Hashable {
    /// `exact`: no approximate index may answer.
    package var isExact = false
    /// The others, by name.
    package var values: [Name: BoundExpression] = [:]

    package enum Name: String, Sendable, Hashable, CaseIterable {
        /// Wanted share of the true nearest, above 0 and up to 1; double precision.
        case recall
        /// Candidates kept in a graph walk, 1 to 1000; bigint.
        case efSearch = "ef_search"
        /// Lists visited, 1 to 32768; bigint.
        case probes
        /// Candidates for each wanted row that are scored again, 1 to 100; double precision.
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
