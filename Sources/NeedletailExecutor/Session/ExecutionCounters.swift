import NeedletailBitmap
import NeedletailCore
import NeedletailKernels

/// What a statement has done so far.
final class ExecutionCounters {
    var work = WorkCounts()
    /// Pages that were read; only while analysing.
    let pages: PageTally?
    /// Whether every row that could be in the answer was compared or read.
    var isExact = true
    /// The limit that ended a search before its time.
    var truncated: SearchBudget.Limit?
    /// How a search came about, where the plan alone does not say.
    var search: String?
    /// How long filtered searches took to choose their way; only while analysing.
    var choice = ChoiceTimes()
    /// By the compiled search, why it ran as it did; only while analysing.
    var accounts: [ObjectIdentifier: SearchAccount] = [:]
    /// What the user should know about how the answer came about.
    var notices: [Notice] = []
    /// By the operator's place in the plan, counted from the top; only while analysing.
    var operators: [Int: OperatorCounters] = [:]
    /// By the compiled search, what it handed up; only while analysing.
    var answers: [ObjectIdentifier: [TopK.Candidate]] = [:]

    var isAnalyzing: Bool { pages != nil }

    init(pages: PageTally? = nil) { self.pages = pages }

    /// The counts so far, the pages among them.
    var workSoFar: WorkCounts {
        var counts = work
        counts.pages = pages?.count ?? 0
        return counts
    }

    /// The answer is cut short by `limit`: whatever else, it may not be exact.
    func cutShort(by limit: SearchBudget.Limit) {
        if truncated == nil { truncated = limit }
        isExact = false
    }
}

/// The work of an operator, or of a statement.
struct WorkCounts: Sendable, Hashable {
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
    /// Lists that were probed.
    var lists = 0
    /// Rows in no segment that a search looked at.
    var tailRows = 0
    /// Different pages, see ``PageTally``, that nothing before has touched.
    var pages = 0

    /// Adds what was done between two moments.
    mutating func add(from earlier: WorkCounts, to later: WorkCounts) {
        visited += later.visited - earlier.visited
        distances += later.distances - earlier.distances
        codes += later.codes - earlier.codes
        filterRows += later.filterRows - earlier.filterRows
        refused += later.refused - earlier.refused
        widenings += later.widenings - earlier.widenings
        segments += later.segments - earlier.segments
        lists += later.lists - earlier.lists
        tailRows += later.tailRows - earlier.tailRows
        pages += later.pages - earlier.pages
    }
}

/// What it took to choose how a filtered search is run, in nanoseconds.
struct ChoiceTimes {
    /// To find the set of slots: to look it up, or to make it.
    var finding: Int64 = 0
    /// To ask a sample of them how far they are from the query.
    var sampling: Int64 = 0
    /// To weigh the ways.
    var weighing: Int64 = 0
}

/// What one operator of an analysed plan has done.
struct OperatorCounters {
    var rows = 0
    /// Of the operator and of what is below it.
    var nanoseconds: Int64 = 0
    var work = WorkCounts()
}
