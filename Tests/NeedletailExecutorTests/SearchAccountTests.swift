import NeedletailCore
import NeedletailExecutor
import Testing

/// What `EXPLAIN` prints of a search's choice.
@Suite struct SearchAccountTests {
    private static let account = SearchAccount(
        strategy: "in-walk",
        matches: .init(count: 6_120, rowCount: 63_666, isExact: true), costMicroseconds: 210,
        rejected: [
            .init("exact over matches", costMicroseconds: 900),
            .init(
                "post-filter", costMicroseconds: 1_400, reason: "1 in 10 candidates passes"),
            .init("pre-filter", costMicroseconds: nil, reason: "no index narrows the filter"),
        ])

    @Test("the strategy comes with its matches and cost, the others with cost and reason")
    func lines() {
        #expect(
            Self.account.details.map { "\($0.label): \($0.text)" } == [
                "Strategy: in-walk  (matches 6,120 of 63,666 exact, cost 210 us)",
                "Rejected: exact over matches (cost 900 us), "
                    + "post-filter (cost 1,400 us: 1 in 10 candidates passes), "
                    + "pre-filter (no index narrows the filter)",
            ])
    }

    @Test("an estimate says so, and what nobody knows is left out")
    func estimates() {
        var account = Self.account
        account.matches?.isExact = false
        account.matches?.basis = "statistics"
        account.costMicroseconds = .infinity
        account.rejected = []
        #expect(
            account.details.map(\.text) == [
                "in-walk  (matches about 6,120 of 63,666 estimated by statistics, "
                    + "cost 9,223,372,036,854,775,807 us)"
            ])
        #expect(
            SearchAccount(strategy: "walk").details.map(\.text) == ["walk"])
    }

    @Test("JSON has the same as members")
    func json() {
        let object = JSONObject(Self.account.members)
        #expect(object["Strategy"] == .string("in-walk"))
        #expect(object["Matches"] == .int(6_120))
        #expect(object["Matches Are Exact"] == .bool(true))
        #expect(object["Selectivity"] == .double(6_120.0 / 63_666))
        #expect(object["Cost Microseconds"] == .double(210))
        guard case .array(let rejected)? = object["Rejected"],
            case .object(let second)? = rejected.dropFirst().first
        else {
            Issue.record("no rejections")
            return
        }
        #expect(rejected.count == 3)
        #expect(second["Reason"] == .string("1 in 10 candidates passes"))
    }
}
