import NeedletailCore

/// Walks a plan and writes its operators down, subqueries last.
struct PlanDescription {
    let parameters: [BoundParameter]
    let estimator: RowEstimator?
    let knowledge: TableKnowledge?
    /// Subqueries met so far; their number is what stands for them in the text.
    private let subqueries = SubqueryList()

    init(
        parameters: [BoundParameter], estimator: RowEstimator?, knowledge: TableKnowledge?
    ) {
        self.knowledge = knowledge
        self.parameters = parameters
        self.estimator = estimator
    }

    /// The tree of `plan` with the plans of its subqueries under the root.
    mutating func complete(_ plan: Plan) throws(DatabaseError) -> ExplainNode {
        var (node, _) = node(plan, path: "0")
        var number = 0
        while number < subqueries.queries.count {
            let inner = try Planner.plan(
                subqueries.queries[number], orderIsSeen: false, knowledge: knowledge)
            number += 1
            let (child, _) = self.node(inner, path: "S\(number)")
            node.children.append(
                ExplainNode("S\(number) plan", "SubPlan \(number)", [], [child]))
        }
        return node
    }

    /// The node of `plan` with its estimate, and what its output columns are called.
    private func node(_ plan: Plan, path: String) -> (ExplainNode, [String]) {
        var (node, names) = operation(plan, path: path)
        if node.path == path { node.estimatedRows = estimator?.rows(of: plan) }
        return (node, names)
    }

    private func operation(_ plan: Plan, path: String) -> (ExplainNode, [String]) {
        switch plan {
        case .nothing: return (ExplainNode(path, "Result"), [])
        case .tableScan(let scan): return tableScan(scan, path)
        case .exactSearch(let search): return exactSearch(search, path)
        case .values(let rows, let columns):
            return (ExplainNode(path, "Values Scan  (rows=\(rows.count))"), columns.map(\.name))
        case .series(let start, let stop, let step):
            let text = expressions([])
            let arguments = text.list([start, stop] + (step.map { [$0] } ?? []))
            let node = ExplainNode(
                path, "Function Scan on generate_series",
                [.init(label: "Arguments", text: arguments)])
            return (node, ["generate_series"])
        case .unnest(let array):
            let node = ExplainNode(
                path, "Function Scan on unnest",
                [.init(label: "Arguments", text: expressions([]).text(array))])
            return (node, ["unnest"])
        case .filter(let input, let condition):
            let (child, names) = node(input, path: path + ".0")
            let detail = ExplainNode.Detail(
                label: "Condition", text: expressions(names).text(condition))
            return (ExplainNode(path, "Filter", [detail], [child]), names)
        case .aggregate(let input, let grouping):
            let (described, names) = aggregate(input, grouping, path)
            if let table = plan.countedTable {
                return (ExplainNode(path, "Row Count of \(table.name)"), names)
            }
            return (plan.countedScan.flatMap { slotCount($0, path) } ?? described, names)
        case .project(let input, let projections):
            // Not shown: every query computes its columns.
            let (child, names) = node(input, path: path + ".0")
            let text = expressions(names)
            return (child, projections.map { text.text($0.expression) })
        case .distinct(let input):
            let (child, names) = node(input, path: path + ".0")
            return (ExplainNode(path, "Distinct", [], [child]), names)
        case .sort(let input, let keys, let limit, let offset):
            let (child, names) = node(input, path: path + ".0")
            var details = [
                ExplainNode.Detail(label: "Sort Key", text: sortKeys(keys, expressions(names)))
            ]
            if let limit {
                let kept = [limit, offset].compactMap { $0 }.map(expressions([]).text)
                details.append(.init(label: "Keeps", text: kept.joined(separator: " + ")))
            }
            return (ExplainNode(path, "Sort", details, [child]), names)
        case .limit(let input, let limit, let offset):
            let (child, names) = node(input, path: path + ".0")
            let text = expressions([])
            let parts = [
                limit.map { "rows=\(text.text($0))" }, offset.map { "offset=\(text.text($0))" },
            ]
            let words = parts.compactMap { $0 }.joined(separator: " ")
            return (ExplainNode(path, "Limit  (\(words))", [], [child]), names)
        case .limitBy(let input, let limitBy, _, let grows):
            return self.limitBy(input, limitBy, grows: grows, path)
        case .trim(let input, let count):
            let (child, names) = node(input, path: path + ".0")
            return (child, Array(names.prefix(count)))
        case .lateral(let join): return lateral(join, path)
        }
    }

    private func expressions(_ columns: [String]) -> ExpressionText {
        ExpressionText(columns: columns, parameters: parameters, subquery: subqueries.add)
    }

