import NeedletailCore
import NeedletailSyntax

/// Binds select lists and `RETURNING`.
struct ItemBinder {
    let binder: ExpressionBinder

    init(_ binder: ExpressionBinder) { self.binder = binder }

    func bind(_ items: [SelectItem]) throws(DatabaseError) -> [BoundProjection] {
        var projections: [BoundProjection] = []
        for item in items {
            switch item {
            case .all(let location):
                guard !binder.scope.relations.isEmpty else {
                    throw DatabaseError(
                        .syntaxError, "* needs a FROM clause",
                        hint: "Name the table: SELECT * FROM docs.", position: location.range)
                }
                for relation in binder.scope.relations { projections += columns(of: relation) }
            case .allOf(let name):
                guard let relation = binder.scope.relation(named: name.last.text) else {
                    throw DatabaseError(
                        .undefinedTable, "\"\(name.text)\" is not a table of this query",
                        hint: Suggestion.hint(
                            for: name.text, in: binder.scope.relations.map(\.name)),
                        position: name.range)
                }
                projections += columns(of: relation)
            case .expression(let expression, let alias):
                let bound = try binder.bind(expression)
                projections.append(
                    BoundProjection(
                        name: alias?.text ?? expression.resultName, expression: bound))
            }
        }
        return projections
    }

    private func columns(of relation: Relation) -> [BoundProjection] {
        relation.columns.enumerated().map { position, column in
            BoundProjection(
                name: column.name,
                expression: BoundExpression(.column(relation.offset + position), column.type))
        }
    }
}

extension Expression {
    /// What a result column is called that has no alias, as PostgreSQL chooses it.
    var resultName: String { ownName ?? "?column?" }

    private var ownName: String? {
        switch kind {
        case .column(let path): path.last?.spelling
        case .member(_, let name): name.spelling
        case .element(let base, let index):
            if case .literal(.string(let key)) = index.kind { key } else { base.ownName }
        case .slice(let base, _, _): base.ownName
        case .call(let call): call.name.last.text
        case .cast(let operand, let type): operand.ownName ?? type.name.text
        case .typedLiteral(let type, _): type.name.text
        case .conditional(let conditional): conditional.otherwise?.ownName ?? "case"
        case .exists: "exists"
        case .array(_, .keyword): "array"
        case .subquery(let query): query.resultName
        case .literal(.boolean): "bool"
        default: nil
        }
    }
}

extension SelectStatement {
    /// What its first column is called.
    fileprivate var resultName: String? {
        guard case .select(let core) = body,
            case .expression(let expression, let alias)? = core.items.first
        else { return nil }
        return alias?.text ?? expression.resultName
    }
}
