import NeedletailCore
import NeedletailPlanner

/// The expressions of indexes, bound and compiled.
enum IndexFunctions {
    /// What computes `expression` of rows of `table`; one that always throws 58P02 where this
    /// version does not understand it.
    static let make: IndexFunctionMaking = { expression, table in
        do throws(DatabaseError) {
            let bound = try IndexExpressionBinder.bind(expression, of: table)
            let compiled = ExpressionCompiler().compile(bound)
            return BoundIndexFunction(bound) { row throws(DatabaseError) in
                // What is remembered within is cheap, and no context may be shared by threads.
                try compiled(EvaluationContext(), row)
            }
        } catch {
            return UnknownIndexFunction(error: error)
        }
    }
}

/// Stands for an expression that this version does not understand.
private struct UnknownIndexFunction: IndexFunction {
    let error: DatabaseError

    func value(of row: [Value]) throws(DatabaseError) -> Value { throw error }
}
