import NeedletailCore
import NeedletailSyntax

/// Binds `SET column = value, meta.key = value, …`.
struct AssignmentBinder {
    let statement: StatementBinder
    let table: TableDefinition
    /// What the values may read; the table's own columns come first.
    let scope: Scope

    init(_ statement: StatementBinder, _ table: TableDefinition, _ scope: Scope) {
        self.statement = statement
        self.table = table
        self.scope = scope
    }

    /// One assignment for each column, in the order of their first mention. Paths into one JSON
    /// column are applied one after the other; all values read the row as it was.
    ///
    /// Errors: 42601 for a column that is set twice, 428C9 for one that is GENERATED ALWAYS.
    func bind(_ assignments: [Assignment]) throws(DatabaseError) -> [BoundAssignment] {
        var result: [BoundAssignment] = []
        for assignment in assignments {
            let position = try statement.position(of: assignment.column, in: table)
            let known = result.firstIndex { $0.column == position }
            let range = assignment.location.range ?? assignment.column.range
            if assignment.path.isEmpty
                || assignments.contains(where: { other in
                    other.path.isEmpty && other.column.text == assignment.column.text
                })
            {
                guard known == nil else {
                    throw DatabaseError(
                        .syntaxError, "column \"\(assignment.column.text)\" is set twice",
                        position: range)
                }
            }
            let value = try self.value(
                assignment, position, current: known.map { result[$0].value }, at: range)
            if let known {
                result[known].value = value
            } else {
                result.append(BoundAssignment(column: position, value: value))
            }
        }
        return result
    }

    private func value(
        _ assignment: Assignment, _ position: Int, current: BoundExpression?,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let column = table.columns[position]
        if case .defaultValue = assignment.value.kind {
            guard assignment.path.isEmpty else {
                throw DatabaseError(
                    .syntaxError, "a key of a JSON column has no default",
                    hint: "Write the value, or NULL.", position: assignment.value.range)
            }
            guard let value = try statement.defaultValue(of: column) else {
                throw .unsupported(
                    "an existing row keeps its number in \"\(column.name)\"",
                    hint: "Leave the column out.", at: range)
            }
            return value
        }
        try statement.refuseGenerated(column, at: range)
        let binder = ExpressionBinder(statement, scope, .assignment)
        let bound = try binder.bind(assignment.value)
        guard !assignment.path.isEmpty else { return try statement.stored(bound, in: column) }
        guard column.type == .jsonb else {
            throw DatabaseError(
                .datatypeMismatch,
                "column \"\(column.name)\" is \(column.type.familyName), and only jsonb has keys",
                position: range)
        }
        let base = current ?? BoundExpression(.column(position), .jsonb, assignment.column.range)
        return try statement.settingPath(
            try steps(assignment.path, binder), of: base, to: bound, at: range)
    }

    private func steps(
        _ path: [Assignment.Step], _ binder: ExpressionBinder
    ) throws(DatabaseError) -> [JSONStep] {
        try path.map { step throws(DatabaseError) in
            switch step {
            case .member(let name): return .key(name.spelling)
            case .element(let expression):
                switch try binder.bind(expression).kind {
                case .constant(.text(let key)): return .key(key)
                case .constant(.int(let number)):
                    if let index = Int(exactly: number) { return .index(index) }
                default: break
                }
                throw .unsupported(
                    "a path in SET is made of constants",
                    hint: "Use jsonb_set(column, path, value) for a computed path.",
                    at: expression.range)
            }
        }
    }
}