    private func limitBy(
        _ input: Plan, _ limitBy: BoundLimitBy, grows: Bool, _ path: String
    ) -> (ExplainNode, [String]) {
        let (child, names) = node(input, path: path + ".0")
        let text = expressions(names)
        let title = "Limit By  (rows=\(text.text(limitBy.count)) by=\(text.list(limitBy.keys)))"
        let details = grows ? [ExplainNode.Detail(label: "Searches", text: "until full")] : []
        return (ExplainNode(path, title, details, [child]), names)
    }

    private func lateral(_ join: LateralJoin, _ path: String) -> (ExplainNode, [String]) {
        let (outer, _) = node(join.outer, path: path + ".0")
        // Its operators are opened for every row, and not counted.
        let (inner, _) = node(join.inner, path: "L")
        var details: [ExplainNode.Detail] = []
        if join.search?.count != nil {
            details.append(
                .init(
                    label: "Searches Together", text: "up to \(Limits.sharedSearchesMax)"))
        }
        let title = join.keepsUnmatched ? "Nested Loop Left Join" : "Nested Loop"
        return (
            ExplainNode(path, title + " (lateral)", details, [outer, inner]),
            join.outerNames + join.innerNames
        )
    }

    private func aggregate(
        _ input: Plan, _ grouping: BoundGrouping, _ path: String
    ) -> (ExplainNode, [String]) {
        let (child, names) = node(input, path: path + ".0")
        let text = expressions(names)
        let keys = grouping.keys.map(text.text)
        let aggregates = grouping.aggregates.map { aggregate in
            let arguments = aggregate.function == .countRows ? "*" : text.list(aggregate.arguments)
            let filter = aggregate.filter.map { " FILTER (WHERE \(text.text($0)))" } ?? ""
            let distinct = aggregate.isDistinct ? "DISTINCT " : ""
            return "\(aggregate.function.sqlName)(\(distinct)\(arguments))\(filter)"
        }
        let details =
            keys.isEmpty
            ? [] : [ExplainNode.Detail(label: "Group Key", text: keys.joined(separator: ", "))]
        let title = keys.isEmpty ? "Aggregate" : "Group Aggregate"
        return (ExplainNode(path, title, details, [child]), keys + aggregates)
    }

    private func sortKeys(_ keys: [BoundSort], _ text: ExpressionText) -> String {
        keys.map { key in
            var words = text.text(key.expression)
            if key.isDescending { words += " DESC" }
            if key.nullsFirst != key.isDescending {
                words += key.nullsFirst ? " NULLS FIRST" : " NULLS LAST"
            }
            return words
        }.joined(separator: ", ")
    }
}

/// Collects subqueries while a plan is written down.
private final class SubqueryList {
    private(set) var queries: [BoundQuery] = []

    func add(_ query: BoundQuery) -> String {
        if let known = queries.firstIndex(of: query) { return "SubPlan \(known + 1)" }
        queries.append(query)
        return "SubPlan \(queries.count)"
    }
}

extension PlanDescription {
    private func tableScan(_ scan: TableScan, _ path: String) -> (ExplainNode, [String]) {
        let names = scan.table.columns.map(\.name) + ["slot"]
        let text = expressions(names)
        let on = Self.target(scan.table, scan.alias)
        let details = conditions(of: scan.access, scan.filter, scan.table, text)
        let title =
            switch scan.access {
            case .slots: "Seq Scan on \(on)"
            case .primaryKeyOrder(let descending), .primaryKey(_, let descending):
                Self.indexScan(scan.table.primaryKeyName, descending) + " on \(on)"
            case .index(let index, _, _) where index.method == .bitmap:
                "Bitmap Scan using \(index.name) on \(on)"
            case .index(let index, _, let descending):
                Self.indexScan(index.name, descending) + " on \(on)"
            }
        return (ExplainNode(path, title, details), names)
    }

    /// A count by the set of slots.
    private func slotCount(_ scan: TableScan, _ path: String) -> ExplainNode? {
        guard let filter = scan.filter, let counted = scan.counted else { return nil }
        let text = expressions(scan.table.columns.map(\.name) + ["slot"])
        return ExplainNode(
            path, "Row Count of \(Self.target(scan.table, scan.alias)) by slots",
            [
                .init(label: "Filter", text: text.text(filter)),
                .init(
                    label: "Known By",
                    text: counted.structures(of: scan.table).joined(separator: ", ")),
            ])
    }

