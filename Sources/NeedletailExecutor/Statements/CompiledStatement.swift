import NeedletailCatalog
package import NeedletailCore
package import NeedletailPlanner
import NeedletailSyntax

/// A statement that was bound and planned against one version of the catalogue. Immutable.
package final class CompiledStatement: Sendable {
    package let bound: BoundStatement
    /// Of a query, or of the query inside `COPY … TO`.
    let plan: CompiledPlan?
    /// Of a query, the search that several executions may run together.
    let sharedSearch: CompiledExactSearch?
    /// Whether `plan` reads the row of one primary key, and nothing else.
    let looksOneRowUp: Bool
    /// The access path in a few words.
    let planSummary: String?
    /// Of the plan's expressions in a context.
    let placesTaken: Int
    package let catalogVersion: UInt64
    /// What it took to settle its names and types.
    let bindNanoseconds: Int64
    /// What it returns; empty for commands.
    package let columns: [Column]

    init(
        _ statement: Statement, catalog: CatalogSnapshot
    ) throws(DatabaseError) {
        let start = MonotonicClock.nanoseconds()
        bound = try Binder.bind(
            statement, catalog: SnapshotCatalogView(catalog))
        bindNanoseconds = MonotonicClock.nanoseconds() - start
        let knowledge = catalog.knowledge
        let plan = try Self.plan(bound.kind, knowledge)
        let expressions = ExpressionCompiler(knowledge: knowledge)
        let search = Self.search(bound.kind, plan).map { CompiledExactSearch($0, expressions) }
        self.plan = plan.map { CompiledPlan($0, expressions: expressions, search: search) }
        // What one may spend is its own.
        sharedSearch = search?.hasLimits == true ? nil : search
        placesTaken = expressions.placesTaken
        looksOneRowUp = plan?.looksOneRowUp == true
        planSummary = plan?.summary
        catalogVersion = catalog.version
        columns = Self.columns(of: bound.kind)
    }

    /// Whether every operator is to be measured.
    var isAnalyzing: Bool {
        if case .explain(let explain) = bound.kind { return explain.analyze }
        return false
    }

    /// Whether it may run without values for its parameters: it only says what it would do.
    var isOnlyExplained: Bool {
        if case .explain(let explain) = bound.kind { return !explain.analyze }
        return false
    }

    /// Whether some of its parameters have no value among `values`.
    func lacksParameters(_ values: [Value]) -> Bool { values.count < bound.parameters.count }

    private static func plan(
        _ kind: BoundKind, _ knowledge: @escaping TableKnowledge
    ) throws(DatabaseError) -> Plan? {
        switch kind {
        case .query(let query): try Planner.plan(query, knowledge: knowledge)
        case .copyTo(let copy): try Planner.plan(copy.query, knowledge: knowledge)
        default: nil
        }
    }

    private static func search(_ kind: BoundKind, _ plan: Plan?) -> ExactSearch? {
        guard case .query = kind else { return nil }
        return plan?.certainSearch
    }

    private static func columns(of kind: BoundKind) -> [Column] {
        switch kind {
        case .query(let query): query.columns
        case .insert(let insert): columns(of: insert.returning)
        case .update(let update): columns(of: update.returning)
        case .delete(let delete): columns(of: delete.returning)
        case .copyTo(let copy):
            copy.destination == .stream ? [Column(name: "line", type: .text)] : []
        default: Inspection.columns(of: kind)
        }
    }

    private static func columns(of projections: [BoundProjection]) -> [Column] {
        projections.map { Column(name: $0.name, type: $0.expression.type) }
    }
}

extension CatalogSnapshot {
    /// What plans may be chosen by.
    var knowledge: TableKnowledge {
        { table in
            guard let gathering = self.gathering(of: table) else { return nil }
            return RelationStatistics(
                rowCount: gathering.rowCount, columns: self.statistics(of: table))
        }
    }
}

/// The catalogue as the binder asks for it.
struct SnapshotCatalogView: CatalogView {
    private let catalog: CatalogSnapshot

    init(_ catalog: CatalogSnapshot) { self.catalog = catalog }

    func table(named name: String) -> TableDefinition? { catalog.table(named: name) }

    func indexes(of table: TableDefinition) -> [IndexDefinition] { catalog.indexes(of: table) }

    func index(named name: String) -> IndexDefinition? { catalog.index(named: name) }

    func tableNames() -> [String] { catalog.tableNames }
}

extension BoundKind {
    /// What a statement needs before it can run.
    package enum Need: Sendable, Hashable {
        /// Settings and transactions: the session itself.
        case session
        /// A snapshot.
        case read
        /// The writer.
        case write
        /// The writer, several times over where no transaction is open.
        case load
    }

    package var need: Need {
        switch self {
        case .begin, .commit, .rollback, .savepoint, .releaseSavepoint, .rollbackToSavepoint,
            .set, .reset, .showSessions, .showSetting, .showSettings, .nothing:
            .session
        case .query, .copyTo, .showTables, .showIndexes, .showCreate, .describeTable,
            .describeQuery, .showStatistics, .check, .recall, .why:
            .read
        case .explain(let explain):
            explain.analyze ? explain.statement.need : .read
        case .insert, .update, .delete, .truncate, .createTable, .dropTable, .createIndex,
            .dropIndex, .reindex, .analyze:
            .write
        case .copyFrom: .load
        }
    }
}
