import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// What `EXPLAIN (ANALYZE, RECALL)` says of an answer: how much of the true one it has.
struct RecallReport {
    /// Rows of the true answer that the text names at most.
    private static let missedShown = 20

    /// A row of the true answer that was not found.
    struct Missed {
        let key: [JSONObject.Member]
        let distance: Double
        /// Its place in the true answer, from 1.
        let rank: Int
    }

    /// Rows of the true answer.
    let count: Int
    let found: Int
    /// Rows that pass the filter and have a distance.
    let matching: Int
    let missed: [Missed]
    /// What the exact check took.
    let nanoseconds: Int64

    /// Holds `answer` against the rows of the same snapshot.
    init(
        _ answer: [TopK.Candidate], of search: CompiledExactSearch, _ run: PlanRun
    ) throws(DatabaseError) {
        let start = MonotonicClock.nanoseconds()
        let ranking = try ExactRanking(search, run)
        nanoseconds = MonotonicClock.nanoseconds() - start
        let reader = try run.scope.reader(search.table)
        count = ranking.count
        found = ranking.hits(in: answer)
        matching = ranking.rows.count
        var missed: [Missed] = []
        for rank in ranking.ranksMissed(by: answer) {
            let row = ranking.rows[rank]
            missed.append(
                Missed(
                    key: try reader.key(at: Slot(row.slot)), distance: row.distance,
                    rank: rank + 1))
        }
        self.missed = missed
    }

    var recall: Double { count == 0 ? 1 : Double(found) / Double(count) }

    /// As the text of `EXPLAIN` has it.
    var lines: [String] {
        var lines = [
            "Recall@\(count): \(CountText.fixed(recall, places: 3)) (\(found) of \(count); "
                + "exact over \(CountText.plural(matching, "matching row", "matching rows")))"
        ]
        lines += missed.prefix(Self.missedShown).map { row in
            "Missed: \(row.key.sqlText) at distance \(CountText.distance(row.distance)), "
                + "rank \(row.rank)"
        }
        let rest = missed.count - Self.missedShown
        if rest > 0 { lines.append("Missed: \(CountText.grouped(rest)) more") }
        lines.append(
            "Exact Check Time: \(ExplainReport.milliseconds(nanoseconds)) ms, not included below")
        return lines
    }

    var json: JSON {
        let missed = missed.map { row -> JSON in
            .object(
                JSONObject([
                    .init(key: "Key", value: .object(JSONObject(row.key))),
                    .init(key: "Distance", value: .double(row.distance)),
                    .init(key: "Rank", value: .int(Int64(row.rank))),
                ]))
        }
        return .object(
            JSONObject([
                .init(key: "K", value: .int(Int64(count))),
                .init(key: "Found", value: .int(Int64(found))),
                .init(key: "Recall", value: .double(recall)),
                .init(key: "Matching Rows", value: .int(Int64(matching))),
                .init(key: "Missed", value: .array(missed)),
                .init(key: "Exact Check Time", value: .double(Double(nanoseconds) / 1e6)),
            ]))
    }
}

extension [JSONObject.Member] {
    /// `id = 7`, or `a = 1, b = 'x'`.
    var sqlText: String {
        map { member in
            let value: BoundExpression =
                switch member.value {
                case .int(let number): .constant(.int(number), .bigint)
                case .string(let text): .constant(.text(text), .text)
                default: .constant(.null, .text)
                }
            return "\(member.key) = \(ExplainText.text(of: value, columns: []))"
        }.joined(separator: ", ")
    }
}