    /// What a search through an index aims for.
    private func accuracy(
        of search: ExactSearch, by method: IndexDefinition.Method, _ text: ExpressionText
    ) -> String {
        let width = method == .ivf ? QueryOptions.Name.probes : .efSearch
        for name in [width, .recall] {
            if let value = search.options.values[name] {
                return "\(name.rawValue) = \(text.text(value))"
            }
        }
        let setting = method == .ivf ? "ivf.probes" : "hnsw.ef_search"
        return "recall = \(SearchOptions.recallDefault), unless \(setting) is set"
    }

    private func exactSearch(_ search: ExactSearch, _ path: String) -> (ExplainNode, [String]) {
        let column = search.table.columns[search.column].name
        var names = search.table.columns.map(\.name) + ["slot"]
        let text = expressions(names)
        let distance = "(\(column) \(search.metric.operatorText) \(text.text(search.query)))"
        names.append(distance)
        var details = [ExplainNode.Detail(label: "Order By", text: distance)]
        if let radius = search.radius {
            details.append(.init(label: "Within", text: text.text(radius)))
        }
        if let narrowing = search.narrowing {
            let name =
                if case .index(let index, _, _) = narrowing { index.name } else {
                    search.table.primaryKeyName
                }
            details.append(.init(label: "Narrowed By", text: name))
        }
        if let index = search.index {
            details.append(
                .init(label: "Accuracy", text: accuracy(of: search, by: index.method, text)))
        }
        details += conditions(
            of: search.narrowing ?? .slots, search.filter, search.table, text)
        if search.filterIsIncluded, details.last?.label == "Filter" {
            details.append(.init(label: "Filter Reads", text: "included columns"))
        }
        if search.isCovered { details.append(.init(label: "Reads", text: "segment columns")) }
        let target = Self.target(search.table, search.alias)
        let title =
            search.index.map {
                "\($0.method.rawValue.uppercased()) Search on \(target) using \($0.name)"
            }
            ?? "Exact Search on \(target) using \(search.metric.plainName) (\(column))"
        var node = ExplainNode(path, title, details)
        node.isSearch = true
        return (node, names)
    }

    private static func target(_ table: TableDefinition, _ alias: String) -> String {
        alias == table.name ? table.name : "\(table.name) \(alias)"
    }

    private static func indexScan(_ name: String, _ descending: Bool) -> String {
        "Index Scan \(descending ? "Backward " : "")using \(name)"
    }

    /// `Index Cond`, where the path has one, and `Filter` with what the condition does not say yet.
    private func conditions(
        of access: TableScan.Access, _ filter: BoundExpression?, _ table: TableDefinition,
        _ text: ExpressionText
    ) -> [ExplainNode.Detail] {
        var details: [ExplainNode.Detail] = []
        let known = keyConditions(of: access, table, text)
        if !known.isEmpty {
            details.append(.init(label: "Index Cond", text: known.joined(separator: " AND ")))
        }
        let rest = (filter?.conjuncts ?? []).filter { !known.contains(text.text($0)) }
        if let rest = BoundExpression.conjunction(rest) {
            details.append(.init(label: "Filter", text: text.text(rest)))
        }
        return details
    }

    private func keyConditions(
        of access: TableScan.Access, _ table: TableDefinition, _ text: ExpressionText
    ) -> [String] {
        let parts: [String]
        let keys: KeyCondition
        switch access {
        case .slots, .primaryKeyOrder: return []
        case .primaryKey(let condition, _):
            parts = table.primaryKey.map { table.columns[$0].name }
            keys = condition
        case .index(let index, let condition, _):
            parts = index.keys.map { key in
                if let expression = key.expression {
                    return expression.bound.map(text.text) ?? expression.text
                }
                let column = table.columns.first { $0.id == key.columnID }?.name ?? ""
                return column + ExpressionText.path(key.path)
            }
            keys = condition
        }
        var conditions = zip(parts, keys.equal).enumerated().map { place, pair in
            let (part, values) = pair
            if keys.spread.contains(place) { return "(\(part) = ANY (\(text.text(values[0]))))" }
            return values.count == 1
                ? "(\(part) = \(text.text(values[0])))" : "(\(part) IN (\(text.list(values))))"
        }
        let next = parts.dropFirst(keys.equal.count).first ?? ""
        if keys.isNull { conditions.append("(\(next) IS NULL)") }
        if let lower = keys.lower {
            conditions.append(
                "(\(next) \(lower.isInclusive ? ">=" : ">") \(text.text(lower.value)))")
        }
        if let upper = keys.upper {
            conditions.append(
                "(\(next) \(upper.isInclusive ? "<=" : "<") \(text.text(upper.value)))")
        }
        return conditions
    }
}
