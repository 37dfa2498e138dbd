import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// `WHY key FOR query`: the checks that a row passes on its way into an answer, up to the one that
/// it fails.
struct WhyReport {
    static let columns = ["check", "outcome", "detail"].map { Column(name: $0, type: .text) }

    private let why: BoundWhy
    private let parameters: [BoundParameter]
    private let run: PlanRun
    private let reader: TableReader
    private let names: [String]

    /// One line of the report.
    struct Check {
        let name: String
        let outcome: String
        let detail: String?

        init(_ name: String, _ outcome: String, _ detail: String? = nil) {
            self.name = name
            self.outcome = outcome
            self.detail = detail
        }
    }

    init(_ why: BoundWhy, parameters: [BoundParameter], _ run: PlanRun) throws(DatabaseError) {
        self.why = why
        self.parameters = parameters
        self.run = run
        reader = try run.scope.reader(why.table)
        names = why.table.columns.map(\.name) + ["slot"]
    }

    func rows() throws(DatabaseError) -> [[Value]] {
        try checks().map { check in
            [.text(check.name), .text(check.outcome), check.detail.map { .text($0) } ?? .null]
        }
    }

    private func checks() throws(DatabaseError) -> [Check] {
        let values = try why.key.map(run.expressions.compile).evaluate(run, [])
        let named = zip(why.table.primaryKey, values).map { position, value in
            text(of: position, value)
        }.joined(separator: ", ")
        let structure = KeyStructure(primaryKeyOf: why.table)
        guard !values.contains(where: \.isNull),
            let slot = try reader.slot(forKey: values, of: structure)
        else {
            return [Check("row", "not there", "no row has \(named) in this snapshot")]
        }
        var checks = [Check("row", "there", named)]
        let filter = try filterCheck(slot)
        checks.append(filter.check)
        guard let search = try Planner.plan(why.query).search else {
            checks.append(
                Check(
                    "order", "no search",
                    "rows are not ordered by a distance; the limit was not looked at"))
            return checks
        }
        return checks
            + (try WhySearch(search, why.query, slot: slot, isRefused: !filter.passes, run)
                .checks())
    }

    // MARK: Filter

    private func filterCheck(_ slot: Slot) throws(DatabaseError) -> (check: Check, passes: Bool) {
        guard let filter = why.query.filter else {
            return (Check("filter", "passes", "there is none"), true)
        }
        var positions: Set<Int> = []
        filter.collectColumns(into: &positions)
        var row = try reader.rows(needed: ColumnSelection(positions)).row(at: slot)
        row.append(.int(Int64(slot.rawValue)))
        for conjunct in filter.conjuncts {
            let value = try run.expressions.compile(conjunct)(run, row)
            guard value != .bool(true) else { continue }
            var read: Set<Int> = []
            conjunct.collectColumns(into: &read)
            let facts = read.sorted().filter { $0 < why.table.columns.count }
                .map { text(of: $0, row[$0]) }
            let condition = ExplainText.text(of: conjunct, columns: names, parameters: parameters)
            let outcome = value.isNull ? "NULL" : "false"
            let detail = ["\(condition) is \(outcome)"] + facts
            return (Check("filter", "refused", detail.joined(separator: "; ")), false)
        }
        let whole = ExplainText.text(of: filter, columns: names, parameters: parameters)
        return (Check("filter", "passes", whole), true)
    }

    /// `year = 2023`.
    private func text(of position: Int, _ value: Value) -> String {
        let column = why.table.columns[position]
        return "\(column.name) = "
            + ExplainText.text(of: .constant(value, column.type), columns: [])
    }
}

/// The part of a report that is about the search: the vector, the rank, the answer.
private struct WhySearch {
    private let search: ExactSearch
    private let slot: Slot
    private let isRefused: Bool
    private let run: PlanRun
    private let reader: TableReader
    private let compiled: CompiledExactSearch
    private let offset: Int

    typealias Check = WhyReport.Check

    init(
        _ search: ExactSearch, _ query: BoundQuery, slot: Slot, isRefused: Bool, _ run: PlanRun
    ) throws(DatabaseError) {
        self.search = search
        self.slot = slot
        self.isRefused = isRefused
        self.run = run
        reader = try run.scope.reader(search.table)
        compiled = CompiledExactSearch(search, run.expressions)
        offset = try RowCount(query.offset, clause: .offset, run.expressions).value(run) ?? 0
    }

