package import NeedletailCore

/// How a search was to be run, and which other ways were weighed against it.
///
/// Whoever decides writes it down while deciding; `EXPLAIN` prints it.
package struct SearchAccount: Sendable, Hashable {
    /// `in-walk`, `exact over matches` and the like.
    package var strategy: String
    /// Rows that pass the filter; `nil` where nobody counted or estimated them.
    package var matches: Matches?
    /// What the strategy was expected to take.
    package var costMicroseconds: Double?
    package var rejected: [Rejection]
    /// Where the rows that pass are known from, or will be.
    package var source: String?

    package struct Matches: Sendable, Hashable {
        package var count: Int
        /// Of how many rows.
        package var rowCount: Int
        /// Whether `count` was counted, not estimated.
        package var isExact: Bool
        /// By what it was estimated.
        package var basis: String?

        package init(count: Int, rowCount: Int, isExact: Bool, basis: String? = nil) {
            self.count = count
            self.rowCount = rowCount
            self.isExact = isExact
            self.basis = basis
        }

        /// By an estimate of the share that passes: one row at least, unless none can.
        static func estimated(share: Double, of rowCount: Int, by basis: String) -> Matches {
            let rows = share * Double(rowCount)
            return Matches(
                count: rows > 0 ? max(1, Int(rows.rounded())) : 0, rowCount: rowCount,
                isExact: false, basis: basis)
        }

        /// Share of the rows that pass, 0 to 1.
        package var selectivity: Double { rowCount > 0 ? Double(count) / Double(rowCount) : 1 }
    }

    /// A strategy that was not taken.
    package struct Rejection: Sendable, Hashable {
        package var strategy: String
        /// `nil` where it could not be taken at all.
        package var costMicroseconds: Double?
        /// Why not, where the cost alone does not say it.
        package var reason: String?

        package init(_ strategy: String, costMicroseconds: Double?, reason: String? = nil) {
            self.strategy = strategy
            self.costMicroseconds = costMicroseconds
            self.reason = reason
        }
    }

    package init(
        strategy: String, matches: Matches? = nil, costMicroseconds: Double? = nil,
        rejected: [Rejection] = [], source: String? = nil
    ) {
        self.strategy = strategy
        self.matches = matches
        self.costMicroseconds = costMicroseconds
        self.rejected = rejected
        self.source = source
    }
}

extension SearchAccount {
    /// Names of strategies: all rows that pass are compared.
    static let matches = "exact over matches"
    /// A walk among them.
    static let walk = "in-walk"
    /// A walk among all rows, whose candidates are tested.
    static let post = "post-filter"
    static let scan = "exact over all rows"
    /// A walk where there is no filter.
    static let graph = "walk"
    /// Lists are probed.
    static let lists = "probe"

    /// Without what differs from machine to machine and from time to time.
    var withoutCosts: SearchAccount {
        var account = self
        account.costMicroseconds = nil
        account.rejected = rejected.map {
            let reason = $0.costMicroseconds == nil ? $0.reason : nil
            return Rejection($0.strategy, costMicroseconds: nil, reason: reason)
        }
        return account
    }

    /// Labelled lines below the search, as `EXPLAIN` prints them:
    ///
    ///     Strategy: in-walk  (matches 6,120 of 63,666 exact, cost 210 us)
    ///     Rejected: exact over matches (cost 900 us)
    package var details: [(label: String, text: String)] {
        var lines = [(label: "Strategy", text: strategy + Self.parenthesis(facts, "  "))]
        if let source { lines.append(("Set of Slots", source)) }
        if !rejected.isEmpty {
            lines.append(("Rejected", rejected.map(Self.text).joined(separator: ", ")))
        }
        return lines
    }

    private var facts: [String] {
        var facts: [String] = []
        if let matches {
            let about = matches.isExact ? "" : "about "
            let basis = matches.basis.map { " by \($0)" } ?? ""
            facts.append(
                "matches \(about)\(CountText.grouped(matches.count)) of "
                    + CountText.grouped(matches.rowCount)
                    + (matches.isExact ? " exact" : " estimated\(basis)"))
        }
        if let costMicroseconds { facts.append(Self.cost(costMicroseconds)) }
        return facts
    }

    private static func text(_ rejection: Rejection) -> String {
        let cost = rejection.costMicroseconds.map(cost)
        let words = [cost, rejection.reason].compactMap { $0 }.joined(separator: ": ")
        return rejection.strategy + parenthesis(words.isEmpty ? [] : [words], " ")
    }

    private static func cost(_ microseconds: Double) -> String {
        microseconds < 0.5
            ? "cost under 1 us"
            : "cost \(CountText.grouped(Int(clamping: Int64(clamping: microseconds)))) us"
    }

    private static func parenthesis(_ parts: [String], _ gap: String) -> String {
        parts.isEmpty ? "" : "\(gap)(\(parts.joined(separator: ", ")))"
    }

    /// What `EXPLAIN (FORMAT json)` adds to the search.
    package var members: [JSONObject.Member] {
        var members = [JSONObject.Member(key: "Strategy", value: .string(strategy))]
        if let matches {
            members += [
                .init(key: "Matches", value: .int(Int64(matches.count))),
                .init(key: "Matches Are Exact", value: .bool(matches.isExact)),
                .init(key: "Table Rows", value: .int(Int64(matches.rowCount))),
                .init(key: "Selectivity", value: .double(matches.selectivity)),
            ]
            if let basis = matches.basis {
                members.append(.init(key: "Estimated By", value: .string(basis)))
            }
        }
        if let source { members.append(.init(key: "Set of Slots", value: .string(source))) }
        if let costMicroseconds {
            members.append(.init(key: "Cost Microseconds", value: .double(costMicroseconds)))
        }
        let rejections = rejected.map { rejection -> JSON in
            var members = [JSONObject.Member(key: "Strategy", value: .string(rejection.strategy))]
            if let cost = rejection.costMicroseconds {
                members.append(.init(key: "Cost Microseconds", value: .double(cost)))
            }
            if let reason = rejection.reason {
                members.append(.init(key: "Reason", value: .string(reason)))
            }
            return .object(JSONObject(members))
        }
        if !rejections.isEmpty { members.append(.init(key: "Rejected", value: .array(rejections))) }
        return members
    }
}

extension Int64 {
    /// The nearest whole number; 0 for NaN.
    fileprivate init(clamping number: Double) {
        let rounded = number.rounded()
        self = rounded.isNaN ? 0 : Int64(exactly: rounded) ?? (rounded < 0 ? .min : .max)
    }
}
