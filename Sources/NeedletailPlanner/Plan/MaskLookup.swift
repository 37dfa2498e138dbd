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
    /// Rows whose column, the first of a key, is among what a query gives; the primary key where
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
        _ condition: BoundExpression, _ table: TableDefinition, _ indexes: [IndexDefinition]
    ) {
        func gin(_ column: Int) -> IndexDefinition? {
            indexes.first {
                $0.method == .gin && $0.keys.first?.columnID == table.columns[column].id
            }
        }
        func column(_ expression: BoundExpression) -> Int? {
            guard case .column(let position) = expression.kind,
                table.columns.indices.contains(position)
            else { return nil }
            return position
        }
        switch condition.kind {
        case .call(let function, let arguments) where arguments.count == 2:
            guard let position = column(arguments[0]), let index = gin(position),
                arguments[1].isRowIndependent, arguments[1].type == arguments[0].type
            else { return nil }
            switch function {
            case .arrayContains: self = .elements(index, arguments[1], all: true)
            case .arrayOverlaps: self = .elements(index, arguments[1], all: false)
            case .jsonContains: self = .document(index, arguments[1])
            default: return nil
            }
        case .quantified(.equal, let value, let array, all: false):
            guard let position = column(array), let index = gin(position), value.isRowIndependent,
                table.columns[position].type == .array(value.type)
            else { return nil }
            self = .element(index, value)
        case .compare(.equal, let left, let right):
            guard case .jsonPath(let base, let steps) = left.kind, let position = column(base),
                let index = gin(position), right.isRowIndependent
            else { return nil }
            self = .path(index, steps, right)
        case .inQuery(let operand, let query, negated: false):
            guard let position = column(operand), query.projections.count == 1,
                query.projections[0].expression.type == operand.type
            else { return nil }
            let id = table.columns[position].id
            if table.primaryKey.first == position {
                self = .members(nil, query)
            } else if let index = indexes.first(where: {
                ($0.method == .ordered || $0.method == .bitmap) && $0.keys.first?.columnID == id
                    && $0.keys.first?.path.isEmpty == true
            }) {
                self = .members(index, query)
            } else {
                return nil
            }
        default: return nil
        }
    }
}
