package import NeedletailCore

/// What is known of the rows of a plan before it runs.
package struct RelationStatistics: Sendable {
    package var rowCount: Int
    /// By position, as far as they were gathered.
    package var columns: [Int: ColumnStatistics]

    package init(rowCount: Int, columns: [Int: ColumnStatistics]) {
        self.rowCount = rowCount
        self.columns = columns
    }
}

/// Estimates which share of rows meets a condition, from statistics of the columns and the values
/// of parameters.
///
/// Conditions on different columns count as independent of each other. What statistics do not tell
/// has a share of its own, see ``Unknown``.
package struct SelectivityEstimator {
    /// Shares of what nothing is known of.
    enum Unknown {
        /// A column equal to a value.
        static let equality = 0.005
        /// A column below or above a value.
        static let inequality = 1.0 / 3
        /// A text like a pattern.
        static let pattern = 0.05
        /// An array or a document that contains something.
        static let containment = 0.01
        /// NULL.
        static let null = 0.005
        /// Anything else.
        static let condition = 1.0 / 3
    }

    /// How probable it is that a condition is true, and that it is NULL.
    struct Truth {
        var yes: Double
        var unknown = 0.0

        var no: Double { max(0, 1 - yes - unknown) }
        var negated: Truth { Truth(yes: no, unknown: unknown) }
    }

    private let columns: [Int: ColumnStatistics]
    private let parameters: [Value]

    /// - Parameter parameters: their values; empty where they are not known.
    package init(columns: [Int: ColumnStatistics], parameters: [Value] = []) {
        self.columns = columns
        self.parameters = parameters
    }

    /// The share of rows for which `condition` is true, 0 to 1.
    package func share(of condition: BoundExpression?) -> Double {
        guard let condition else { return 1 }
        return min(1, max(0, truth(of: condition).yes))
    }

    func truth(of condition: BoundExpression) -> Truth {
        switch condition.kind {
        case .constant(.bool(let flag)): return Truth(yes: flag ? 1 : 0)
        case .constant(.null): return Truth(yes: 0, unknown: 1)
        case .column(let position):
            return equality(position, .bool(true))
        case .not(let operand): return truth(of: operand).negated
        case .and(let operands): return all(operands)
        case .or(let operands): return any(operands.map(truth))
        case .isNull(let operand, let negated):
            let share = nullShare(of: operand)
            return Truth(yes: negated ? 1 - share : share)
        case .isTruth(let operand, let wanted, let negated):
            let found = truth(of: operand)
            let yes = wanted.map { $0 ? found.yes : found.no } ?? found.unknown
            return Truth(yes: negated ? 1 - yes : yes)
        case .compare(let comparison, let left, let right):
            return compare(left, comparison, right)
        case .inList(let operand, let list, let negated):
            let found = members(operand, list.map(value))
            return negated ? found.negated : found
        case .quantified(.equal, let operand, let array, all: false):
            return equalToAny(operand, array)
        case .like(let operand, let pattern, let escape, let ignoringCase, let negated):
            let found =
                ignoringCase
                ? unknownPattern(operand)
                : like(operand, LikePrefix(pattern: pattern, escape: escape))
            return negated ? found.negated : found
        case .call(let function, let arguments): return call(function, arguments)
        default: return Truth(yes: Unknown.condition)
        }
    }
}

// MARK: Conditions together

extension SelectivityEstimator {
    /// Both bounds on one column are one range; all else is independent.
    private func all(_ operands: [BoundExpression]) -> Truth {
        var yes = 1.0
        var notFalse = 1.0
        var bounds: [Int: [Truth]] = [:]
        for operand in operands.flatMap(\.conjuncts) {
            let found = truth(of: operand)
            if let column = boundedColumn(operand) {
                bounds[column, default: []].append(found)
            } else {
                yes *= found.yes
                notFalse *= found.yes + found.unknown
            }
        }
        for truths in bounds.values {
            let unknown = truths[0].unknown
            let outside = truths.reduce(0) { $0 + $1.no }
            let inside = max(0, 1 - unknown - outside)
            yes *= inside
            notFalse *= inside + unknown
        }
        return Truth(yes: yes, unknown: max(0, notFalse - yes))
    }

    private func any(_ truths: [Truth]) -> Truth {
        var notTrue = 1.0
        var no = 1.0
        for truth in truths {
            notTrue *= 1 - truth.yes
            no *= truth.no
        }
        return Truth(yes: 1 - notTrue, unknown: max(0, notTrue - no))
    }

    /// The column that `condition` bounds on one side, where statistics know how it is spread.
    private func boundedColumn(_ condition: BoundExpression) -> Int? {
        guard case .compare(let comparison, let left, let right) = condition.kind,
            comparison != .equal, comparison != .notEqual
        else { return nil }
        for side in [left, right] {
            if let column = column(side), columns[column] != nil { return column }
        }
        return nil
    }
}

// MARK: Single conditions

extension SelectivityEstimator {
    private func column(_ expression: BoundExpression) -> Int? {
        switch expression.kind {
        case .column(let position): position
        case .cast(let inner, explicit: false): column(inner)
        default: nil
        }
    }

