package import NeedletailCore
package import NeedletailPlanner

/// What expressions may ask for besides the row: parameters, the time, subqueries, chance.
package final class EvaluationContext {
    /// Already converted to the types the statement wants.
    package let parameters: [Value]
    /// The start of the transaction; what `now()` says.
    package let now: Timestamp
    package let databaseName: String
    /// Seeded by the system when it is first asked for: that costs a call into the kernel.
    package lazy var random = SplitMix64(seed: UInt64.random(in: 0...UInt64.max))
    /// Runs an uncorrelated subquery; `rowLimit` is how many rows are of interest.
    private let runQuery: (BoundQuery, _ rowLimit: Int) throws(DatabaseError) -> [[Value]]

    init(
        parameters: [Value], environment: StatementEnvironment,
        runQuery: @escaping (BoundQuery, Int) throws(DatabaseError) -> [[Value]]
    ) {
        self.parameters = parameters
        now = environment.now
        databaseName = environment.databaseName
        self.runQuery = runQuery
    }

    package func rows(
        of query: BoundQuery, limit: Int = .max
    ) throws(DatabaseError) -> [[Value]] {
        try runQuery(query, limit)
    }
}

/// An expression turned into a function of the input row.
package typealias CompiledExpression = ([Value]) throws(DatabaseError) -> Value
