package import NeedletailCore

/// How an index finds the rows that meet a condition which is no range of keys. All expressions are
/// row-independent.
package enum MaskLookup: Sendable, Hashable {
    /// Arrays that have all of the elements, or any of them, of another.
    case elements(IndexDefinition, BoundExpression, all: Bool)
    /// Arrays that have one value.
    case element(IndexDefinition, BoundExpression)
    /// Documents that contain another.
    case document(IndexDefinition, BoundExpression)
    /// Documents with a scalar at the end of a path.
    case path(IndexDefinition, [JSONStep], BoundExpression)
    /// Rows whose value, the first of a key, is among what a query gives; the primary key where
    /// there is no index.
    case members(IndexDefinition?, BoundQuery)

    /// `nil` for the primary key.
    package var index: IndexDefinition? {
        switch self {
        case .elements(let index, _, _), .element(let index, _), .document(let index, _),
            .path(let index, _, _):
            index
        case .members(let index, _): index
        }
    }

    init?(
        _ condition: BoundExpression, _ targets: KeyTargets, _ indexes: [IndexDefinition]
    ) {
        let table = targets.table
        func gin(_ expression: BoundExpression) -> IndexDefinition? {
            guard let target = targets.target(of: expression) else { return nil }
            return indexes.first {
                $0.method == .gin && $0.keys.first.flatMap { KeyTarget($0, of: table) } == target
            }
        }
        switch condition.kind {
        case .call(let function, let arguments) where arguments.count == 2:
            guard let index = gin(arguments[0]), arguments[1].isRowIndependent,
                arguments[1].type == arguments[0].type
            else { return nil }
            switch function {
            case .arrayContains: self = .elements(index, arguments[1], all: true)
            case .arrayOverlaps: self = .elements(index, arguments[1], all: false)
            case .jsonContains: self = .document(index, arguments[1])
            default: return nil
            }
        case .quantified(.equal, let value, let array, all: false):
            guard let index = gin(array), value.isRowIndependent, array.type == .array(value.type)
            else { return nil }
            self = .element(index, value)
        case .compare(.equal, let left, let right):
            guard case .jsonPath(let base, let steps) = left.kind, let index = gin(base),
                right.isRowIndependent
            else { return nil }
            self = .path(index, steps, right)
        case .inQuery(let operand, let query, negated: false):
            guard let target = targets.target(of: operand), query.projections.count == 1,
                query.projections[0].expression.type == operand.type
            else { return nil }
            if case .path = target { return nil }
            if let first = table.primaryKey.first, target == .column(first) {
                self = .members(nil, query)
            } else if let index = indexes.first(where: {
                ($0.method == .ordered || $0.method == .bitmap)
                    && $0.keys.first.flatMap { KeyTarget($0, of: table) } == target
            }) {
                self = .members(index, query)
            } else {
                return nil
            }
        default: return nil
        }
    }
}
