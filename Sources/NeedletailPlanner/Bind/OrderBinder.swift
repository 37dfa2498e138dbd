import NeedletailCore
import NeedletailSyntax

/// Binds `ORDER BY`: names of result columns first, then positions, then expressions.
struct OrderBinder {
    let binder: ExpressionBinder
    let projections: [BoundProjection]

    func bind(_ keys: [SortKey]) throws(DatabaseError) -> [BoundSort] {
        var order: [BoundSort] = []
        for key in keys {
            let expression = try self.expression(key.expression)
            try checkOrder(expression, key.expression.range)
            if key.isDescending, case .distance = expression.kind {
                binder.statement.notice(
                    .warning, "ORDER BY a distance DESC finds the farthest rows, not the nearest",
                    hint: "Smaller is nearer: leave DESC out.")
            }
            order.append(
                BoundSort(
                    expression: expression, isDescending: key.isDescending,
                    nullsFirst: key.nullsFirst ?? key.isDescending))
        }
        return order
    }

    private func expression(_ key: Expression) throws(DatabaseError) -> BoundExpression {
        switch key.kind {
        case .literal(.integer(let number)):
            return try projections.ordinal(number, "ORDER BY", at: key.range)
        case .literal:
            throw DatabaseError(
                .syntaxError, "a constant in ORDER BY orders nothing",
                hint: "Name a column, or give its position.", position: key.range)
        case .column(let path) where path.count == 1:
            let named = projections.filter { $0.name == path[0].text }
            if let first = named.first {
                if named.dropFirst().contains(where: { !$0.expression.means(first.expression) }) {
                    throw DatabaseError(
                        .ambiguousColumn, "ORDER BY \"\(path[0].text)\" is ambiguous",
                        hint: "Give the result columns different names.", position: key.range)
                }
                return first.expression
            }
        default: break
        }
        return try binder.statement.resolvingUnknown(try binder.bind(key))
    }

    private func checkOrder(
        _ expression: BoundExpression, _ range: SourceRange?
    ) throws(DatabaseError) {
        if expression.type.isOrdered || expression.type == .jsonb { return }
        throw DatabaseError(
            .undefinedFunction, "\(expression.type.familyName) has no order",
            hint: expression.type.isVector
                ? "Order by a distance: ORDER BY v \(expression.type.isBits ? "<~>" : "<=>") :q."
                : nil,
            position: range)
    }
}

extension [BoundProjection] {
    /// The result column at a position from 1.
    func ordinal(
        _ number: Int64, _ clause: String, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard number >= 1, number <= count else {
            throw DatabaseError(
                .invalidColumnReference,
                "\(clause) position \(number) is not in the select list",
                hint: "Positions go from 1 to \(count).", position: range)
        }
        return self[Int(number) - 1].expression
    }
}
