import NeedletailCore
import NeedletailSyntax

/// What is kept as text with a table, read again: defaults and checks. And what changes rows.
extension StatementBinder {
    /// What a column holds when no value is given; `nil` for one that numbers its rows itself.
    func defaultValue(
        of column: NeedletailCore.ColumnDefinition
    ) throws(DatabaseError) -> BoundExpression? {
        guard column.identity == nil else { return nil }
        guard let text = column.defaultText else { return .constant(.null, column.type) }
        let expression = try SQLParser.parseExpression(text)
        return try defaultValue(expression, of: column.name, column.type).withoutRanges
    }

    /// A default as a statement writes it.
    func defaultValue(
        _ expression: Expression, of name: String, _ type: ValueType
    ) throws(DatabaseError) -> BoundExpression {
        let bound = try ExpressionBinder(self, Scope(), .defaultValue).bind(expression)
        return try coerce(
            bound, to: type, .assignment,
            otherwise: "column \"\(name)\" is \(type.sqlName), and its default is "
                + bound.type.familyName)
    }

    /// Defaults of all columns but those in `targets`.
    func defaults(
        of table: TableDefinition, besides targets: [Int]
    ) throws(DatabaseError) -> [Int: BoundExpression] {
        let given = Set(targets)
        var defaults: [Int: BoundExpression] = [:]
        for (position, column) in table.columns.enumerated() where !given.contains(position) {
            defaults[position] = try defaultValue(of: column)
        }
        return defaults
    }

    func checks(of table: TableDefinition) throws(DatabaseError) -> [BoundCheck] {
        let scope = Scope(relations: [Relation(table)])
        return try table.checks.map { check throws(DatabaseError) in
            let expression = try SQLParser.parseExpression(check.text)
            let condition = try ExpressionBinder(self, scope, .check)
                .condition(expression, "CHECK")
            return BoundCheck(name: check.name, expression: condition.withoutRanges)
        }
    }

    /// `value` as it is stored in a column.
    func stored(
        _ value: BoundExpression, in column: NeedletailCore.ColumnDefinition
    ) throws(DatabaseError) -> BoundExpression {
        try coerce(
            value, to: column.type, .assignment,
            otherwise: "column \"\(column.name)\" is \(column.type.sqlName), and the value is "
                + value.type.familyName)
    }

    /// The positions of named columns; 42703 for an unknown one, 42701 for a repeated one.
    func positions(
        of names: [Identifier], in table: TableDefinition
    ) throws(DatabaseError) -> [Int] {
        var positions: [Int] = []
        var seen: Set<Int> = []
        for name in names {
            let position = try position(of: name, in: table)
            guard seen.insert(position).inserted else {
                throw DatabaseError(
                    .duplicateColumn, "column \"\(name.text)\" is named twice", position: name.range
                )
            }
            positions.append(position)
        }
        return positions
    }

    func position(
        of name: Identifier, in table: TableDefinition
    ) throws(DatabaseError) -> Int {
        if let position = table.position(of: name.text) { return position }
        throw DatabaseError(
            .undefinedColumn, "column \"\(name.text)\" of table \"\(table.name)\" does not exist",
            hint: Suggestion.hint(for: name.text, in: table.columns.map(\.name)),
            position: name.range)
    }

    /// 428C9: a value for a column that is GENERATED ALWAYS.
    func refuseGenerated(
        _ column: NeedletailCore.ColumnDefinition, at range: SourceRange?
    ) throws(DatabaseError) {
        guard column.identity == .always else { return }
        throw DatabaseError(
            .generatedAlways, "column \"\(column.name)\" numbers its rows itself",
            hint: "Leave the column out.", position: range)
    }
}

extension StatementBinder {
    func bind(_ update: UpdateStatement) throws(DatabaseError) -> BoundUpdate {
        let table = try table(update.table)
        let scope = Scope(relations: [Relation(table, name: update.alias?.text)])
        let assignments = try AssignmentBinder(self, table, scope).bind(update.assignments)
        return BoundUpdate(
            table: table, indexes: try catalog.indexes(of: table), assignments: assignments,
            filter: try filter(update.filter, scope),
            returning: try returning(update.returning, scope), checks: try checks(of: table))
    }

    func bind(_ delete: DeleteStatement) throws(DatabaseError) -> BoundDelete {
        let table = try table(delete.table)
        let scope = Scope(relations: [Relation(table, name: delete.alias?.text)])
        return BoundDelete(
            table: table, indexes: try catalog.indexes(of: table),
            filter: try filter(delete.filter, scope),
            returning: try returning(delete.returning, scope))
    }

    private func filter(
        _ filter: Expression?, _ scope: Scope
    ) throws(DatabaseError) -> BoundExpression? {
        guard let filter else { return nil }
        return try ExpressionBinder(self, scope, .filter).condition(filter, "WHERE")
    }

    func returning(
        _ items: [SelectItem], _ scope: Scope
    ) throws(DatabaseError) -> [BoundProjection] {
        guard !items.isEmpty else { return [] }
        var projections = try ItemBinder(ExpressionBinder(self, scope, .returning)).bind(items)
        for position in projections.indices {
            projections[position].expression = try resolvingUnknown(
                projections[position].expression)
        }
        return projections
    }
}
