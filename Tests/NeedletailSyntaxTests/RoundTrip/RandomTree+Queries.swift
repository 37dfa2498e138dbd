import NeedletailCore
import NeedletailSyntax

extension RandomTree {
    mutating func query(_ depth: Int) -> SelectStatement {
        var query = SelectStatement(body: body(depth))
        if chance(8) {
            query.with = some(1...2) { tree in
                CommonTable(
                    name: tree.name(),
                    columns: tree.chance(2) ? tree.some(1...2) { $0.name() } : [],
                    isMaterialized: tree.pick([nil, true, false]), query: tree.query(depth - 1))
            }
        }
        if chance(3) { query.orderBy = sortKeys(depth) }
        if chance(8) {
            query.limitBy = LimitBy(count: expression(depth - 1), keys: operands(1...2, depth))
        }
        if chance(3) { query.limit = expression(depth - 1) }
        if chance(5) { query.offset = expression(depth - 1) }
        if chance(6) { query.options = options(depth) }
        if case .nested = query.body, query.isBare { query.limit = leaf() }
        return query
    }

    private mutating func body(_ depth: Int) -> SelectBody {
        guard depth > 0, chance(4) else { return operand(depth) }
        if chance(3) { return intersection(depth) }
        return .combined(
            chance(3) ? intersection(depth) : operand(depth),
            some(1...2) {
                SetOperation(
                    $0.pick([.union, .except]), keepsDuplicates: $0.chance(2),
                    operand: $0.chance(3) ? $0.intersection(depth) : $0.operand(depth))
            })
    }

    private mutating func intersection(_ depth: Int) -> SelectBody {
        .combined(
            operand(depth),
            some(1...2) {
                SetOperation(.intersect, keepsDuplicates: $0.chance(2), operand: $0.operand(depth))
            })
    }

    private mutating func operand(_ depth: Int) -> SelectBody {
        if depth > 0, chance(6) {
            let inner = query(depth - 1)
            switch inner.body {
            case .select where inner.isBare, .values where inner.isBare: return inner.body
            default: return .nested(inner)
            }
        }
        guard !chance(6) else {
            return .values(
                some(1...2) { tree in
                    tree.some(1...2) {
                        $0.chance(6) ? Expression(.defaultValue) : $0.expression(depth - 1)
                    }
                })
        }
        return .select(core(depth))
    }

    private mutating func core(_ depth: Int) -> SelectCore {
        var core = SelectCore(items: items(depth))
        if chance(6) { core.distinct = chance(2) ? .rows : .on(operands(1...2, depth)) }
        if !chance(3) { core.from = some(1...2) { $0.fromItem(depth) } }
        if chance(2) { core.filter = expression(depth - 1) }
        if chance(5) { core.groupBy = operands(1...2, depth) }
        if chance(8) { core.having = expression(depth - 1) }
        return core
    }

    mutating func items(_ depth: Int) -> [SelectItem] {
        some(1...3) { tree in
            switch Int.random(in: 0..<6, using: &tree.generator) {
            case 0: .all(.none)
            case 1: .allOf(tree.objectName())
            default: .expression(tree.expression(depth - 1), alias: tree.maybe { $0.name() })
            }
        }
    }

    private mutating func fromItem(_ depth: Int) -> FromItem {
        FromItem(
            source(depth),
            joins: chance(3)
                ? some(1...2) { tree in
                    let kind = tree.pick(Join.Kind.allCases)
                    let source = tree.source(depth)
                    guard kind != .cross else { return Join(kind, source) }
                    return Join(
                        kind, source,
                        tree.chance(3)
                            ? .using(tree.some(1...2) { $0.name() })
                            : .on(tree.expression(depth - 1)))
                } : [])
    }

    private mutating func source(_ depth: Int) -> TableSource {
        let alias = maybe { tree in
            TableAlias(tree.name(), columns: tree.chance(3) ? tree.some(1...2) { $0.name() } : [])
        }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0 where depth > 0:
            return TableSource(.subquery(query(depth - 1)), isLateral: chance(3), alias: alias)
        case 1: return TableSource(.function(call(depth)), isLateral: chance(3), alias: alias)
        case 2:
            let asOf: AsOf = chance(2) ? .snapshot(expression(1)) : .transaction(leaf())
            return TableSource(.table(objectName(), asOf: asOf), alias: alias)
        default: return TableSource(.table(objectName(), asOf: nil), alias: alias)
        }
    }

    mutating func options(_ depth: Int) -> OptionList {
        some(1...3) { tree in
            Option(tree.objectName(), tree.maybe { $0.optionValue(depth) })
        }
    }

    private mutating func optionValue(_ depth: Int) -> OptionValue {
        if chance(3), depth > 0 {
            let value = expression(depth - 1)
            switch value.kind {
            case .literal, .parameter, .column: break
            default: return .expression(value)
            }
        }
        return settingValue()
    }

    mutating func settingValue() -> OptionValue {
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: .name(name())
        case 1: .parameter(parameter())
        default: .literal(literal())
        }
    }
}
