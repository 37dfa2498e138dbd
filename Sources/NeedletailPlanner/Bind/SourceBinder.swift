import NeedletailCore
import NeedletailSyntax

/// Binds `FROM`.
struct SourceBinder {
    let statement: StatementBinder
    let outer: [Relation]

    init(_ statement: StatementBinder, outer: [Relation]) {
        self.statement = statement
        self.outer = outer
    }

    @inline(never)
    func bind(_ items: [FromItem]) throws(DatabaseError) -> (BoundSource, [Relation]) {
        guard let item = items.first else { return (.nothing, []) }
        let (source, relations) = try bind(item.source)
        let second =
            item.joins.first.map { $0.location.range ?? $0.source.range }
            ?? items.dropFirst().first.map(\.source.range)
        guard let second else { return (source, relations) }
        guard let lateral = LateralItem(items), let relation = relations.first else {
            throw .unsupported(
                "joins are not supported yet",
                hint: "Use WHERE id IN (SELECT …), CROSS JOIN LATERAL (SELECT …), or run one query "
                    + "for each table.", at: second)
        }
        return try bind(lateral, beside: source, relation)
    }

    /// A query that may read the relation it stands beside. What is around both, neither may read.
    @inline(never)
    private func bind(
        _ lateral: LateralItem, beside source: BoundSource, _ relation: Relation
    ) throws(DatabaseError) -> (BoundSource, [Relation]) {
        var beside = relation
        beside.isLateral = true
        let inner = try QueryBinder(statement, outer: [beside] + outer.map(\.outOfReach))
            .bind(lateral.query)
        var other = Relation(
            name: lateral.alias?.name.text ?? "subquery",
            columns: inner.projections.map { .init(name: $0.name, type: $0.expression.type) },
            offset: relation.columns.count)
        try rename(&other, lateral.alias)
        guard other.name != relation.name else {
            throw DatabaseError(
                "42712", "\"\(other.name)\" stands twice in FROM",
                hint: "Give one of them another alias.",
                position: lateral.alias?.name.range ?? lateral.query.range)
        }
        let joined = BoundLateral(
            outer: source,
            outerColumns: relation.columns.map {
                NeedletailCore.Column(name: $0.name, type: $0.type)
            }, outerAlias: relation.name, inner: inner, innerAlias: other.name,
            keepsUnmatched: lateral.keepsUnmatched)
        return (.lateral(joined), [relation, other])
    }

    @inline(never)
    private func bind(_ source: TableSource) throws(DatabaseError) -> (BoundSource, [Relation]) {
        let alias = source.alias
        switch source.kind {
        case .table(let name, let asOf):
            guard asOf == nil else {
                throw .unsupported(
                    "AS OF is not supported yet",
                    hint: "Read inside BEGIN READ ONLY to keep one state.", at: source.range)
            }
            let table = try statement.table(name)
            let indexes = try statement.catalog.indexes(of: table)
            var relation = Relation(table, name: alias?.name.text)
            try rename(&relation, alias)
            return (.table(table, indexes: indexes, alias: relation.name), [relation])
        case .subquery(let query):
            let inner = try QueryBinder(statement, outer: outer).bind(query)
            var relation = Relation(
                name: alias?.name.text ?? "subquery",
                columns: inner.projections.map { .init(name: $0.name, type: $0.expression.type) })
            try rename(&relation, alias)
            return (.query(inner, alias: relation.name), [relation])
        case .function(let call): return try function(call, alias, at: source.range)
        }
    }

    private func rename(_ relation: inout Relation, _ alias: TableAlias?) throws(DatabaseError) {
        guard let alias, !alias.columns.isEmpty else { return }
        guard alias.columns.count <= relation.columns.count else {
            throw DatabaseError(
                .invalidColumnReference,
                "\"\(alias.name.text)\" has \(relation.columns.count) columns, and "
                    + "\(alias.columns.count) names are given",
                position: alias.columns.last?.range)
        }
        for (position, name) in alias.columns.enumerated() {
            relation.columns[position].name = name.text
        }
    }

