import NeedletailCore
import NeedletailSyntax

/// Binds the rows of `INSERT … VALUES`, each value by the column it goes to.
struct ValuesBinder {
    let statement: StatementBinder
    let table: TableDefinition

    init(_ statement: StatementBinder, _ table: TableDefinition) {
        self.statement = statement
        self.table = table
    }

    /// Errors: 42601 for rows of the wrong length, 428C9 for a value where the column makes its
    /// own, 42804 and the codes of literals for values that do not fit.
    func bind(
        _ rows: [[Expression]], named: [Int]?
    ) throws(DatabaseError) -> (BoundQuery, [Int]) {
        let width = rows.first?.count ?? 0
        let all = try targets(named, count: width, at: rows.first?.first?.range)
        for row in rows where row.count != width {
            throw lengthError(row.count, all.count, at: row.last?.range)
        }
        let dropped = generated(rows, all)
        let kept = all.indices.filter { !dropped.contains(all[$0]) }
        let binder = ExpressionBinder(statement, Scope(), .values)
        var defaults: [Int: BoundExpression] = [:]
        var bound: [[BoundExpression]] = []
        bound.reserveCapacity(rows.count)
        for row in rows {
            var values: [BoundExpression] = []
            values.reserveCapacity(kept.count)
            for position in kept {
                let column = table.columns[all[position]]
                if case .defaultValue = row[position].kind {
                    if defaults[all[position]] == nil {
                        defaults[all[position]] = try statement.defaultValue(of: column)
                    }
                    values.append(defaults[all[position]] ?? .constant(.null, column.type))
                    continue
                }
                try statement.refuseGenerated(column, at: row[position].range)
                values.append(try statement.stored(try binder.bind(row[position]), in: column))
            }
            bound.append(values)
        }
        let targets = kept.map { all[$0] }
        let columns = targets.map {
            Column(name: table.columns[$0].name, type: table.columns[$0].type)
        }
        let query = BoundQuery(
            source: .values(bound, columns: columns),
            projections: columns.enumerated().map { position, column in
                BoundProjection(
                    name: column.name, expression: BoundExpression(.column(position), column.type))
            })
        return (query, targets)
    }

    /// Which columns `count` values go to: the named ones, or the first ones of the table.
    func targets(
        _ named: [Int]?, count: Int, at range: SourceRange?
    ) throws(DatabaseError) -> [Int] {
        let targets = named ?? Array(table.columns.indices.prefix(count))
        guard targets.count == count else { throw lengthError(count, targets.count, at: range) }
        return targets
    }

    private func lengthError(_ found: Int, _ wanted: Int, at range: SourceRange?) -> DatabaseError {
        DatabaseError(
            .syntaxError,
            "INSERT has \(found) value\(found == 1 ? "" : "s") for \(wanted) "
                + "column\(wanted == 1 ? "" : "s")",
            hint: found < wanted
                ? "Give every column a value; DEFAULT will do."
                : "Name the columns, or remove values.",
            position: range)
    }

    /// Identity columns whose values are DEFAULT in every row: they are no targets then.
    /// Where only some rows say DEFAULT, their NULL asks for a number.
    private func generated(_ rows: [[Expression]], _ targets: [Int]) -> Set<Int> {
        var dropped: Set<Int> = []
        for (position, target) in targets.enumerated() where table.columns[target].identity != nil {
            let isGenerated = rows.allSatisfy { row in
                if case .defaultValue = row[position].kind { true } else { false }
            }
            if isGenerated { dropped.insert(target) }
        }
        return dropped
    }
}
