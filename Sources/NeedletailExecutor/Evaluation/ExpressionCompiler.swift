package import NeedletailCore
import NeedletailKernels
package import NeedletailPlanner

/// Turns bound expressions into closures, once for each execution of a statement.
///
/// What does not depend on the row is evaluated at most once, when it is first asked for.
package struct ExpressionCompiler {
    package let context: EvaluationContext

    package init(context: EvaluationContext) { self.context = context }

    package func compile(_ expression: BoundExpression) -> CompiledExpression {
        if let simple = simple(expression) { return simple }
        let compiled = positioned(expression, general(expression))
        return expression.isRowIndependent ? remembered(compiled) : compiled
    }

    /// The value of an expression that reads no row.
    package func value(of expression: BoundExpression) throws(DatabaseError) -> Value {
        try compile(expression)([])
    }

    /// Whether `expression` is true, as a filter takes it: NULL and false are both no.
    package func predicate(
        _ expression: BoundExpression
    ) -> ([Value]) throws(DatabaseError) -> Bool {
        let compiled = compile(expression)
        return { row throws(DatabaseError) in try compiled(row) == .bool(true) }
    }

    private func simple(_ expression: BoundExpression) -> CompiledExpression? {
        switch expression.kind {
        case .constant(let value): return { _ in value }
        case .column(let position): return { row in row[position] }
        case .parameter(let position):
            let value = context.parameters[position]
            return { _ in value }
        default: return nil
        }
    }

    private func remembered(_ compiled: @escaping CompiledExpression) -> CompiledExpression {
        var memory: Value?
        return { row throws(DatabaseError) in
            if let memory { return memory }
            let value = try compiled(row)
            memory = value
            return value
        }
    }

    /// Errors that do not say where get the place of the expression.
    private func positioned(
        _ expression: BoundExpression, _ compiled: @escaping CompiledExpression
    ) -> CompiledExpression {
        guard let range = expression.range, canFail(expression.kind) else { return compiled }
        return { row throws(DatabaseError) in
            do throws(DatabaseError) {
                return try compiled(row)
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
        case .constant, .parameter, .column: return { _ in .null }
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
            return { row throws(DatabaseError) in
                var values: [Value] = []
                values.reserveCapacity(compiled.count)
                for element in compiled { values.append(try element(row)) }
                return .array(values)
            }
        case .subscripted(let operand, let position):
            let (operand, position) = (compile(operand), compile(position))
            return { row throws(DatabaseError) in
                Subscripting.element(of: try operand(row), at: try position(row))
            }
        case .jsonPath(let operand, let path):
            let operand = compile(operand)
            return { row throws(DatabaseError) in
                guard case .json(let json) = try operand(row), let found = json.value(at: path),
                    found != .null
                else { return .null }
                return .json(found)
            }
        case .distance(let metric, let left, let right):
            let (left, right) = (compile(left), compile(right))
            return { row throws(DatabaseError) in
                try VectorDistance.distance(try left(row), try right(row), metric: metric)
            }
        }
    }

    private func cast(
        _ operand: BoundExpression, to type: ValueType, explicit: Bool
    ) -> CompiledExpression {
        let compiled = compile(operand)
        let source = operand.type
        return { row throws(DatabaseError) in
            try Casting.cast(try compiled(row), from: source, to: type, explicit: explicit)
        }
    }

    private func call(
        _ builtin: Builtin, _ arguments: [BoundExpression], type: ValueType
    ) -> CompiledExpression {
        let context = context
        let compiled = arguments.map(compile)
        // Two arguments without an intermediate list: the common case of arithmetic.
        if compiled.count == 2, Arithmetic.covers(builtin) {
            let (left, right) = (compiled[0], compiled[1])
            return { row throws(DatabaseError) in
                try Arithmetic.apply(builtin, try left(row), try right(row), type: type)
            }
        }
        let types = arguments.map(\.type)
        return { row throws(DatabaseError) in
            var values: [Value] = []
            values.reserveCapacity(compiled.count)
            for argument in compiled { values.append(try argument(row)) }
            return try Functions.apply(
                builtin, values, types: types, result: type, context: context)
        }
    }
}