    @inline(never)
    private func function(
        _ call: FunctionCall, _ alias: TableAlias?, at range: SourceRange?
    ) throws(DatabaseError) -> (BoundSource, [Relation]) {
        let name = call.name.last.text
        let binder = ExpressionBinder(statement, Scope(outer: outer), .source)
        let count = call.arguments.count
        let source: BoundSource
        let type: ValueType
        switch name {
        case "generate_series":
            guard count == 2 || count == 3 else {
                throw wrongCount(name, "start, stop [, step]", range)
            }
            var bounds: [BoundExpression] = []
            for argument in call.arguments {
                bounds.append(
                    try binder.value(argument.value, as: .bigint, "an argument of generate_series"))
            }
            source = .series(
                start: bounds[0], stop: bounds[1], step: bounds.count > 2 ? bounds[2] : nil)
            type = .bigint
        case "unnest":
            guard count == 1 else { throw wrongCount(name, "array", range) }
            let array = try binder.bind(call.arguments[0].value)
            guard case .array(let element) = array.type, element != .unknown else {
                throw DatabaseError(
                    .undefinedFunction, "unnest needs an array, not \(array.type.familyName)",
                    hint: "Write ARRAY[…], or cast: '{1,2}'::bigint[].",
                    position: call.arguments[0].value.range)
            }
            source = .unnest(array)
            type = element
        default:
            throw .unsupported(
                "function \(name) cannot stand in FROM",
                hint: "generate_series and unnest can.", at: range)
        }
        var relation = Relation(
            name: alias?.name.text ?? name,
            columns: [.init(name: alias?.name.text ?? name, type: type)])
        try rename(&relation, alias)
        return (source, [relation])
    }

    private func wrongCount(_ name: String, _ form: String, _ range: SourceRange?) -> DatabaseError
    {
        DatabaseError(
            .undefinedFunction, "\(name) does not take so many arguments",
            hint: "Write \(name)(\(form)).", position: range)
    }
}

/// The one form of `FROM` with two entries that there is: something, and a `LATERAL` query.
private struct LateralItem {
    let query: SelectStatement
    let alias: TableAlias?
    let keepsUnmatched: Bool

    /// `a, LATERAL (…)`, `a CROSS JOIN LATERAL (…)`, `a [LEFT] JOIN LATERAL (…) ON TRUE`.
    init?(_ items: [FromItem]) {
        let joins = items[0].joins
        guard joins.count + items.count == 2, items.count == 1 || items[1].joins.isEmpty,
            let source = joins.first?.source ?? items.last?.source, source.isLateral,
            case .subquery(let query) = source.kind
        else { return nil }
        switch joins.first?.condition {
        case nil: break
        case .on(let condition):
            guard case .literal(.boolean(true)) = condition.kind else { return nil }
        case .using: return nil
        }
        switch joins.first?.kind {
        case nil, .cross, .inner: keepsUnmatched = false
        case .left: keepsUnmatched = true
        case .right, .full: return nil
        }
        self.query = query
        alias = source.alias
    }
}

extension StatementBinder {
    /// The table called `name`; 42P01 with the nearest name if there is none.
    func table(_ name: ObjectName) throws(DatabaseError) -> TableDefinition {
        if let table = try tableIfExists(name) { return table }
        throw DatabaseError(
            .undefinedTable, "table \"\(name.text)\" does not exist",
            hint: Suggestion.hint(for: name.last.text, in: try catalog.tableNames()),
            position: name.range)
    }

    func tableIfExists(_ name: ObjectName) throws(DatabaseError) -> TableDefinition? {
        guard try isLocal(name) else { return nil }
        return try catalog.table(named: name.last.text)
    }

    /// Whether the name has no schema, or the one there is.
    func isLocal(_ name: ObjectName) throws(DatabaseError) -> Bool {
        if name.parts.count == 1 { return true }
        return name.parts.count == 2 && name.parts[0].text == "public"
    }
}
