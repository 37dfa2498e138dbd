import NeedletailSyntax

extension SExpression {
    init(_ query: SelectStatement) {
        let body = SExpression(query.body)
        guard !query.isBare else {
            self = body
            return
        }
        self = .node(
            "query",
            query.with.map { SExpression($0) } + [
                body, Self.orderBy(query.orderBy),
                query.limitBy.map { limit in
                    .node(
                        "limit-by", [SExpression(limit.count)] + limit.keys.map { SExpression($0) })
                },
                query.limit.map { .node("limit", SExpression($0)) },
                query.offset.map { .node("offset", SExpression($0)) },
                Self.options(query.options),
            ])
    }

    private init(_ table: CommonTable) {
        self = .node(
            "with", .atom(table.name.sql), Self.names("columns", table.columns),
            table.isMaterialized.map { .atom($0 ? "materialized" : "not-materialized") },
            SExpression(table.query))
    }

    private init(_ body: SelectBody) {
        switch body {
        case .select(let core): self = SExpression(core)
        case .values(let rows):
            self = .node(
                "values", rows.map { row in .list(row.map { SExpression($0) }) })
        case .nested(let query): self = .node("nested", SExpression(query))
        case .combined(let first, let rest):
            self = .node(
                "combined",
                [SExpression(first)]
                    + rest.map { step in
                        .node(
                            step.kind.rawValue.lowercased() + (step.keepsDuplicates ? "-all" : ""),
                            SExpression(step.operand))
                    })
        }
    }

    private init(_ core: SelectCore) {
        var parts: [SExpression?] = []
        switch core.distinct {
        case .rows: parts.append(.atom("distinct"))
        case .on(let keys): parts.append(.node("distinct-on", keys.map { SExpression($0) }))
        case nil: break
        }
        parts.append(.list(Self.items(core.items)))
        if !core.from.isEmpty { parts.append(.node("from", core.from.map { SExpression($0) })) }
        parts.append(core.filter.map { .node("where", SExpression($0)) })
        if !core.groupBy.isEmpty {
            parts.append(.node("group-by", core.groupBy.map { SExpression($0) }))
        }
        parts.append(core.having.map { .node("having", SExpression($0)) })
        self = .node("select", parts)
    }

    static func items(_ items: [SelectItem]) -> [SExpression] {
        items.map { item in
            switch item {
            case .all: .atom("*")
            case .allOf(let name): .atom(name.sql + ".*")
            case .expression(let value, let alias):
                alias.map { .node("as", SExpression(value), .atom($0.sql)) } ?? SExpression(value)
            }
        }
    }

    private init(_ item: FromItem) {
        guard !item.joins.isEmpty else {
            self = SExpression(item.source)
            return
        }
        self = .node(
            "joined",
            [SExpression(item.source)]
                + item.joins.map { join in
                    .node(
                        join.kind.rawValue.lowercased().split(separator: " ").joined(
                            separator: "-"),
                        SExpression(join.source), Self.condition(join.condition))
                })
    }

    private static func condition(_ condition: Join.Condition?) -> SExpression? {
        switch condition {
        case .on(let value): .node("on", SExpression(value))
        case .using(let columns): names("using", columns)
        case nil: nil
        }
    }

    private init(_ source: TableSource) {
        var value: SExpression
        switch source.kind {
        case .table(let name, nil): value = .atom(name.sql)
        case .table(let name, .snapshot(let of)?):
            value = .node("as-of-snapshot", .atom(name.sql), SExpression(of))
        case .table(let name, .transaction(let of)?):
            value = .node("as-of-txn", .atom(name.sql), SExpression(of))
        case .subquery(let query): value = SExpression(query)
        case .function(let call): value = SExpression(call)
        }
        if source.isLateral { value = .node("lateral", value) }
        guard let alias = source.alias else {
            self = value
            return
        }
        self = .node("as", value, .atom(alias.name.sql), Self.names("columns", alias.columns))
    }

    static func names(_ word: String, _ names: [Identifier]) -> SExpression? {
        names.isEmpty ? nil : .node(word, names.map { .atom($0.sql) })
    }

    static func options(_ options: OptionList) -> SExpression? {
        guard !options.isEmpty else { return nil }
        return .node(
            "options",
            options.map { option in
                option.value.map { .node(option.name.sql, value($0)) } ?? .atom(option.name.sql)
            })
    }

    static func value(_ value: OptionValue) -> SExpression {
        switch value {
        case .name(let name): .atom(name.sql)
        case .literal(let literal): .atom(literal.sql)
        case .parameter(let parameter): SExpression(Expression(.parameter(parameter)))
        case .expression(let expression): SExpression(expression)
        case .list(let items):
            .list(
                items.map { item in
                    switch item.value {
                    case .name(let name): .node("=", .atom(item.name.sql), .atom(name.sql))
                    case .string(let text):
                        .node("=", .atom(item.name.sql), .atom(Literal.sqlString(text)))
                    case nil: .atom(item.name.sql)
                    }
                })
        }
    }
}
