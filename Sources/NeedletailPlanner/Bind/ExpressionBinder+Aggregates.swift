import NeedletailCore
import NeedletailSyntax

/// The aggregates of one query, each once.
final class AggregateCollector {
    /// Columns of the query's source. While a query is bound, aggregate `n` reads as column
    /// `width + n`; grouping gives both their final positions.
    let width: Int
    private(set) var aggregates: [BoundAggregate] = []

    init(width: Int) { self.width = width }

    /// The stand-in for `aggregate`, shared by all that mean the same.
    func add(_ aggregate: BoundAggregate, at range: SourceRange?) -> BoundExpression {
        let known = aggregates.firstIndex { $0.means(aggregate) }
        if known == nil { aggregates.append(aggregate) }
        return BoundExpression(
            .column(width + (known ?? aggregates.count - 1)), aggregate.type, range)
    }
}

extension BoundAggregate {
    fileprivate func means(_ other: BoundAggregate) -> Bool {
        guard function == other.function, isDistinct == other.isDistinct,
            arguments.count == other.arguments.count,
            (filter == nil) == (other.filter == nil)
        else { return false }
        if let filter, let second = other.filter, !filter.means(second) { return false }
        return zip(arguments, other.arguments).allSatisfy { $0.means($1) }
    }
}

extension ExpressionBinder {
    @inline(never)
    func aggregate(
        _ function: Aggregate, _ name: String, _ call: FunctionCall, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard let aggregates else { throw misplaced(name, at: range) }
        guard call.orderBy.isEmpty else {
            throw .unsupported(
                "ORDER BY inside \(name) is not supported",
                hint: "Aggregate over a subquery that is ordered.", at: range)
        }
        let inner = ExpressionBinder(statement, scope, .aggregate)
        var filter: BoundExpression?
        if let condition = call.filter { filter = try inner.condition(condition, "FILTER") }
        if call.isStar {
            guard function == .count else {
                throw DatabaseError(
                    .undefinedFunction, "\(name)(*) does not exist",
                    hint: "Only count takes a star.", position: range)
            }
            return aggregates.add(
                BoundAggregate(
                    function: .countRows, arguments: [], filter: filter, type: .bigint), at: range)
        }
        let count = AggregateTable.argumentCount(function)
        guard call.arguments.count == count else {
            throw DatabaseError(
                .undefinedFunction,
                "\(name) takes \(count) argument\(count == 1 ? "" : "s"), "
                    + "not \(call.arguments.count)",
                hint: function == .count ? "For rows write count(*)." : nil, position: range)
        }
        var arguments: [BoundExpression] = []
        for argument in call.arguments { arguments.append(try inner.bind(argument.value)) }
        let first = try firstArgument(arguments[0], function)
        guard let types = AggregateTable.types(function, first.type) else {
            throw DatabaseError(
                .undefinedFunction, "\(name) is not defined for \(first.type.familyName)",
                hint: first.isJSONPath ? "Cast the path to a number or to text first." : nil,
                position: range)
        }
        arguments[0] = first
        if function == .stringAgg {
            arguments[1] = try statement.coerce(
                arguments[1], to: .text, .implicit, otherwise: "the separator must be text")
        }
        return aggregates.add(
            BoundAggregate(
                function: function, arguments: arguments, isDistinct: call.isDistinct,
                filter: filter, type: types.result), at: range)
    }

    private func firstArgument(
        _ argument: BoundExpression, _ function: Aggregate
    ) throws(DatabaseError) -> BoundExpression {
        let wanted: ValueType? =
            switch function {
            case .stringAgg: .text
            case .boolAnd, .boolOr: .boolean
            case .sum, .avg: argument.type == .unknown ? .double : nil
            default: nil
            }
        if let wanted, let result = try statement.coerced(argument, to: wanted, .implicit) {
            return result
        }
        return try statement.resolvingUnknown(argument)
    }

    private func misplaced(_ name: String, at range: SourceRange?) -> DatabaseError {
        if clause == .aggregate {
            return DatabaseError(
                .groupingError, "aggregates cannot be nested",
                hint: "Compute the inner one in a subquery in FROM.", position: range)
        }
        return DatabaseError(
            .groupingError, "\(name) is an aggregate, and \(clause.rawValue) cannot have any",
            hint: clause == .filter ? "Conditions on groups stand in HAVING." : nil,
            position: range)
    }
}
