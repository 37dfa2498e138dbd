import NeedletailBitmap
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
    /// To bind, plan and compile; `nil` where it is not to be told.
    var planningNanoseconds: Int64?
    /// `nil` where the statement was not run.
    var elapsedNanoseconds: Int64?
    /// Whether ``elapsedNanoseconds`` is to be told.
    var tellsTime = true
    /// Whether parameters were given no values.
    var lacksParameters = false
    /// With `RECALL`.
    var recall: RecallReport?

    private static let unbound = "given no values; estimates are for values in the mean"

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
            if account != nil, elapsedNanoseconds != nil, hasChosen {
                details.append(.init(label: "Chosen In", text: choiceText))
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
        if let pages = counters.pages, elapsedNanoseconds != nil {
            lines.append("Pages Touched: \(CountText.grouped(pages.count))")
        }
        if lacksParameters { lines.append("Parameters: \(Self.unbound)") }
        if let planningNanoseconds {
            lines.append("Planning Time: \(Self.milliseconds(planningNanoseconds)) ms")
        }
        if tellsTime, let elapsedNanoseconds {
            lines.append("Execution Time: \(Self.milliseconds(elapsedNanoseconds)) ms")
        }
        return lines
    }

    /// Whether ways were weighed: without a filter none are.
    private var hasChosen: Bool { counters.choice.finding > 0 || counters.choice.weighing > 0 }

    private var choiceText: String {
        let times = counters.choice
        let weighing = max(0, times.weighing - times.sampling)
        return "\(Self.milliseconds(weighing)) ms, the set of slots found in "
            + "\(Self.milliseconds(times.finding)) ms, a sample asked in "
            + "\(Self.milliseconds(times.sampling)) ms"
    }

    private var choiceMembers: [JSONObject.Member] {
        let times = counters.choice
        let members = [
            ("Finding Time", times.finding),
            ("Choosing Time", max(0, times.weighing - times.sampling)),
            ("Sampling Time", times.sampling),
        ]
        return members.map { .init(key: $0.0, value: .double(Double($0.1) / 1e6)) }
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
            if node.path == search, let account {
                members += account.members
                if elapsedNanoseconds != nil, hasChosen { members += choiceMembers }
            }
            return members
        }
        guard case .object(var root) = json else { return json }
        if let limit = counters.truncated { root["Cut Short"] = .string(limit.rawValue) }
        if let recall { root["Recall"] = recall.json }
        if let pages = counters.pages, elapsedNanoseconds != nil {
            root["Pages Touched"] = .int(Int64(pages.count))
        }
        if lacksParameters { root["Parameters"] = .string(Self.unbound) }
        if let planningNanoseconds {
            root["Planning Time"] = .double(Double(planningNanoseconds) / 1e6)
        }
        if tellsTime, let elapsedNanoseconds {
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
            (work.lists, "list", "lists"),
            (work.tailRows, "tail row", "tail rows"),
        ]
        return counts.filter { $0.0 > 0 }.map { CountText.plural($0.0, $0.1, $0.2) }
    }

    private static func members(_ counters: OperatorCounters) -> [JSONObject.Member] {
        [
            .init(key: "Actual Rows", value: .int(Int64(counters.rows))),
            .init(key: "Visited", value: .int(Int64(counters.work.visited))),
            .init(key: "Distances", value: .int(Int64(counters.work.distances))),
            .init(key: "Pages", value: .int(Int64(counters.work.pages))),
            .init(key: "Actual Time", value: .double(Double(counters.nanoseconds) / 1e6)),
        ]
    }

    private static func searchMembers(_ work: WorkCounts) -> [JSONObject.Member] {
        let lists =
            work.lists > 0
            ? [JSONObject.Member(key: "Lists", value: .int(Int64(work.lists)))] : []
        return [
            .init(key: "Codes", value: .int(Int64(work.codes))),
            .init(key: "Filter Rows", value: .int(Int64(work.filterRows))),
            .init(key: "Refused", value: .int(Int64(work.refused))),
            .init(key: "Widenings", value: .int(Int64(work.widenings))),
            .init(key: "Segments", value: .int(Int64(work.segments))),
            .init(key: "Tail Rows", value: .int(Int64(work.tailRows))),
        ] + lists
    }

    /// Three decimals.
    static func milliseconds(_ nanoseconds: Int64) -> String {
        let microseconds = nanoseconds / 1_000
        let fraction = String(microseconds % 1_000)
        return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - fraction.count)
            + fraction
    }
}