    func checks() throws(DatabaseError) -> [Check] {
        let column = search.table.columns[search.column]
        let row = try reader.rows(needed: ColumnSelection([search.column])).row(at: slot)
        let vector = row[search.column]
        guard !vector.isNull else { return [Check("vector", "missing", "\(column.name) is NULL")] }
        let query = try compiled.query(run, [])
        guard
            case .double(let distance) = try VectorDistance.distance(
                vector, query, metric: search.metric), !distance.isNaN
        else {
            let reason =
                query.isNull
                ? "the query vector is NULL"
                : "the distance is not a number: a vector of zeros has no direction"
            return [Check("vector", "no distance", reason)]
        }
        let ranking = try ExactRanking(compiled, run.separate())
        let place = ranking.rows.firstIndex { $0.slot == slot.rawValue }
        let rank = (place ?? ranking.rows.count { $0.distance < distance }) + 1
        var checks = [
            Check("vector", "there", "\(column.name), at distance \(CountText.distance(distance))"),
            rankCheck(rank, ranking),
        ]
        if !isRefused { checks += try answerChecks(rank: rank, ranking) }
        return checks
    }

    private func rankCheck(_ rank: Int, _ ranking: ExactRanking) -> Check {
        let matching = CountText.plural(ranking.rows.count, "matching row", "matching rows")
        var detail =
            isRefused
            ? "would be rank \(CountText.grouped(rank)) among \(matching)"
            : "rank \(CountText.grouped(rank)) of \(matching)"
        var isNear = true
        if let wanted = ranking.wanted {
            isNear = rank <= wanted
            detail += "; the search takes \(CountText.grouped(wanted))"
            if !isNear, ranking.count > 0 {
                let last = ranking.rows[ranking.count - 1].distance
                detail += ", the last at distance \(CountText.distance(last))"
            }
        }
        return Check("rank", isNear ? "near enough" : "too far", detail)
    }

    private func answerChecks(
        rank: Int, _ ranking: ExactRanking
    ) throws(DatabaseError) -> [Check] {
        let own = run.separate()
        let found = try ExactSearchRun(compiled, reader: reader, own).nearest()
        if let place = found.firstIndex(where: { $0.slot == slot.rawValue }) {
            guard place >= offset else {
                return [Check("answer", "skipped", "place \(place + 1), and OFFSET is \(offset)")]
            }
            return [Check("answer", "in it", "place \(place - offset + 1)")]
        }
        var checks: [Check] = []
        if rank <= ranking.wanted ?? .max {
            if let limit = own.counters.truncated {
                checks.append(Check("search", "cut short", "by \(limit.rawValue)"))
            } else {
                checks.append(try missed())
            }
        }
        return checks + [Check("answer", "not in it")]
    }

    /// Where the index has a row that its search has not found, and what would find it.
    private func missed() throws(DatabaseError) -> Check {
        if let index = search.index, index.method == .ivf { return try missedInLists(index) }
        guard let index = search.index,
            let state = try run.segments.usableState(
                of: index, reader.view, isShared: run.scope.writer == nil)
        else { return Check("search", "missed") }
        let segment = state.segments.first { $0.slots.contains(slot.rawValue) }
        let place =
            segment.map { "in segment \($0.number) of \(index.name)" }
            ?? "among the rows that \(index.name) has in no segment yet"
        var width = 16
        while width <= Limits.efSearchRange.upperBound {
            if try isFound(.efSearch, width) {
                return Check("search", "missed", "\(place); found WITH (ef_search = \(width))")
            }
            let widest = Limits.efSearchRange.upperBound
            width = width < widest ? min(2 * width, widest) : widest + 1
        }
        return Check("search", "missed", "\(place); found WITH (exact)")
    }

    private func missedInLists(_ index: IndexDefinition) throws(DatabaseError) -> Check {
        var probes = 1
        while probes <= Limits.probesRange.upperBound {
            if try isFound(.probes, probes) {
                return Check(
                    "search", "missed",
                    "in a list of \(index.name); found WITH (probes = \(probes))")
            }
            probes *= 2
        }
        return Check("search", "missed", "in a list of \(index.name); found WITH (exact)")
    }

    private func isFound(
        _ name: QueryOptions.Name, _ width: Int
    ) throws(DatabaseError) -> Bool {
        var search = search
        search.options = search.options.asWide
        search.options.values[name] = .constant(.int(Int64(width)), .bigint)
        let wider = CompiledExactSearch(search, run.expressions)
        return try ExactSearchRun(wider, reader: reader, run.separate()).nearest()
            .contains { $0.slot == slot.rawValue }
    }
}
