import NeedletailCore
import NeedletailPlanner

/// The rows of `EXPLAIN`.
struct ExplainReport {
    private let explain: BoundExplain
    private let parameters: [BoundParameter]
    private let counters: ExecutionCounters
    /// `nil` where the statement was not run.
    private let elapsedNanoseconds: Int64?

    init(
        _ explain: BoundExplain, parameters: [BoundParameter], counters: ExecutionCounters,
        elapsedNanoseconds: Int64?
    ) {
        self.explain = explain
        self.parameters = parameters
        self.counters = counters
        self.elapsedNanoseconds = elapsedNanoseconds
    }

    func rows() throws(DatabaseError) -> [[Value]] {
        let tree = try ExplainText.describe(explain.statement, parameters: parameters)
        switch explain.format {
        case .text:
            var lines = tree.lines { path in operatorCounters(path).map(Self.text) }
            if let elapsedNanoseconds {
                lines.append("Execution Time: \(Self.milliseconds(elapsedNanoseconds)) ms")
            }
            return lines.map { [.text($0)] }
        case .json:
            let json = tree.json { path in operatorCounters(path).map(Self.members) ?? [] }
            return [[.json(.array([json]))]]
        }
    }

    /// What the operator at `path` did; the root is `0`, what feeds it `0.0`, and so on.
    private func operatorCounters(_ path: String) -> OperatorCounters? {
        guard elapsedNanoseconds != nil, path.hasPrefix("0") else { return nil }
        return counters.operators[path.utf8.count { $0 == UInt8(ascii: ".") }]
    }

    private static func text(_ counters: OperatorCounters) -> String {
        var parts = ["actual rows=\(counters.rows)"]
        if counters.visited > 0 { parts.append("visited=\(counters.visited)") }
        if counters.distances > 0 { parts.append("distances=\(counters.distances)") }
        parts.append("time=\(milliseconds(counters.nanoseconds)) ms")
        return "(\(parts.joined(separator: " ")))"
    }

    private static func members(_ counters: OperatorCounters) -> [JSONObject.Member] {
        [
            JSONObject.Member(key: "Actual Rows", value: .int(Int64(counters.rows))),
            JSONObject.Member(key: "Visited", value: .int(Int64(counters.visited))),
            JSONObject.Member(key: "Distances", value: .int(Int64(counters.distances))),
            JSONObject.Member(
                key: "Actual Time", value: .double(Double(counters.nanoseconds) / 1e6)),
        ]
    }

    /// Three decimals.
    private static func milliseconds(_ nanoseconds: Int64) -> String {
        let microseconds = nanoseconds / 1_000
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction
    }
}
