import NeedletailCore

/// What a statement has done so far.
final class ExecutionCounters {
    /// Rows whose record or distance was looked at.
    var visited = 0
    /// Distances computed.
    var distances = 0
    /// How a search came about, where the plan alone does not say.
    var search: String?
    /// What the user should know about how the answer came about.
    var notices: [Notice] = []
    /// By the operator's place in the plan, counted from the top; only while analysing.
    var operators: [Int: OperatorCounters] = [:]
}

/// What one operator of an analysed plan has done.
struct OperatorCounters {
    var rows = 0
    /// Of the operator and of what is below it.
    var nanoseconds: Int64 = 0
    /// Rows looked at by a scan or a search.
    var visited = 0
    var distances = 0
}
