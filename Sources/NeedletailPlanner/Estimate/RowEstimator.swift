package import NeedletailCore

/// Estimates how many rows the operators of a plan hand out.
package struct RowEstimator {
    /// Elements of an array that is not known, and different values of what is not a column.
    private static let elementsUnknown = 10.0
    private static let distinctUnknown = 200.0

    private let parameters: [Value]
    private let statistics: (TableDefinition) -> RelationStatistics?

    /// - Parameters:
    ///   - parameters: their values; empty where they are not known.
    ///   - statistics: what is known of a table; `nil` for nothing at all.
    package init(
        parameters: [Value], statistics: @escaping (TableDefinition) -> RelationStatistics?
    ) {
        self.parameters = parameters
        self.statistics = statistics
    }

    /// `nil` where the rows of a table are not known.
    package func rows(of plan: Plan) -> Double? {
        switch plan {
        case .nothing: return 1
        case .values(let rows, _): return Double(rows.count)
        case .series(let start, let stop, let step):
            guard let first = integer(start), let last = integer(stop),
                let by = step.map(integer) ?? 1, by != 0
            else { return Self.elementsUnknown }
            return max(0, ((last - first) / by).rounded(.down) + 1)
        case .unnest(let array): return elements(of: array)
        case .tableScan(let scan): return rows(scan.table, scan.filter)
        case .exactSearch(let search):
            return least(rows(search.table, search.filter), search.count.flatMap(integer))
        case .filter(let input, let condition):
            return rows(of: input).map { $0 * estimator(of: input).share(of: condition) }
        case .aggregate(let input, let grouping):
            guard !grouping.keys.isEmpty else { return 1 }
            return rows(of: input).map { groups(grouping.keys, of: input, rows: $0) }
        case .distinct(let input):
            guard case .project(let source, let columns) = input else { return rows(of: input) }
            return rows(of: source).map {
                groups(columns.map(\.expression), of: source, rows: $0)
            }
        case .sort(let input, _, let limit, let offset):
            let kept = limit.flatMap(integer).map { $0 + (offset.flatMap(integer) ?? 0) }
            return least(rows(of: input), kept)
        case .limit(let input, let limit, let offset):
            let rest = rows(of: input).map { max(0, $0 - (offset.flatMap(integer) ?? 0)) }
            return least(rest, limit.flatMap(integer))
        case .limitBy(let input, let limitBy, let wanted, _):
            let found = rows(of: input).map { rows in
                integer(limitBy.count).map {
                    min(rows, $0 * groups(limitBy.keys, of: input, rows: rows))
                } ?? rows
            }
            return least(found, wanted.flatMap(integer))
        case .project(let input, _), .trim(let input, _): return rows(of: input)
        case .lateral(let join):
            guard let outer = rows(of: join.outer), let inner = rows(of: join.inner) else {
                return nil
            }
            return outer * (join.keepsUnmatched ? max(1, inner) : inner)
        }
    }

    private func least(_ rows: Double?, _ most: Double?) -> Double? {
        guard let rows, let most else { return rows }
        return min(rows, most)
    }

    private func rows(_ table: TableDefinition, _ filter: BoundExpression?) -> Double? {
        guard let known = statistics(table) else { return nil }
        let estimator = SelectivityEstimator(columns: known.columns, parameters: parameters)
        return Double(known.rowCount) * estimator.share(of: filter)
    }

    private func estimator(of plan: Plan) -> SelectivityEstimator {
        SelectivityEstimator(columns: columns(of: plan), parameters: parameters)
    }

    /// What is known of the columns of a plan's rows.
    private func columns(of plan: Plan) -> [Int: ColumnStatistics] {
        switch plan {
        case .tableScan(let scan): return statistics(scan.table)?.columns ?? [:]
        case .exactSearch(let search): return statistics(search.table)?.columns ?? [:]
        case .filter(let input, _), .distinct(let input), .sort(let input, _, _, _),
            .limit(let input, _, _), .limitBy(let input, _, _, _), .trim(let input, _):
            return columns(of: input)
        case .project(let input, let projections):
            let below = columns(of: input)
            var found: [Int: ColumnStatistics] = [:]
            for (place, projection) in projections.enumerated() {
                if case .column(let position) = projection.expression.kind {
                    found[place] = below[position]
                }
            }
            return found
        case .nothing, .values, .series, .unnest, .aggregate, .lateral: return [:]
        }
    }

    /// Combinations of values among `rows`.
    private func groups(_ keys: [BoundExpression], of input: Plan, rows: Double) -> Double {
        let known = columns(of: input)
        var combinations = 1.0
        for key in keys {
            if case .column(let position) = key.kind, let column = known[position],
                let distinct = column.distinctCount
            {
                combinations *= max(1, distinct + (column.nullShare > 0 ? 1 : 0))
            } else if case .constant = key.kind {
                continue
            } else {
                combinations *= Self.distinctUnknown
            }
        }
        return min(rows, combinations)
    }

    private func integer(_ expression: BoundExpression) -> Double? {
        switch expression.kind {
        case .constant(.int(let number)): return Double(number)
        case .parameter(let position):
            guard parameters.indices.contains(position),
                case .int(let number) = parameters[position]
            else { return nil }
            return Double(number)
        case .cast(let inner, _): return integer(inner)
        default: return nil
        }
    }

    private func elements(of array: BoundExpression) -> Double {
        switch array.kind {
        case .array(let elements): Double(elements.count)
        case .constant(.array(let values)): Double(values.count)
        default: Self.elementsUnknown
        }
    }
}
