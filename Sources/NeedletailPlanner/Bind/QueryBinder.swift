import NeedletailCore
import NeedletailSyntax

/// Binds one query.
struct QueryBinder {
    let statement: StatementBinder
    /// Relations of the queries around it, which it may not read.
    let outer: [Relation]

    init(_ statement: StatementBinder, outer: [Relation] = []) {
        self.statement = statement
        self.outer = outer
    }

    /// The meaning of `query`.
    ///
    /// - Parameter keepsUnknown: leaves literals and parameters of the select list without a type,
    ///   for a caller that has types for them; otherwise they become text.
    func bind(
        _ query: SelectStatement, keepsUnknown: Bool = false
    ) throws(DatabaseError) -> BoundQuery {
        try refuseWhatIsMissing(query)
        var bound: BoundQuery
        switch query.body {
        case .select(let core):
            bound = try CoreBinder(self, core).bind(
                order: query.orderBy, limitBy: query.limitBy, keepsUnknown: keepsUnknown)
        case .values(let rows): bound = try ordered(try values(rows), by: query.orderBy)
        case .nested(let inner):
            bound = try bind(inner, keepsUnknown: keepsUnknown && query.isBare)
            if query.isBare { return bound }
            bound = try ordered(bound.wrapped(bound.passedThrough), by: query.orderBy)
        case .combined(_, let steps):
            throw .unsupported(
                "\(steps.first?.kind.rawValue ?? "UNION") is not supported yet",
                hint: "Run the queries one after the other and combine their rows.",
                at: steps.first?.location.range ?? query.range)
        }
        bound.limit = try query.limit.map { limit throws(DatabaseError) in try count(limit, "LIMIT")
        }
        bound.offset = try query.offset.map { offset throws(DatabaseError) in
            try count(offset, "OFFSET")
        }
        bound.options = try OptionBinder(statement).bind(query.options)
        return bound
    }

    @inline(never)
    private func refuseWhatIsMissing(_ query: SelectStatement) throws(DatabaseError) {
        if let first = query.with.first {
            throw .unsupported(
                "WITH queries are not supported yet",
                hint: "Write the query as a subquery in FROM.", at: first.name.range)
        }
        if let limitBy = query.limitBy {
            guard case .select = query.body else {
                throw .unsupported(
                    "LIMIT n BY is not supported behind VALUES and queries in parentheses",
                    hint: "Write it behind a SELECT.", at: limitBy.count.range)
            }
        }
    }

    /// A number of rows: bigint, the same for the whole statement.
    @inline(never)
    func count(
        _ expression: Expression, _ what: String
    ) throws(DatabaseError) -> BoundExpression {
        let binder = ExpressionBinder(statement, Scope(outer: outer), .limit)
        let bound = try binder.bind(expression)
        return try statement.coerce(
            bound, to: .bigint, .assignment,
            otherwise: "argument of \(what) must be bigint, not \(bound.type.familyName)")
    }

    /// `VALUES` as a query: columns `column1`, `column2`, … in the types that their values share.
    @inline(never)
    private func values(_ rows: [[Expression]]) throws(DatabaseError) -> BoundQuery {
        let binder = ExpressionBinder(statement, Scope(outer: outer), .values)
        let width = rows.first?.count ?? 0
        var columns = [[BoundExpression]](repeating: [], count: width)
        for row in rows {
            guard row.count == width else {
                throw DatabaseError(
                    .syntaxError,
                    "rows of VALUES have one length: this one has \(row.count) values, the first "
                        + "\(width)",
                    position: row.first?.range)
            }
            for (position, value) in row.enumerated() {
                columns[position].append(try binder.bind(value))
            }
        }
        var types: [NeedletailCore.Column] = []
        for position in columns.indices {
            let unified = try binder.unify(
                columns[position], "values of a column", default: .text)
            columns[position] = unified.expressions
            types.append(.init(name: "column\(position + 1)", type: unified.type))
        }
        let bound = rows.indices.map { row in columns.map { $0[row] } }
        return BoundQuery(
            source: .values(bound, columns: types),
            projections: types.enumerated().map { position, column in
                BoundProjection(
                    name: column.name, expression: BoundExpression(.column(position), column.type))
            })
    }

    /// `query`, which only passes columns on, with an order over them.
    @inline(never)
    private func ordered(
        _ query: BoundQuery, by keys: [SortKey]
    ) throws(DatabaseError) -> BoundQuery {
        guard !keys.isEmpty else { return query }
        let relation = Relation(
            name: "values",
            columns: query.projections.map { .init(name: $0.name, type: $0.expression.type) })
        let binder = ExpressionBinder(
            statement, Scope(relations: [relation], outer: outer), .order)
        var copy = query
        copy.order = try OrderBinder(binder: binder, projections: query.projections).bind(keys)
        return copy
    }
}

extension BoundQuery {
    /// Its columns, as the query around it would read them.
    var passedThrough: [BoundProjection] {
        projections.enumerated().map { position, projection in
            BoundProjection(
                name: projection.name,
                expression: BoundExpression(.column(position), projection.expression.type))
        }
    }
}
