import NeedletailCore
import NeedletailPlanner

/// Subqueries do not depend on the row, so each runs once.
extension ExpressionCompiler {
    func subquery(_ expression: BoundExpression) -> CompiledExpression {
        let context = context
        switch expression.kind {
        case .scalarQuery(let query):
            return { _ throws(DatabaseError) in
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
            return { _ throws(DatabaseError) in
                .bool(try context.rows(of: query, limit: 1).isEmpty == negated)
            }
        case .inQuery(let operand, let query, let negated):
            return membership(operand, of: query, negated: negated)
        default: return { _ in .null }
        }
    }

    private func membership(
        _ operand: BoundExpression, of query: BoundQuery, negated: Bool
    ) -> CompiledExpression {
        let context = context
        let type = operand.type
        let operand = compile(operand)
        var list: [Value]?
        var set: MembershipSet?
        return { row throws(DatabaseError) in
            let value = try operand(row)
            if list == nil {
                let values = try context.rows(of: query).map { $0.first ?? .null }
                list = values
                if MembershipSet.isHashable(type), query.columns.first?.type == type {
                    set = MembershipSet(values)
                }
            }
            if let set { return set.membership(of: value, negated: negated) }
            var sawNull = value.isNull
            for element in list ?? [] {
                switch SQLComparison.compare(.equal, value, element) {
                case .bool(true): return .bool(!negated)
                case .bool: break
                default: sawNull = true
                }
            }
            return sawNull && list?.isEmpty == false ? .null : .bool(negated)
        }
    }
}
