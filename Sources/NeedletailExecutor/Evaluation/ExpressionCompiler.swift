import NeedletailCore
import NeedletailKernels
package import NeedletailPlanner

/// Turns bound expressions into closures, once for any number of executions.
///
/// What depends neither on the row nor on one beside a `LATERAL` query is evaluated at most once in
/// an execution, when it is first asked for.
package final class ExpressionCompiler {
    /// How many places the compiled expressions have in a context.
    private(set) var placesTaken: Int

    /// What subqueries are planned by.
    let knowledge: TableKnowledge?

    /// - Parameter placesTaken: those of expressions compiled before, for the same context.
    init(placesTaken: Int = 0, knowledge: TableKnowledge? = nil) {
        self.placesTaken = placesTaken
        self.knowledge = knowledge
    }

    package func compile(_ expression: BoundExpression) -> CompiledExpression {
        if let simple = simple(expression) { return simple }
        let compiled = positioned(expression, general(expression))
        return expression.isRowIndependent && !expression.readsOuter
            ? remembered(compiled) : compiled
    }

    /// Whether `expression` is true, as a filter takes it: NULL and false are both no.
    package func predicate(_ expression: BoundExpression) -> CompiledPredicate {
        let compiled = compile(expression)
        return { context, row throws(DatabaseError) in
            try compiled(context, row) == .bool(true)
        }
    }

    /// A place of the caller's own in the context of every execution.
    func newPlace() -> MemoryPlace {
        defer { placesTaken += 1 }
        return MemoryPlace(position: placesTaken)
    }

    private func simple(_ expression: BoundExpression) -> CompiledExpression? {
        switch expression.kind {
        case .constant(let value): return { _, _ in value }
        case .column(let position): return { _, row in row[position] }
        case .parameter(let position): return { context, _ in context.parameters[position] }
        case .outer(let position, _): return { context, _ in context.outerRow[position] }
        default: return nil
        }
    }

    private func remembered(_ compiled: @escaping CompiledExpression) -> CompiledExpression {
        let place = newPlace()
        return { context, row throws(DatabaseError) in
            if case .value(let value) = context[place] { return value }
            let value = try compiled(context, row)
            context[place] = .value(value)
            return value
        }
    }

    /// Errors that do not say where get the place of the expression.
    private func positioned(
        _ expression: BoundExpression, _ compiled: @escaping CompiledExpression
    ) -> CompiledExpression {
        guard let range = expression.range, canFail(expression.kind) else { return compiled }
        return { context, row throws(DatabaseError) in
            do throws(DatabaseError) {
                return try compiled(context, row)
            } catch {
                throw error.at(range)
            }
        }
    }

    private func canFail(_ kind: BoundExpression.Kind) -> Bool {
        switch kind {
        case .cast, .call, .distance, .scalarQuery, .like, .subscripted: true
        default: false
        }
    }

    private func general(_ expression: BoundExpression) -> CompiledExpression {
        switch expression.kind {
        case .constant, .parameter, .column, .outer: return { _, _ in .null }
        case .not, .and, .or, .isNull, .isTruth, .isDistinct, .cases:
            return logic(expression)
        case .compare, .inList, .quantified, .like:
            return comparison(expression)
        case .inQuery, .exists, .scalarQuery:
            return subquery(expression)
        case .cast(let operand, let explicit):
            return cast(operand, to: expression.type, explicit: explicit)
        case .call(let builtin, let arguments):
            return call(builtin, arguments, type: expression.type)
        case .array(let elements):
            let compiled = elements.map(compile)
            return { context, row throws(DatabaseError) in
                var values: [Value] = []
                values.reserveCapacity(compiled.count)
                for element in compiled { values.append(try element(context, row)) }
                return .array(values)
            }
        case .subscripted(let operand, let position):
            let (operand, position) = (compile(operand), compile(position))
            return { context, row throws(DatabaseError) in
                Subscripting.element(of: try operand(context, row), at: try position(context, row))
            }
        case .jsonPath(let operand, let path):
            let operand = compile(operand)
            return { context, row throws(DatabaseError) in
                guard case .json(let json) = try operand(context, row),
                    let found = json.value(at: path),
                    found != .null
                else { return .null }
                return .json(found)
            }
        case .distance(let metric, let left, let right):
            let (left, right) = (compile(left), compile(right))
            return { context, row throws(DatabaseError) in
                try VectorDistance.distance(
                    try left(context, row), try right(context, row), metric: metric)
            }
        }
    }

    private func cast(
        _ operand: BoundExpression, to type: ValueType, explicit: Bool
    ) -> CompiledExpression {
        let compiled = compile(operand)
        let source = operand.type
        return { context, row throws(DatabaseError) in
            try Casting.cast(try compiled(context, row), from: source, to: type, explicit: explicit)
        }
    }

    private func call(
        _ builtin: Builtin, _ arguments: [BoundExpression], type: ValueType
    ) -> CompiledExpression {
        let compiled = arguments.map(compile)
        // Two arguments without an intermediate list: the common case of arithmetic.
        if compiled.count == 2, Arithmetic.covers(builtin) {
            let (left, right) = (compiled[0], compiled[1])
            return { context, row throws(DatabaseError) in
                try Arithmetic.apply(
                    builtin, try left(context, row), try right(context, row), type: type)
            }
        }
        let types = arguments.map(\.type)
        return { context, row throws(DatabaseError) in
            var values: [Value] = []
            values.reserveCapacity(compiled.count)
            for argument in compiled { values.append(try argument(context, row)) }
            return try Functions.apply(
                builtin, values, types: types, result: type, context: context)
        }
    }
}
