import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Runs `INSERT` and `UPSERT`.
struct InsertExecution {
    let statement: BoundInsert
    let run: PlanRun

    func result() throws(DatabaseError) -> ModificationResult {
        let compiler = run.expressions
        let assembler = RowAssembler(
            table: statement.table, targets: statement.targets, defaults: statement.defaults,
            checks: statement.checks, compiler: compiler, context: run)
        let returning = statement.returning.map { compiler.compile($0.expression) }
        let conflict = ConflictResolution(statement, compiler: compiler, context: run)
        let source = try materializedSource()
        // Only a changed row is read back, and none that this statement wrote: changing one twice
        // is refused. A plain insert spares the transaction the writing out of its buffers.
        let existing =
            try conflict.changesRows
            ? run.scope.reader(statement.table).rows(needed: .all) : nil
        let writer = try run.scope.tableWriter(statement.table, indexes: statement.indexes)
        var result = ModificationResult()
        var seen = 0
        while let values = try source.next() {
            seen += 1
            if seen % 256 == 0 { try run.cancellation.check() }
            let row = try assembler.row(from: values, writer: writer)
            guard let stored = try conflict.store(row, writer: writer, reader: existing) else {
                continue
            }
            result.count += 1
            if !returning.isEmpty { result.rows.append(try returning.evaluate(run, stored)) }
        }
        return result
    }

    /// A query may read the very table that is written, so it is read to its end first.
    private func materializedSource() throws(DatabaseError) -> any RowSource {
        let source = try run.open(
            try Planner.plan(
                statement.source, knowledge: run.expressions.knowledge))
        if case .values = statement.source.source { return source }
        var rows: [[Value]] = []
        while let row = try source.next() {
            rows.append(row)
            if rows.count % 256 == 0 { try run.cancellation.check() }
        }
        return ListSource(rows)
    }
}

/// `ON CONFLICT`: what happens when a row like the proposed one is there already.
final class ConflictResolution {
    private let statement: BoundInsert
    private let assignments: [(column: Int, value: CompiledExpression)]
    private let filter: CompiledPredicate?
    private let context: EvaluationContext
    private let rules: RowRules
    /// Rows this statement has inserted or changed; none may be changed again.
    private var touched: Set<Slot> = []

    init(_ statement: BoundInsert, compiler: ExpressionCompiler, context: EvaluationContext) {
        self.statement = statement
        self.context = context
        rules = RowRules(
            table: statement.table, checks: statement.checks, compiler: compiler, context: context)
        if case .update(let list, let condition)? = statement.conflict?.action {
            assignments = list.map { ($0.column, compiler.compile($0.value)) }
            filter = condition.map(compiler.predicate)
        } else {
            assignments = []
            filter = nil
        }
    }

    /// Whether a row that is there already may be changed.
    var changesRows: Bool {
        if case .update? = statement.conflict?.action { return true }
        return false
    }

    /// The row as it is stored now, or `nil` where nothing was done.
    func store(
        _ row: [Value], writer: TableWriter, reader: RowReader?
    ) throws(DatabaseError) -> [Value]? {
        guard let conflict = statement.conflict else {
            _ = try writer.insert(row)
            return row
        }
        guard let slot = try writer.conflict(with: row, on: conflict.target.uniqueness) else {
            let slot = try writer.insert(row)
            if case .update = conflict.action { touched.insert(slot) }
            return row
        }
        guard case .update = conflict.action, let reader else { return nil }
        guard !touched.contains(slot) else {
            throw DatabaseError(
                .cardinalityViolation,
                "ON CONFLICT DO UPDATE cannot change the same row a second time",
                hint: "give each key once in one statement")
        }
        let existing = try reader.row(at: slot)
        let both = existing + row
        if let filter, try !filter(context, both) { return nil }
        var updated = existing
        for assignment in assignments {
            updated[assignment.column] = try assignment.value(context, both)
        }
        try rules.check(updated)
        let newSlot = try writer.update(
            slot, from: existing, to: updated, changed: Set(assignments.map(\.column)))
        touched.insert(newSlot)
        return updated
    }
}

extension BoundConflict.Target {
    var uniqueness: TableWriter.Uniqueness {
        switch self {
        case .any: .any
        case .primaryKey: .primaryKey
        case .index(let index): .index(index.id)
        }
    }
}
