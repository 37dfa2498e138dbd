import NeedletailCore
import NeedletailPlanner

/// Subqueries do not depend on the row, so each runs once in an execution.
extension ExpressionCompiler {
    func subquery(_ expression: BoundExpression) -> CompiledExpression {
        switch expression.kind {
        case .scalarQuery(let query):
            let query = CompiledPlan(query, expressions: self)
            return { context, _ throws(DatabaseError) in
                let rows = try context.rows(of: query, limit: 2)
                guard rows.count <= 1 else {
                    throw DatabaseError(
                        .cardinalityViolation,
                        "a subquery used as an expression returned more than one row",
                        hint: "add LIMIT 1, or a condition on the primary key")
                }
                return rows.first?.first ?? .null
            }
        case .exists(let query, let negated):
            let query = CompiledPlan(query, expressions: self)
            return { context, _ throws(DatabaseError) in
                .bool(try context.rows(of: query, limit: 1).isEmpty == negated)
            }
        case .inQuery(let operand, let query, let negated):
            return membership(operand, of: query, negated: negated)
        default: return { _, _ in .null }
        }
    }

    private func membership(
        _ operand: BoundExpression, of query: BoundQuery, negated: Bool
    ) -> CompiledExpression {
        let isHashable =
            MembershipSet.isHashable(operand.type) && query.columns.first?.type == operand.type
        let operand = compile(operand)
        let query = CompiledPlan(query, expressions: self)
        let place = newPlace()
        return { context, row throws(DatabaseError) in
            let value = try operand(context, row)
            if context[place] == nil {
                let values = try context.rows(of: query).map { $0.first ?? .null }
                context[place] = isHashable ? .members(MembershipSet(values)) : .list(values)
            }
            if case .members(let members) = context[place] {
                return members.membership(of: value, negated: negated)
            }
            guard case .list(let list) = context[place] else { return .null }
            var sawNull = value.isNull
            for element in list {
                switch SQLComparison.compare(.equal, value, element) {
                case .bool(true): return .bool(!negated)
                case .bool: break
                default: sawNull = true
                }
            }
            return sawNull && !list.isEmpty ? .null : .bool(negated)
        }
    }
}
