import NeedletailSyntax

extension SExpression {
    init(_ statement: Statement) {
        switch statement.kind {
        case .select(let query): self = SExpression(query)
        case .insert(let insert): self = Self.insert(insert)
        case .upsert(let upsert):
            self = .node(
                "upsert", .atom(upsert.table.sql), Self.names("columns", upsert.columns),
                SExpression(upsert.source), Self.returning(upsert.returning))
        case .update(let update):
            self = .node(
                "update", .atom(update.table.sql), update.alias.map { .node("as", .atom($0.sql)) },
                Self.assignments(update.assignments), Self.filter(update.filter),
                Self.returning(update.returning))
        case .delete(let delete):
            self = .node(
                "delete", .atom(delete.table.sql), delete.alias.map { .node("as", .atom($0.sql)) },
                Self.filter(delete.filter), Self.returning(delete.returning))
        case .truncate(let table): self = .node("truncate", .atom(table.sql))
        case .copy(let copy): self = Self.copy(copy)
        case .begin, .commit, .rollback, .savepoint, .release, .rollbackTo, .set, .reset, .pragma,
            .show, .describe, .explain, .recall, .why:
            self = Self.session(statement.kind)
        default: self = Self.definition(statement.kind)
        }
    }

    private static func filter(_ filter: Expression?) -> SExpression? {
        filter.map { .node("where", SExpression($0)) }
    }

    private static func returning(_ items: [SelectItem]) -> SExpression? {
        items.isEmpty ? nil : .node("returning", Self.items(items))
    }

    private static func insert(_ insert: InsertStatement) -> SExpression {
        let source: SExpression =
            switch insert.source {
            case .query(let query): SExpression(query)
            case .defaultValues: .atom("default-values")
            }
        let conflict = insert.conflict.map { conflict -> SExpression in
            let target = names("target", conflict.target)
            switch conflict.action {
            case .nothing: return .node("on-conflict", target, .atom("nothing"))
            case .update(let assignments, let condition):
                return .node(
                    "on-conflict", target, Self.assignments(assignments), filter(condition))
            }
        }
        return .node(
            "insert", .atom(insert.table.sql), names("columns", insert.columns), source, conflict,
            returning(insert.returning))
    }

    private static func assignments(_ assignments: [Assignment]) -> SExpression {
        .node(
            "set",
            assignments.map { assignment in
                let path = assignment.path.map { step -> SExpression in
                    switch step {
                    case .member(let name): .atom(".\(name.spelling)")
                    case .element(let index): .node("element", SExpression(index))
                    }
                }
                return .node(
                    "=", [.atom(assignment.column.sql)] + path + [SExpression(assignment.value)])
            })
    }

    private static func copy(_ copy: CopyStatement) -> SExpression {
        let subject: [SExpression?] =
            switch copy.subject {
            case .table(let name, let columns): [.atom(name.sql), names("columns", columns)]
            case .query(let query): [SExpression(query)]
            }
        let target: SExpression =
            switch copy.target {
            case .file(let name, _): .atom(Literal.sqlString(name))
            case .stdin: .atom("stdin")
            case .stdout: .atom("stdout")
            }
        return .node(
            "copy-\(copy.direction.rawValue.lowercased())",
            subject + [target, options(copy.options)])
    }

    private static func session(_ kind: Statement.Kind) -> SExpression {
        switch kind {
        case .begin(let mode): .node("begin", mode.map { .atom($0.rawValue.lowercased()) })
        case .commit: .node("commit")
        case .rollback: .node("rollback")
        case .savepoint(let name): .node("savepoint", .atom(name.sql))
        case .release(let name): .node("release", .atom(name.sql))
        case .rollbackTo(let name): .node("rollback-to", .atom(name.sql))
        case .set(let set):
            .node(
                "set",
                [.flag("local", set.scope == .local), .atom(set.name.sql)]
                    + set.values.map { value($0) })
        case .reset(let name): .node("reset", name.map { .atom($0.sql) })
        case .pragma(let pragma):
            .node("pragma", .atom(pragma.name.sql), pragma.value.map { value($0) })
        case .show(let show): .node("show", self.show(show))
        case .describe(.table(let name)): .node("describe", .atom(name.sql))
        case .describe(.query(let query)): .node("describe", SExpression(query))
        case .explain(let explain):
            .node(
                "explain", .flag("analyze", explain.analyze), .flag("recall", explain.recall),
                explain.costs.map { .node("costs", .atom("\($0)")) },
                explain.summary.map { .node("summary", .atom("\($0)")) },
                explain.format.map { .node("format", .atom($0.sql)) },
                SExpression(explain.statement))
        case .recall(let recall):
            .node("recall", SExpression(recall.sampleCount), SExpression(recall.query))
        case .why(let why):
            .node("why", why.key.map { SExpression($0) } + [SExpression(why.query)])
        default: .atom("?")
        }
    }

    private static func show(_ show: ShowStatement) -> [SExpression?] {
        switch show {
        case .tables: [.atom("tables")]
        case .collections: [.atom("collections")]
        case .indexes(let table): [.atom("indexes"), table.map { .atom($0.sql) }]
        case .settings(let like):
            [.atom("settings"), like.map { .atom(Literal.sqlString($0)) }]
        case .statistics(let table):
            [.atom("statistics")] + (table.map { [.atom($0.sql)] } ?? [])
        case .sessions: [.atom("sessions")]
        case .snapshots: [.atom("snapshots")]
        case .queries: [.atom("queries")]
        case .create(let name): [.atom("create"), .atom(name.sql)]
        case .all: [.atom("all")]
        case .setting(let name): [.atom("setting"), .atom(name.sql)]
        }
    }
}
