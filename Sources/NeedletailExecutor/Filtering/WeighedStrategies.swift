import NeedletailPlanner

/// What the ways to the nearest of the rows that pass a filter would cost, over all segments, in
/// nanoseconds.
struct WeighedStrategies {
    /// All rows that pass compared.
    var matches = 0.0
    /// A walk among them; `nil` where none reaches the recall that is wanted.
    var walk: Double? = 0.0
    /// A walk among all rows, as wide as leaves enough, and a test for every candidate.
    var post: Double? = 0.0
    /// A walk without a filter, of the width that the recall takes.
    var plain: Double? = 0.0
    /// All rows compared.
    var scan = 0.0
    /// Whether the rows that pass are farther from the query than others.
    var isOpposed = false
    /// Whether too few rows that pass are within the steps of a walk.
    var isOutOfReach = false

    mutating func add(_ other: WeighedStrategies) {
        matches += other.matches
        walk = sum(walk, other.walk)
        post = sum(post, other.post)
        plain = sum(plain, other.plain)
        scan += other.scan
        isOpposed = isOpposed || other.isOpposed
        isOutOfReach = isOutOfReach || other.isOutOfReach
    }

    private func sum(_ left: Double?, _ right: Double?) -> Double? {
        guard let left, let right else { return nil }
        return left + right
    }
}

extension WeighedStrategies {
    private static let beyond = "no width of a walk reaches the recall"

    /// The account of a search whose rows that pass are known, or will be before it begins.
    ///
    /// - Parameters:
    ///   - walked: whether a walk is made.
    ///   - wish: what the statement asks for.
    func account(
        walked: Bool, wish: SearchOptions.Strategy, _ counted: SearchAccount.Matches
    ) -> SearchAccount {
        let cost = walked ? walk ?? matches : matches
        let least = walked ? exactRejection(wish, cost) : walkRejection(wish, counted, cost)
        let unweighed = "not weighed where the matches are known"
        return SearchAccount(
            strategy: walked ? SearchAccount.walk : SearchAccount.matches, matches: counted,
            costMicroseconds: cost / 1_000,
            rejected: [
                least,
                rejection(
                    SearchAccount.post, post,
                    post == nil ? Self.beyond : Self.times(post, cost) ?? unweighed),
                rejection(SearchAccount.scan, scan, Self.times(scan, cost) ?? unweighed),
            ])
    }

    /// The account of a search that tests the filter candidate by candidate.
    ///
    /// - Parameters:
    ///   - why: why the rows that pass are not known.
    ///   - finding: what it would take to find them.
    func postAccount(
        _ counted: SearchAccount.Matches, why: String, finding: Double
    ) -> SearchAccount {
        SearchAccount(
            strategy: SearchAccount.post, matches: counted,
            costMicroseconds: post.map { $0 / 1_000 },
            rejected: [
                rejection(SearchAccount.matches, matches + finding, why),
                rejection(
                    SearchAccount.walk, walk.map { $0 + finding },
                    walk == nil ? Self.beyond : why),
                rejection(
                    SearchAccount.scan, scan,
                    Self.times(scan, post ?? scan) ?? "only where too few candidates pass"),
            ])
    }

    /// The account of a search without a filter.
    func unfilteredAccount() -> SearchAccount {
        guard let walk = plain else { return scanAccount(why: Self.beyond) }
        return SearchAccount(
            strategy: SearchAccount.graph, costMicroseconds: walk / 1_000,
            rejected: [
                rejection(
                    SearchAccount.scan, scan,
                    Self.times(scan, walk) ?? "only where a walk finds too few rows")
            ])
    }

    /// The account of a search that compares all rows.
    func scanAccount(why: String) -> SearchAccount {
        SearchAccount(
            strategy: SearchAccount.scan, costMicroseconds: scan / 1_000,
            rejected: [rejection(SearchAccount.graph, plain, why)])
    }

    private func exactRejection(
        _ wish: SearchOptions.Strategy, _ cost: Double
    ) -> SearchAccount.Rejection {
        let reason =
            wish == .walk
            ? "WITH (filter = in) asks for a walk"
            : Self.times(matches, cost) ?? "some segments are searched so"
        return rejection(SearchAccount.matches, matches, reason)
    }

    private func walkRejection(
        _ wish: SearchOptions.Strategy, _ counted: SearchAccount.Matches, _ cost: Double
    ) -> SearchAccount.Rejection {
        let reason =
            if counted.count == 0 {
                "no row passes"
            } else if wish == .pre {
                "WITH (filter = pre) asks for all matches"
            } else if walk == nil {
                Self.beyond
            } else if isOutOfReach {
                "too few matches within its steps"
            } else if isOpposed {
                "the rows that pass lie away from the query"
            } else {
                Self.times(walk, cost) ?? "not so much cheaper that it is worth missing rows"
            }
        return rejection(SearchAccount.walk, walk, reason)
    }

    private func rejection(
        _ name: String, _ nanoseconds: Double?, _ reason: String
    ) -> SearchAccount.Rejection {
        .init(name, costMicroseconds: nanoseconds.map { $0 / 1_000 }, reason: reason)
    }

    /// `3.2 times the cost`; `nil` where it is not more.
    private static func times(_ other: Double?, _ cost: Double) -> String? {
        guard let other, cost > 0, other > cost else { return nil }
        return "\(CountText.fixed(other / cost, places: 1)) times the cost"
    }
}
