import NeedletailCore
import NeedletailKernels

/// What a statement has done so far.
final class ExecutionCounters {
    /// Rows whose record or distance was looked at.
    var visited = 0
    /// Distances computed from stored vectors.
    var distances = 0
    /// Nodes and tail rows that were compared by their codes.
    var codes = 0
    /// Candidates whose record, or whose included columns, were read to test a filter.
    var filterRows = 0
    /// Candidates that a filter refused.
    var refused = 0
    /// Times that a walk was begun anew, wider.
    var widenings = 0
    /// Segments that were walked, once for each search.
    var segments = 0
    /// Rows in no segment that a search looked at.
    var tailRows = 0
    /// Whether every row that could be in the answer was compared or read.
    var isExact = true
    /// The limit that ended a search before its time.
    var truncated: SearchBudget.Limit?
    /// How a search came about, where the plan alone does not say.
    var search: String?
    /// By the compiled search, why it ran as it did; only while analysing.
    var accounts: [ObjectIdentifier: SearchAccount] = [:]
    /// What the user should know about how the answer came about.
    var notices: [Notice] = []
    /// By the operator's place in the plan, counted from the top; only while analysing.
    var operators: [Int: OperatorCounters] = [:]
    /// By the compiled search, what it handed up; only while analysing.
    var answers: [ObjectIdentifier: [TopK.Candidate]] = [:]

    /// The counts so far.
    var work: WorkCounts {
        WorkCounts(
            visited: visited, distances: distances, codes: codes, filterRows: filterRows,
            refused: refused, widenings: widenings, segments: segments, tailRows: tailRows)
    }

    /// The answer is cut short by `limit`: whatever else, it may not be exact.
    func cutShort(by limit: SearchBudget.Limit) {
        if truncated == nil { truncated = limit }
        isExact = false
    }
}

/// The work of an operator, or of a statement; the fields are those of ``ExecutionCounters``.
struct WorkCounts: Sendable, Hashable {
    var visited = 0
    var distances = 0
    var codes = 0
    var filterRows = 0
    var refused = 0
    var widenings = 0
    var segments = 0
    var tailRows = 0

    /// Adds what was done between two moments.
    mutating func add(from earlier: WorkCounts, to later: WorkCounts) {
        visited += later.visited - earlier.visited
        distances += later.distances - earlier.distances
        codes += later.codes - earlier.codes
        filterRows += later.filterRows - earlier.filterRows
        refused += later.refused - earlier.refused
        widenings += later.widenings - earlier.widenings
        segments += later.segments - earlier.segments
        tailRows += later.tailRows - earlier.tailRows
    }
}

/// What one operator of an analysed plan has done.
struct OperatorCounters {
    var rows = 0
    /// Of the operator and of what is below it.
    var nanoseconds: Int64 = 0
    var work = WorkCounts()
}
