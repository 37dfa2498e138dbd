/// What the ways to the nearest of the rows that pass a filter would cost, over all segments, in
/// nanoseconds.
struct WeighedStrategies {
    /// All rows that pass compared.
    var matches = 0.0
    /// A walk among them; `nil` where none reaches the recall that is wanted.
    var walk: Double? = 0.0
    /// A walk among all rows, as wide as leaves enough, and a test for every candidate.
    var post: Double? = 0.0
    /// All rows compared.
    var scan = 0.0
    /// Whether the rows that pass are farther from the query than others.
    var isOpposed = false

    mutating func add(_ other: WeighedStrategies) {
        matches += other.matches
        walk = sum(walk, other.walk)
        post = sum(post, other.post)
        scan += other.scan
        isOpposed = isOpposed || other.isOpposed
    }

    private func sum(_ left: Double?, _ right: Double?) -> Double? {
        guard let left, let right else { return nil }
        return left + right
    }

    /// - Parameter walked: whether a walk was made.
    func account(walked: Bool, _ counted: SearchAccount.Matches) -> SearchAccount {
        let beyond = "no width of a walk reaches the recall"
        let away = isOpposed ? "the rows that pass lie away from the query" : nil
        var rejected: [SearchAccount.Rejection] = []
        if walked {
            rejected.append(.init("exact over matches", costMicroseconds: matches / 1_000))
        } else if counted.count > 0, scan > 0 {
            rejected.append(
                .init(
                    "in-walk", costMicroseconds: walk.map { $0 / 1_000 },
                    reason: walk == nil ? beyond : away))
        }
        if scan > 0 {
            rejected.append(
                .init(
                    "post-filter", costMicroseconds: post.map { $0 / 1_000 },
                    reason: post == nil ? beyond : nil))
            rejected.append(.init("exact over all rows", costMicroseconds: scan / 1_000))
        }
        let cost = walked ? walk : matches
        return SearchAccount(
            strategy: walked ? "in-walk" : "exact over matches", matches: counted,
            costMicroseconds: scan > 0 ? cost.map { $0 / 1_000 } : nil, rejected: rejected)
    }
}
