import NeedletailSyntax

extension SExpression {
    static func definition(_ kind: Statement.Kind) -> SExpression {
        switch kind {
        case .createTable(let create): table(create)
        case .createIndex(let create): index(create)
        case .createCollection(let create):
            .node(
                "create-collection", .flag("if-not-exists", create.ifNotExists),
                .atom(create.name.sql), options(create.options))
        case .createExtension(let create):
            .node(
                "create-extension", .flag("if-not-exists", create.ifNotExists),
                .atom(create.name.sql))
        case .createSnapshot(let name): .node("create-snapshot", .atom(Literal.sqlString(name)))
        case .drop(let drop): self.drop(drop)
        case .alterTable(let alter):
            .node("alter-table", [.atom(alter.table.sql)] + alter.actions.map { action($0) })
        case .alterIndex(let alter):
            switch alter.action {
            case .set(let list): .node("alter-index", .atom(alter.index.sql), options(list))
            case .rename(let name):
                .node("alter-index", .atom(alter.index.sql), .node("rename", .atom(name.sql)))
            }
        case .reindex(let reindex):
            .node(
                "reindex-\(reindex.kind.rawValue.lowercased())", .atom(reindex.name.sql),
                options(reindex.options))
        case .analyze(let name): .node("analyze", name.map { .atom($0.sql) })
        case .check(let name): .node("check", name.map { .atom($0.sql) })
        default: .atom("?")
        }
    }

    private static func table(_ create: CreateTableStatement) -> SExpression {
        .node(
            "create-table",
            [
                .flag("unlogged", create.persistence == .unlogged),
                .flag("temp", create.persistence == .temporary),
                .flag("if-not-exists", create.ifNotExists), .atom(create.name.sql),
            ] + create.columns.map { column($0) } + create.constraints.map { constraint($0) } + [
                options(create.options)
            ])
    }

    private static func column(_ column: ColumnDefinition) -> SExpression {
        .node(
            "column",
            [.atom(column.name.sql), .atom(column.type.sql)]
                + column.constraints.map { constraint in
                    let value: SExpression =
                        switch constraint.kind {
                        case .primaryKey: .atom("primary-key")
                        case .notNull: .atom("not-null")
                        case .null: .atom("null")
                        case .unique: .atom("unique")
                        case .defaultValue(let value): .node("default", SExpression(value))
                        case .check(let condition): .node("check", SExpression(condition))
                        case .identity(let identity):
                            .node("identity", .atom(identity.rawValue.lowercased()))
                        }
                    return named(constraint.name, value)
                })
    }

    private static func constraint(_ constraint: TableConstraint) -> SExpression {
        let value: SExpression? =
            switch constraint.kind {
            case .primaryKey(let columns): names("primary-key", columns)
            case .unique(let columns): names("unique", columns)
            case .check(let condition): .node("check", SExpression(condition))
            }
        return named(constraint.name, value ?? .atom("?"))
    }

    private static func named(_ name: Identifier?, _ value: SExpression) -> SExpression {
        name.map { .node("constraint", .atom($0.sql), value) } ?? value
    }

    private static func index(_ create: CreateIndexStatement) -> SExpression {
        let keys = create.keys.map { key -> SExpression in
            let value = SExpression(key.expression)
            let rest =
                [key.operatorClass.map { SExpression.atom($0.sql) }].compactMap { $0 }
                + direction(key.isDescending, key.nullsFirst)
            return rest.isEmpty ? value : .node("key", [value] + rest)
        }
        return .node(
            "create-index", .flag("unique", create.isUnique),
            .flag("concurrently", create.isConcurrent), .flag("if-not-exists", create.ifNotExists),
            create.name.map { .node("name", .atom($0.sql)) }, .atom(create.table.sql),
            create.method.map { .node("using", .atom($0.sql)) }, .node("keys", keys),
            create.include.isEmpty
                ? nil : .node("include", create.include.map { SExpression($0) }),
            options(create.options), create.filter.map { .node("where", SExpression($0)) })
    }

    private static func drop(_ drop: DropStatement) -> SExpression {
        switch drop.target {
        case .objects(let kind, let names):
            .node(
                "drop-\(kind.rawValue.lowercased())",
                [.flag("if-exists", drop.ifExists)] + names.map { .atom($0.sql) })
        case .snapshot(let name, _):
            .node(
                "drop-snapshot", .flag("if-exists", drop.ifExists), .atom(Literal.sqlString(name)))
        }
    }

    private static func action(_ action: AlterTableStatement.Action) -> SExpression {
        switch action {
        case .addColumn(let column, let ifNotExists):
            .node("add", .flag("if-not-exists", ifNotExists), self.column(column))
        case .addConstraint(let constraint): .node("add", self.constraint(constraint))
        case .dropColumn(let name, let ifExists):
            .node("drop", .flag("if-exists", ifExists), .atom(name.sql))
        case .renameColumn(let name, let newName):
            .node("rename-column", .atom(name.sql), .atom(newName.sql))
        case .renameTable(let newName): .node("rename", .atom(newName.sql))
        }
    }
}
