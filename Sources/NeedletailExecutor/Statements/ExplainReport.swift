import NeedletailCore
import NeedletailPlanner

/// The rows of `EXPLAIN`.
struct ExplainReport {
    let format: BoundExplain.Format
    /// The plan as it was before it ran.
    let tree: ExplainNode
    let counters: ExecutionCounters
    /// How the search of the plan was to run.
    var account: SearchAccount?
    /// `nil` where the statement was not run.
    var elapsedNanoseconds: Int64?
    /// With `RECALL`.
    var recall: RecallReport?

    func rows() -> [[Value]] {
        switch format {
        case .text: return lines(tree).map { [.text($0)] }
        case .json: return [[.json(.array([json(tree)]))]]
        }
    }

    private func lines(_ tree: ExplainNode) -> [String] {
        var tree = tree
        if let search = tree.firstSearch {
            var details: [ExplainNode.Detail] = []
            if let counters = operatorCounters(search) {
                let work = Self.words(counters.work)
                if !work.isEmpty {
                    details.append(.init(label: "Search", text: work.joined(separator: ", ")))
                }
            }
            for line in account?.details ?? [] {
                details.append(.init(label: line.label, text: line.text))
            }
            tree = tree.adding(details, at: search.path)
        }
        var lines = tree.lines { node in
            let words = [
                node.estimatedRowCount.map { "rows=~\($0)" },
                operatorCounters(node).map(Self.text),
            ].compactMap { $0 }
            return words.isEmpty ? nil : "(\(words.joined(separator: " ")))"
        }
        if let limit = counters.truncated { lines.append("Cut Short: \(limit.rawValue)") }
        lines += recall?.lines ?? []
        if let elapsedNanoseconds {
            lines.append("Execution Time: \(Self.milliseconds(elapsedNanoseconds)) ms")
        }
        return lines
    }

    private func json(_ tree: ExplainNode) -> JSON {
        let search = tree.firstSearch?.path
        let json = tree.json { node in
            let counted = operatorCounters(node)
            var members: [JSONObject.Member] = []
            if let rows = node.estimatedRowCount {
                members.append(.init(key: "Estimated Rows", value: .int(Int64(rows))))
            }
            members += counted.map(Self.members) ?? []
            if node.isSearch, let counted { members += Self.searchMembers(counted.work) }
            if node.path == search { members += account?.members ?? [] }
            return members
        }
        guard case .object(var root) = json else { return json }
        if let limit = counters.truncated { root["Cut Short"] = .string(limit.rawValue) }
        if let recall { root["Recall"] = recall.json }
        if let elapsedNanoseconds {
            root["Execution Time"] = .double(Double(elapsedNanoseconds) / 1e6)
        }
        return .object(root)
    }

    /// What an operator did; the root is at `0`, what feeds it at `0.0`, and so on.
    private func operatorCounters(_ node: ExplainNode) -> OperatorCounters? {
        guard elapsedNanoseconds != nil, node.path.hasPrefix("0") else { return nil }
        return counters.operators[node.path.utf8.count { $0 == UInt8(ascii: ".") }]
    }

    private static func text(_ counters: OperatorCounters) -> String {
        var parts = ["actual rows=\(counters.rows)"]
        if counters.work.visited > 0 { parts.append("visited=\(counters.work.visited)") }
        if counters.work.distances > 0 { parts.append("distances=\(counters.work.distances)") }
        parts.append("time=\(milliseconds(counters.nanoseconds)) ms")
        return parts.joined(separator: " ")
    }

    /// What a search did, of which the line of every operator does not tell.
    private static func words(_ work: WorkCounts) -> [String] {
        let counts = [
            (work.codes, "code compared", "codes compared"),
            (work.filterRows, "row read for the filter", "rows read for the filter"),
            (work.refused, "candidate refused", "candidates refused"),
            (work.widenings, "widening", "widenings"), (work.segments, "segment", "segments"),
            (work.tailRows, "tail row", "tail rows"),
        ]
        return counts.filter { $0.0 > 0 }.map { CountText.plural($0.0, $0.1, $0.2) }
    }

    private static func members(_ counters: OperatorCounters) -> [JSONObject.Member] {
        [
            .init(key: "Actual Rows", value: .int(Int64(counters.rows))),
            .init(key: "Visited", value: .int(Int64(counters.work.visited))),
            .init(key: "Distances", value: .int(Int64(counters.work.distances))),
            .init(key: "Actual Time", value: .double(Double(counters.nanoseconds) / 1e6)),
        ]
    }

    private static func searchMembers(_ work: WorkCounts) -> [JSONObject.Member] {
        [
            .init(key: "Codes", value: .int(Int64(work.codes))),
            .init(key: "Filter Rows", value: .int(Int64(work.filterRows))),
            .init(key: "Refused", value: .int(Int64(work.refused))),
            .init(key: "Widenings", value: .int(Int64(work.widenings))),
            .init(key: "Segments", value: .int(Int64(work.segments))),
            .init(key: "Tail Rows", value: .int(Int64(work.tailRows))),
        ]
    }

    /// Three decimals.
    static func milliseconds(_ nanoseconds: Int64) -> String {
        let microseconds = nanoseconds / 1_000
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction
    }
}
