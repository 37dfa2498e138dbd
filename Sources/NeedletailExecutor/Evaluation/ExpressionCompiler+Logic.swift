import NeedletailCore
import NeedletailPlanner

/// Three-valued logic.
extension ExpressionCompiler {
    func logic(_ expression: BoundExpression) -> CompiledExpression {
        switch expression.kind {
        case .not(let operand):
            let operand = compile(operand)
            return { context, row throws(DatabaseError) in
                guard case .bool(let truth) = try operand(context, row) else { return .null }
                return .bool(!truth)
            }
        case .and(let operands): return connective(operands, decisive: false)
        case .or(let operands): return connective(operands, decisive: true)
        case .isNull(let operand, let negated):
            let operand = compile(operand)
            return { context, row throws(DatabaseError) in
                .bool(try operand(context, row).isNull != negated)
            }
        case .isTruth(let operand, let wanted, let negated):
            let operand = compile(operand)
            let target: Value = wanted.map { .bool($0) } ?? .null
            return { context, row throws(DatabaseError) in
                .bool((try operand(context, row) == target) != negated)
            }
        case .isDistinct(let left, let right, let negated):
            let (left, right) = (compile(left), compile(right))
            return { context, row throws(DatabaseError) in
                let (left, right) = (try left(context, row), try right(context, row))
                let distinct =
                    left.isNull || right.isNull
                    ? left.isNull != right.isNull : SortOrder.compare(left, right) != 0
                return .bool(distinct != negated)
            }
        case .cases(let cases, let otherwise):
            return conditional(cases, otherwise: otherwise)
        default: return { _, _ in .null }
        }
    }

    /// AND is decided by the first false, OR by the first true; a NULL leaves the outcome open.
    private func connective(
        _ operands: [BoundExpression], decisive: Bool
    ) -> CompiledExpression {
        let compiled = operands.map(compile)
        return { context, row throws(DatabaseError) in
            var sawNull = false
            for operand in compiled {
                switch try operand(context, row) {
                case .bool(decisive): return .bool(decisive)
                case .bool: break
                default: sawNull = true
                }
            }
            return sawNull ? .null : .bool(!decisive)
        }
    }

    private func conditional(
        _ cases: [BoundCase], otherwise: BoundExpression?
    ) -> CompiledExpression {
        let conditions = cases.map { compile($0.condition) }
        let results = cases.map { compile($0.result) }
        let otherwise = otherwise.map(compile)
        return { context, row throws(DatabaseError) in
            for (position, condition) in conditions.enumerated()
            where try condition(context, row) == .bool(true) {
                return try results[position](context, row)
            }
            return try otherwise?(context, row) ?? .null
        }
    }
}
