import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Runs `UPDATE`: finds all rows first, then changes them, so that no change is seen by the search.
struct UpdateExecution {
    let statement: BoundUpdate
    let run: PlanRun

    func result() throws(DatabaseError) -> ModificationResult {
        let compiler = run.expressions
        let table = statement.table
        let slots = try matchingSlots()
        let writer = try run.scope.tableWriter(table, indexes: statement.indexes)
        let assignments = statement.assignments.map { ($0.column, compiler.compile($0.value)) }
        let changed = Set(statement.assignments.map(\.column))
        let returning = statement.returning.map { compiler.compile($0.expression) }
        let rules = RowRules(
            table: table, checks: statement.checks, compiler: compiler, context: run)
        // Indexes may compute something of a vector.
        let needed = neededColumns().union(writer.keyColumns)
        let unread = Set(table.columns.indices).subtracting(needed).subtracting(changed)
        let rows = try run.scope.reader(table).rows(needed: ColumnSelection(needed))
        var result = ModificationResult()
        for (position, slot) in slots.enumerated() {
            if position % 256 == 0 { try run.cancellation.check() }
            let old = try rows.row(at: slot)
            var new = old
            for (column, value) in assignments { new[column] = try value(run, old) }
            try rules.check(new, unread: unread)
            _ = try writer.update(slot, from: old, to: new, changed: changed)
            result.count += 1
            if !returning.isEmpty { result.rows.append(try returning.evaluate(run, new)) }
        }
        return result
    }

    private func matchingSlots() throws(DatabaseError) -> [Slot] {
        try run.slots(
            of: Planner.planScan(
                table: statement.table, indexes: statement.indexes, filter: statement.filter,
                needed: [], knowledge: run.expressions.knowledge))
    }

    /// All columns of the record, and those vectors that an expression reads.
    private func neededColumns() -> Set<Int> {
        let table = statement.table
        var needed = Set(table.columns.indices.filter { !table.columns[$0].type.isVector })
        for assignment in statement.assignments {
            assignment.value.collectColumns(into: &needed)
        }
        for check in statement.checks { check.expression.collectColumns(into: &needed) }
        for projection in statement.returning {
            projection.expression.collectColumns(into: &needed)
        }
        return needed
    }
}

/// Runs `DELETE`: finds all rows first, then deletes them.
struct DeleteExecution {
    let statement: BoundDelete
    let run: PlanRun

    func result() throws(DatabaseError) -> ModificationResult {
        let table = statement.table
        let slots = try run.slots(
            of: Planner.planScan(
                table: table, indexes: statement.indexes, filter: statement.filter, needed: [],
                knowledge: run.expressions.knowledge))
        let writer = try run.scope.tableWriter(table, indexes: statement.indexes)
        let returning = statement.returning.map { run.expressions.compile($0.expression) }
        var needed = writer.keyColumns
        for projection in statement.returning {
            projection.expression.collectColumns(into: &needed)
        }
        let rows = try run.scope.reader(table).rows(needed: ColumnSelection(needed))
        var result = ModificationResult()
        for (position, slot) in slots.enumerated() {
            if position % 256 == 0 { try run.cancellation.check() }
            let old = try rows.row(at: slot)
            if !returning.isEmpty { result.rows.append(try returning.evaluate(run, old)) }
            try writer.delete(slot, row: old)
            result.count += 1
        }
        return result
    }
}

extension PlanRun {
    /// The slots of the rows that a scan yields.
    func slots(of scan: TableScan) throws(DatabaseError) -> [Slot] {
        let source = try open(.tableScan(scan))
        var slots: [Slot] = []
        while let row = try source.next() {
            guard case .int(let number) = row[scan.table.columns.count],
                let slot = UInt32(exactly: number)
            else {
                throw DatabaseError(.internalError, "a scan gave no slot")
            }
            slots.append(Slot(slot))
            if slots.count % 256 == 0 { try cancellation.check() }
        }
        return slots
    }
}
