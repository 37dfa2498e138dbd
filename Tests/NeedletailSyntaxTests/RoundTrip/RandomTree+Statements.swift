import NeedletailCore
import NeedletailSyntax

extension RandomTree {
    mutating func statement(_ depth: Int) -> Statement {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0...2: Statement(.select(query(depth)))
        case 3...5: Statement(change(depth))
        case 6, 7: Statement(definition(depth))
        case 8: Statement(session(depth))
        case 9:
            Statement(
                .recall(RecallStatement(sampleCount: expression(depth), query: query(depth))))
        case 10:
            Statement(
                .why(WhyStatement(key: some(1...2) { $0.expression(depth) }, query: query(depth))))
        default:
            Statement(
                .explain(
                    ExplainStatement(
                        Statement(chance(2) ? .select(query(depth)) : explainable(depth)),
                        analyze: chance(2), recall: chance(2), costs: pick([nil, true, false]),
                        summary: pick([nil, true, false]), format: maybe { $0.name() })))
        }
    }

    private mutating func assignments(_ depth: Int) -> [Assignment] {
        some(1...2) { tree in
            Assignment(
                tree.name(),
                path: tree.chance(3)
                    ? tree.some(1...2) { tree in
                        tree.chance(2)
                            ? .member(tree.step()) : .element(tree.expression(depth - 1))
                    } : [],
                value: tree.chance(5)
                    ? Expression(.defaultValue) : tree.expression(depth - 1))
        }
    }

    private mutating func returning(_ depth: Int) -> [SelectItem] { chance(3) ? items(depth) : [] }

    private mutating func columns() -> [Identifier] { chance(2) ? some(1...3) { $0.name() } : [] }

    private mutating func explainable(_ depth: Int) -> Statement.Kind {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            let conflict = maybe { tree in
                ConflictClause(
                    target: tree.columns(),
                    action: tree.chance(3)
                        ? .nothing
                        : .update(
                            tree.assignments(depth), filter: tree.maybe { $0.expression(depth) }))
            }
            return .insert(
                InsertStatement(
                    table: objectName(), columns: columns(),
                    source: chance(6) ? .defaultValues : .query(query(depth)), conflict: conflict,
                    returning: returning(depth)))
        case 1:
            return .upsert(
                UpsertStatement(
                    table: objectName(), columns: columns(), source: query(depth),
                    returning: returning(depth)))
        case 2:
            return .update(
                UpdateStatement(
                    table: objectName(), alias: maybe { $0.name() },
                    assignments: assignments(depth), filter: maybe { $0.expression(depth) },
                    returning: returning(depth)))
        default:
            return .delete(
                DeleteStatement(
                    table: objectName(), alias: maybe { $0.name() },
                    filter: maybe { $0.expression(depth) }, returning: returning(depth)))
        }
    }

    private mutating func change(_ depth: Int) -> Statement.Kind {
        guard chance(4) else { return explainable(depth) }
        let options = some(0...3) { tree in
            Option(
                ObjectName([tree.name()]),
                tree.maybe { tree in
                    guard tree.chance(3) else { return tree.settingValue() }
                    return .list(
                        tree.some(1...2) { tree in
                            OptionItem(
                                tree.name(),
                                tree.maybe { tree in
                                    tree.chance(2) ? .name(tree.name()) : .string(tree.text())
                                })
                        })
                })
        }
        let isFrom = Bool.random(using: &generator)
        let subject: CopyStatement.Subject =
            isFrom || chance(2)
            ? .table(objectName(), columns: columns()) : .query(query(depth))
        let target: CopyStatement.Target =
            chance(2) ? .file(text(), .none) : isFrom ? .stdin : .stdout
        return .copy(CopyStatement(subject, isFrom ? .from : .to, target, options: options))
    }

    private mutating func column(_ depth: Int) -> NeedletailSyntax.ColumnDefinition {
        ColumnDefinition(
            name(), type(),
            some(0...2) { tree in
                let kind: ColumnConstraint.Kind
                switch Int.random(in: 0..<7, using: &tree.generator) {
                case 0: kind = .primaryKey
                case 1: kind = .notNull
                case 2: kind = .null
                case 3: kind = .unique
                case 4: kind = .defaultValue(tree.expression(depth - 1))
                case 5: kind = .check(tree.expression(depth - 1))
                default: kind = .identity(tree.pick([.always, .byDefault]))
                }
                return ColumnConstraint(kind, name: tree.chance(4) ? tree.name() : nil)
            })
    }

    private mutating func constraint(_ depth: Int) -> TableConstraint {
        TableConstraint(
            pick([
                .primaryKey(some(1...2) { $0.name() }), .unique(some(1...2) { $0.name() }),
                .check(expression(depth - 1)),
            ]), name: maybe { $0.name() })
    }

    private mutating func definition(_ depth: Int) -> Statement.Kind {
        let flag = Bool.random(using: &generator)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0, 1:
            return .createTable(
                CreateTableStatement(
                    name: objectName(),
                    persistence: pick(CreateTableStatement.Persistence.allCases),
                    ifNotExists: flag, columns: some(0...3) { $0.column(depth) },
                    constraints: some(0...1) { $0.constraint(depth) },
                    options: chance(3) ? options(depth) : []))
        case 2, 3: return .createIndex(index(depth))
        case 4:
            return .createCollection(
                CreateCollectionStatement(
                    name: objectName(), ifNotExists: flag, options: options(depth)))
        case 5:
            return .createExtension(CreateExtensionStatement(name: name(), ifNotExists: flag))
        case 6: return .createSnapshot(text())
        case 7:
            let target: DropStatement.Target =
                chance(4)
                ? .snapshot(text(), .none)
                : .objects(pick(DropStatement.Kind.allCases), some(1...2) { $0.objectName() })
            return .drop(DropStatement(target, ifExists: flag))
        case 8:
            let action: AlterIndexStatement.Action =
                flag ? .set(options(depth)) : .rename(to: name())
            return .alterIndex(AlterIndexStatement(index: objectName(), action: action))
        default:
            return .alterTable(
                AlterTableStatement(
                    table: objectName(), actions: some(1...3) { $0.action(depth) }))
        }
    }

    private mutating func action(_ depth: Int) -> AlterTableStatement.Action {
        let flag = Bool.random(using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return .addColumn(column(depth), ifNotExists: flag)
        case 1: return .addConstraint(constraint(depth))
        case 2: return .dropColumn(name(), ifExists: flag)
        case 3: return .renameColumn(name(), to: name())
        default: return .renameTable(to: name())
        }
    }

    private mutating func index(_ depth: Int) -> CreateIndexStatement {
        CreateIndexStatement(
            name: maybe { $0.name() }, table: objectName(), method: maybe { $0.name() },
            keys: some(1...2) {
                IndexKey(
                    $0.expression(depth - 1), operatorClass: $0.maybe { $0.name() },
                    isDescending: $0.chance(2), nullsFirst: $0.pick([nil, true, false]))
            }, include: chance(3) ? operands(1...2, depth) : [],
            options: chance(3) ? options(depth) : [], filter: maybe { $0.expression(depth) },
            isUnique: chance(2), isConcurrent: chance(2), ifNotExists: false)
    }

    private mutating func session(_ depth: Int) -> Statement.Kind {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: return .begin(pick([nil, .readOnly, .readWrite]))
        case 1: return pick([.commit, .rollback, .analyze(nil), .check(nil), .reset(nil)])
        case 2: return pick([.savepoint(name()), .release(name()), .rollbackTo(name())])
        case 3, 4:
            return .set(
                SetStatement(
                    scope: pick([.session, .local]), name: objectName(),
                    values: some(0...2) { $0.settingValue() }))
        case 5: return pick([.reset(objectName()), .analyze(objectName())])
        case 6:
            return .pragma(PragmaStatement(name: objectName(), value: maybe { $0.settingValue() }))
        case 7:
            return .show(
                pick([
                    .tables, .collections, .snapshots, .queries, .all, .settings(like: nil),
                    .statistics(of: nil), .sessions,
                ]))
        case 8:
            return .show(
                pick([
                    .indexes(of: nil), .indexes(of: objectName()), .settings(like: text()),
                    .create(objectName()), .setting(objectName()), .statistics(of: objectName()),
                ]))
        case 9:
            return .describe(chance(2) ? .table(objectName()) : .query(query(depth)))
        case 10: return pick([.check(objectName()), .truncate(objectName())])
        default:
            return .reindex(
                ReindexStatement(
                    pick([.table, .index]), objectName(), options: chance(2) ? options(depth) : []))
        }
    }
}
