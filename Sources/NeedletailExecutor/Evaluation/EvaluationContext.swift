package import NeedletailCore

/// What the expressions of one execution may ask for besides the row: parameters, the time, chance,
/// what they found before. One thread at a time.
package class EvaluationContext {
    /// Already converted to the types the statement wants.
    package let parameters: [Value]
    /// The start of the transaction; what `now()` says.
    package let now: Timestamp
    package let databaseName: String
    /// Seeded by the system when it is first asked for: that costs a call into the kernel.
    package lazy var random = SplitMix64(seed: UInt64.random(in: 0...UInt64.max))
    /// The row that a `LATERAL` query stands beside, while it runs.
    var outerRow: [Value] = []
    private var memory: [Remembered?] = []

    init(parameters: [Value], environment: StatementEnvironment) {
        self.parameters = parameters
        now = environment.now
        databaseName = environment.databaseName
    }

    /// For expressions that depend on the row alone.
    init() {
        parameters = []
        now = Timestamp(microseconds: 0)
        databaseName = ""
    }

    /// Runs an uncorrelated subquery; `limit` is how many rows are of interest.
    func rows(of query: CompiledPlan, limit: Int = .max) throws(DatabaseError) -> [[Value]] {
        throw DatabaseError(
            .internalError, "a subquery where none can be", hint: "report this statement")
    }

    /// What the expression that owns `place` keeps for the rest of the execution.
    subscript(place: MemoryPlace) -> Remembered? {
        get { place.position < memory.count ? memory[place.position] : nil }
        set {
            while memory.count <= place.position { memory.append(nil) }
            memory[place.position] = newValue
        }
    }
}

/// Where an expression keeps something during one execution.
struct MemoryPlace: Sendable, Hashable {
    let position: Int
}

/// What expressions keep.
enum Remembered {
    case value(Value)
    case members(MembershipSet)
    case list([Value])
    case pattern(LikePattern, text: String, escape: Value)
}

/// An expression turned into a function of the input row. May be shared between threads.
package typealias CompiledExpression =
    @Sendable (EvaluationContext, [Value]) throws(DatabaseError) -> Value

/// A condition turned into a function of the input row: true only where it is true.
package typealias CompiledPredicate =
    @Sendable (EvaluationContext, [Value]) throws(DatabaseError) -> Bool

extension [CompiledExpression] {
    /// The value of each expression for `row`.
    func evaluate(
        _ context: EvaluationContext, _ row: [Value]
    ) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(count)
        for expression in self { values.append(try expression(context, row)) }
        return values
    }
}
