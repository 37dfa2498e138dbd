import NeedletailBitmap
import NeedletailCore
import NeedletailPlanner

/// What a statement lets its searches spend: `WITH (max_visited = …, timeout = …)`.
///
/// All executions of one search within a statement share it. A row counts once in a search, whether
/// its code or its vector was compared; that the best candidates of a walk are compared once more
/// by their vectors is free, for without that there would be no answer. The time is looked at every
/// few hundred rows. Once the budget is spent, searches hand up what they have.
final class SearchBudget {
    /// What ended a search; the raw value is what replies say.
    enum Limit: String, Sendable {
        case maxVisited = "max_visited"
        case timeout
    }

    private let counters: ExecutionCounters
    private let visitedMax: Int
    private let deadline: Int64
    private var visited = 0

    /// `nil` where `options` set no limit. The time runs from now.
    init?(_ options: SearchOptions, _ counters: ExecutionCounters) {
        guard options.maxVisited != nil || options.timeoutMilliseconds != nil else { return nil }
        self.counters = counters
        visitedMax = options.maxVisited ?? .max
        deadline =
            options.timeoutMilliseconds.map { milliseconds in
                let (nanoseconds, overflows) = Int64(milliseconds)
                    .multipliedReportingOverflow(by: 1_000_000)
                let now = MonotonicClock.nanoseconds()
                return overflows
                    ? .max
                    : now.addingReportingOverflow(nanoseconds).overflow
                        ? .max : now + nanoseconds
            } ?? .max
    }

    /// Rows that may still be looked at.
    var rowsLeft: Int { max(0, visitedMax - visited) }

    /// Counts rows that were looked at.
    func spend(_ rows: Int) { visited += rows }

    /// Whether a search has to end here although it is not through. Where it has, the reply will
    /// say so.
    var isSpent: Bool {
        if visited >= visitedMax {
            counters.cutShort(by: .maxVisited)
            return true
        }
        return isLate
    }

    /// Whether the time is over.
    var isLate: Bool {
        guard deadline != .max, MonotonicClock.nanoseconds() > deadline else { return false }
        counters.cutShort(by: .timeout)
        return true
    }

    /// The first of `rows`, as many as may still be looked at.
    func affordable(_ rows: SlotBitmap) -> SlotBitmap {
        guard visitedMax != .max, rows.count > rowsLeft else { return rows }
        counters.cutShort(by: .maxVisited)
        return SlotBitmap(rows.slots.prefix(rowsLeft))
    }

    /// The first of `rows`, as many as may still be looked at; they count as looked at.
    func spend<Rows: Collection>(on rows: Rows) -> Rows.SubSequence {
        let taken = rows.prefix(rowsLeft)
        if taken.count < rows.count { counters.cutShort(by: .maxVisited) }
        visited += taken.count
        return taken
    }
}

extension PlanRun {
    /// What is left of the budget of `search`; `nil` where it has no limit.
    func budget(of search: CompiledExactSearch) throws(DatabaseError) -> SearchBudget? {
        guard search.hasLimits else { return nil }
        if let known = budgets[ObjectIdentifier(search)] { return known }
        let budget = SearchBudget(try search.options.values(parameters), counters)
        budgets[ObjectIdentifier(search)] = budget
        return budget
    }
}
