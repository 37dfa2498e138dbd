package import NeedletailCore

/// Describes plans for `EXPLAIN`.
package enum ExplainText {
    /// What `statement` would do: the plan of a query, or the write around the plan that finds its
    /// rows. Statements without a plan are one line with their name.
    ///
    /// - Parameters:
    ///   - estimator: of the rows of every operator; `nil` for no estimates.
    ///   - knowledge: what the statement is planned by.
    package static func describe(
        _ statement: BoundKind, parameters: [BoundParameter] = [], estimator: RowEstimator? = nil,
        knowledge: TableKnowledge? = nil
    ) throws(DatabaseError) -> ExplainNode {
        var writer = PlanDescription(
            parameters: parameters, estimator: estimator, knowledge: knowledge)
        switch statement {
        case .query(let query):
            return try writer.complete(Planner.plan(query, knowledge: knowledge))
        case .insert(let insert):
            let source = try writer.complete(
                Planner.plan(insert.source, orderIsSeen: false, knowledge: knowledge))
            let verb = insert.isUpsert ? "Upsert into" : "Insert into"
            return ExplainNode("W", "\(verb) \(insert.table.name)", conflict(insert), [source])
        case .update(let update):
            let scan = Planner.planScan(
                table: update.table, indexes: update.indexes, filter: update.filter, needed: [],
                knowledge: knowledge)
            let source = try writer.complete(.tableScan(scan))
            return ExplainNode("W", "Update \(update.table.name)", [], [source])
        case .delete(let delete):
            let scan = Planner.planScan(
                table: delete.table, indexes: delete.indexes, filter: delete.filter, needed: [],
                knowledge: knowledge)
            let source = try writer.complete(.tableScan(scan))
            return ExplainNode("W", "Delete from \(delete.table.name)", [], [source])
        case .copyTo(let copy):
            let plan = try Planner.plan(copy.query, knowledge: knowledge)
            return ExplainNode("W", "Copy", [], [try writer.complete(plan)])
        default:
            return ExplainNode("W", "Utility statement without a plan")
        }
    }

    /// The tree of a plan that is already there.
    package static func describe(
        _ plan: Plan, parameters: [BoundParameter] = []
    ) throws(DatabaseError) -> ExplainNode {
        var writer = PlanDescription(parameters: parameters, estimator: nil, knowledge: nil)
        return try writer.complete(plan)
    }

    /// An expression as readable SQL.
    ///
    /// - Parameter columns: what the positions of its input row are called.
    package static func text(
        of expression: BoundExpression, columns: [String], parameters: [BoundParameter] = []
    ) -> String {
        ExpressionText(columns: columns, parameters: parameters, subquery: { _ in "subquery" })
            .text(expression)
    }

    private static func conflict(_ insert: BoundInsert) -> [ExplainNode.Detail] {
        guard let conflict = insert.conflict else { return [] }
        let resolution = conflict.action == .nothing ? "NOTHING" : "UPDATE"
        var details = [ExplainNode.Detail(label: "Conflict Resolution", text: resolution)]
        switch conflict.target {
        case .any: break
        case .primaryKey:
            details.append(.init(label: "Conflict Arbiter", text: insert.table.primaryKeyName))
        case .index(let index): details.append(.init(label: "Conflict Arbiter", text: index.name))
        }
        return details
    }
}

extension TableDefinition {
    /// What the primary key is called where a name is shown.
    package var primaryKeyName: String { "\(name)_pkey" }
}

/// The access path of a plan in a few words, for the line that ends a result:
/// `exact(docs.embedding)`, `index(docs_lang_idx)`, `key(docs)`, `scan(docs)`.
extension Plan {
    package var summary: String? {
        switch self {
        case .nothing, .values, .series, .unnest: nil
        case .aggregate where countedScan != nil: countedScan.map { "slots(\($0.table.name))" }
        case .exactSearch(let search) where search.index != nil:
            "\((search.index?.method ?? .hnsw).rawValue)(\(search.index?.name ?? ""))"
        case .exactSearch(let search):
            "exact(\(search.table.name).\(search.table.columns[search.column].name))"
        case .tableScan(let scan):
            switch scan.access {
            case .slots, .primaryKeyOrder: "scan(\(scan.table.name))"
            case .primaryKey: "key(\(scan.table.name))"
            case .index(let index, _, _): "index(\(index.name))"
            }
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .sort(let input, _, _, _), .limit(let input, _, _),
            .trim(let input, _), .limitBy(let input, _, _, _):
            input.summary
        case .lateral(let join): join.inner.summary ?? join.outer.summary
        }
    }
}
