package import NeedletailCore

/// How exact a search is to be: what the query says, once its parameters have values.
///
/// At most one of the first four is given; without any, the session's settings and the engine
/// decide.
package struct SearchOptions: Sendable, Hashable {
    /// Recall at 10 that searches reach where nothing else is said.
    package static let recallDefault = 0.95

    /// The wanted share of the true nearest, above 0 and up to 1.
    package var recall: Double?
    /// Candidates kept in a walk, in ``Limits/efSearchRange``.
    package var efSearch: Int?
    /// Lists visited, in ``Limits/probesRange``.
    package var probes: Int?
    /// No approximate index may answer.
    package var isExact: Bool
    /// Rows that the statement's searches may look at, at least 1.
    package var maxVisited: Int?
    /// How long they may take, at least 1.
    package var timeoutMilliseconds: Int?
    package var strategy = Strategy.auto

    /// How the rows that pass a filter are searched: `WITH (filter = …)`.
    package enum Strategy: String, Sendable, Hashable, CaseIterable {
        /// In the way that costs least.
        case auto
        /// All rows that pass are compared.
        case pre
        /// A walk among the rows that pass.
        case walk = "in"
        /// A walk among all rows, whose candidates are tested one by one.
        case post
    }

    package init(
        recall: Double? = nil, efSearch: Int? = nil, probes: Int? = nil, isExact: Bool = false,
        maxVisited: Int? = nil, timeoutMilliseconds: Int? = nil
    ) {
        self.recall = recall
        self.efSearch = efSearch
        self.probes = probes
        self.isExact = isExact
        self.maxVisited = maxVisited
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Reads `options` with the values of the statement's parameters. A NULL is as good as nothing.
    ///
    /// Errors: 22023 for a parameter whose value is out of range.
    package init(_ options: QueryOptions, parameters: [Value]) throws(DatabaseError) {
        self.init(isExact: options.isExact)
        if let recall = try Self.number(.recall, options, parameters) { self.recall = recall }
        if let width = try Self.number(.efSearch, options, parameters) { efSearch = Int(width) }
        if let lists = try Self.number(.probes, options, parameters) { probes = Int(lists) }
        maxVisited = try Self.number(.maxVisited, options, parameters).map(Self.count)
        timeoutMilliseconds = try Self.number(.timeout, options, parameters).map(Self.count)
        if case .constant(.text(let word))? = options.values[.filter]?.kind {
            strategy = Strategy(rawValue: word) ?? .auto
        }
    }

    private static func count(_ number: Double) -> Int { Int(exactly: number.rounded()) ?? .max }

    private static func number(
        _ name: QueryOptions.Name, _ options: QueryOptions, _ parameters: [Value]
    ) throws(DatabaseError) -> Double? {
        let value: Value
        switch options.values[name]?.kind {
        case .constant(let constant)?: value = constant
        case .parameter(let position)? where parameters.indices.contains(position):
            value = parameters[position]
        default: return nil
        }
        let number: Double
        switch value {
        case .int(let integer): number = Double(integer)
        case .double(let double): number = double
        default: return nil
        }
        try name.check(number)
        return number
    }
}