    /// The value that a row-independent expression will have, where that is plain.
    private func value(_ expression: BoundExpression) -> Value? {
        switch expression.kind {
        case .constant(let value): value
        case .parameter(let position):
            parameters.indices.contains(position) ? parameters[position] : nil
        case .cast(let inner, _): value(inner)
        default: nil
        }
    }

    private func nullShare(of expression: BoundExpression) -> Double {
        guard let column = column(expression) else { return Unknown.null }
        return columns[column]?.nullShare ?? Unknown.null
    }

    private func compare(
        _ left: BoundExpression, _ comparison: Comparison, _ right: BoundExpression
    ) -> Truth {
        if let column = column(left), right.isRowIndependent {
            return compare(column, comparison, value(right))
        }
        if let column = column(right), left.isRowIndependent {
            return compare(column, comparison.mirrored, value(left))
        }
        switch comparison {
        case .equal: return Truth(yes: Unknown.equality)
        case .notEqual: return Truth(yes: 1 - Unknown.equality)
        default: return Truth(yes: Unknown.inequality)
        }
    }

    private func compare(_ column: Int, _ comparison: Comparison, _ value: Value?) -> Truth {
        if value?.isNull == true { return Truth(yes: 0, unknown: 1) }
        switch comparison {
        case .equal: return equality(column, value)
        case .notEqual: return equality(column, value).negated
        case .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        guard let known = columns[column] else { return Truth(yes: Unknown.inequality) }
        guard let value, let below = known.share(below: value) else {
            return Truth(
                yes: (1 - known.nullShare) * Unknown.inequality, unknown: known.nullShare)
        }
        let equal = known.share(equalTo: value)
        let yes =
            switch comparison {
            case .less: below
            case .lessOrEqual: below + equal
            case .greater: 1 - known.nullShare - below - equal
            default: 1 - known.nullShare - below
            }
        return Truth(
            yes: min(max(0, yes), 1 - known.nullShare), unknown: known.nullShare)
    }

    /// - Parameter value: `nil` where it is not known.
    private func equality(_ column: Int, _ value: Value?) -> Truth {
        guard let known = columns[column] else { return Truth(yes: Unknown.equality) }
        let yes = value.map { known.share(equalTo: $0) } ?? known.averageShare
        return Truth(yes: yes, unknown: known.nullShare)
    }

    private func members(_ operand: BoundExpression, _ values: [Value?]) -> Truth {
        guard let column = column(operand) else {
            return Truth(yes: min(1, Unknown.equality * Double(values.count)))
        }
        let truths = values.map { value in
            value?.isNull == true ? Truth(yes: 0) : equality(column, value)
        }
        let nulls = columns[column]?.nullShare ?? 0
        return Truth(yes: min(1 - nulls, truths.reduce(0) { $0 + $1.yes }), unknown: nulls)
    }

    /// `column = ANY (array)`, and `value = ANY (column)`.
    private func equalToAny(_ operand: BoundExpression, _ array: BoundExpression) -> Truth {
        if let column = column(array) { return elements(column, [value(operand)], all: true) }
        if case .array(let elements) = array.kind { return members(operand, elements.map(value)) }
        guard case .array(let values)? = value(array) else { return Truth(yes: Unknown.condition) }
        return members(operand, values)
    }

    /// Arrays that have all of some values, or any.
    private func elements(_ column: Int, _ values: [Value?], all: Bool) -> Truth {
        let known = columns[column]
        let shares = values.map { value in
            known.flatMap { known in value.map { known.share(equalTo: $0) } }
                ?? Unknown.containment
        }
        let yes =
            all
            ? shares.reduce(1, *) : 1 - shares.reduce(1) { $0 * (1 - $1) }
        return Truth(yes: yes, unknown: known?.nullShare ?? 0)
    }

    private func call(_ function: Builtin, _ arguments: [BoundExpression]) -> Truth {
        switch function {
        case .arrayContains, .arrayOverlaps:
            guard arguments.count == 2, let column = column(arguments[0]),
                case .array(let values)? = value(arguments[1])
            else { return Truth(yes: Unknown.containment) }
            return elements(column, values, all: function == .arrayContains)
        case .arrayContained, .jsonContains, .jsonContained, .jsonHasKey, .jsonHasAnyKey,
            .jsonHasAllKeys:
            return Truth(yes: Unknown.containment)
        default: return Truth(yes: Unknown.condition)
        }
    }

    private func unknownPattern(_ operand: BoundExpression) -> Truth {
        let nulls = column(operand).flatMap { columns[$0]?.nullShare } ?? 0
        return Truth(yes: min(1 - nulls, Unknown.pattern), unknown: nulls)
    }

    /// Texts that begin as a pattern does.
    private func like(_ operand: BoundExpression, _ prefix: LikePrefix?) -> Truth {
        guard let prefix, let column = column(operand), let known = columns[column],
            let below = known.share(below: .text(prefix.text))
        else { return unknownPattern(operand) }
        let end =
            prefix.successor.flatMap { known.share(below: .text($0)) } ?? 1 - known.nullShare
        return Truth(yes: max(0, end - below), unknown: known.nullShare)
    }
}
