import NeedletailCore
import NeedletailSyntax

/// Binds `INSERT` and `UPSERT`.
struct InsertBinder {
    let statement: StatementBinder

    init(_ statement: StatementBinder) { self.statement = statement }

    func bind(_ insert: InsertStatement) throws(DatabaseError) -> BoundInsert {
        let table = try statement.table(insert.table)
        let source: BoundQuery
        let targets: [Int]
        switch insert.source {
        case .defaultValues:
            source = BoundQuery(source: .values([[]], columns: []), projections: [])
            targets = []
        case .query(let query):
            (source, targets) = try rows(query, insert.columns, table, insert.table.range)
        }
        var bound = try self.insert(table, source, targets)
        if let conflict = insert.conflict {
            bound.conflict = try self.conflict(conflict, table, bound.indexes)
        }
        bound.returning = try statement.returning(
            insert.returning, Scope(relations: [Relation(table)]))
        return bound
    }

    /// `UPSERT`: where the key is there already, the named columns take the new values and the
    /// others stay as they are.
    func bind(_ upsert: UpsertStatement) throws(DatabaseError) -> BoundInsert {
        let table = try statement.table(upsert.table)
        guard !table.primaryKey.isEmpty else {
            throw DatabaseError(
                .invalidColumnReference,
                "UPSERT needs a primary key, and \"\(table.name)\" has none",
                hint: "Use INSERT, or create the table with a PRIMARY KEY.",
                position: upsert.table.range)
        }
        let (source, targets) = try rows(
            upsert.source, upsert.columns, table, upsert.table.range)
        var bound = try insert(table, source, targets)
        for position in table.primaryKey where !targets.contains(position) {
            let column = table.columns[position]
            if column.identity == nil, column.defaultText == nil {
                throw DatabaseError(
                    .syntaxError, "UPSERT needs a value for the key column \"\(column.name)\"",
                    hint: "Name it among the columns.", position: upsert.table.range)
            }
        }
        let offset = table.columns.count
        let assignments = targets.filter { !table.primaryKey.contains($0) }.map { position in
            BoundAssignment(
                column: position,
                value: BoundExpression(.column(offset + position), table.columns[position].type))
        }
        bound.conflict = BoundConflict(
            target: .primaryKey, action: .update(assignments, filter: nil))
        bound.isUpsert = true
        bound.returning = try statement.returning(
            upsert.returning, Scope(relations: [Relation(table)]))
        return bound
    }

    private func insert(
        _ table: TableDefinition, _ source: BoundQuery, _ targets: [Int]
    ) throws(DatabaseError) -> BoundInsert {
        BoundInsert(
            table: table, indexes: try statement.catalog.indexes(of: table), source: source,
            targets: targets, defaults: try statement.defaults(of: table, besides: targets),
            checks: try statement.checks(of: table))
    }

    /// The rows to insert, cast to their columns' types, and the columns they fill.
    private func rows(
        _ query: SelectStatement, _ names: [Identifier], _ table: TableDefinition,
        _ range: SourceRange?
    ) throws(DatabaseError) -> (BoundQuery, [Int]) {
        let named = try names.isEmpty ? nil : statement.positions(of: names, in: table)
        if case .values(let rows) = query.body, query.isBare {
            return try ValuesBinder(statement, table).bind(rows, named: named)
        }
        var bound = try QueryBinder(statement).bind(query, keepsUnknown: true)
        let targets = try targets(
            named, count: bound.projections.count, table, at: query.range ?? range)
        if bound.isDistinct || !bound.order.isEmpty {
            for position in bound.projections.indices {
                bound.projections[position].expression = try statement.resolvingUnknown(
                    bound.projections[position].expression)
            }
            bound = bound.wrapped(bound.passedThrough)
        }
        for (position, target) in targets.enumerated() {
            try statement.refuseGenerated(table.columns[target], at: query.range ?? range)
            bound.projections[position].expression = try statement.stored(
                bound.projections[position].expression, in: table.columns[target])
        }
        return (bound, targets)
    }

    private func targets(
        _ named: [Int]?, count: Int, _ table: TableDefinition, at range: SourceRange?
    ) throws(DatabaseError) -> [Int] {
        try ValuesBinder(statement, table).targets(named, count: count, at: range)
    }
}

extension InsertBinder {
    private func conflict(
        _ clause: ConflictClause, _ table: TableDefinition, _ indexes: [IndexDefinition]
    ) throws(DatabaseError) -> BoundConflict {
        let target = try arbiter(clause, table, indexes)
        switch clause.action {
        case .nothing: return BoundConflict(target: target, action: .nothing)
        case .update(let assignments, let filter):
            guard target != .any else {
                throw DatabaseError(
                    .syntaxError, "ON CONFLICT DO UPDATE must say which columns conflict",
                    hint: "Write ON CONFLICT (\(Self.keyText(table))) DO UPDATE SET ….",
                    position: clause.location.range)
            }
            let scope = Scope(relations: [
                Relation(table), Relation(table, name: "excluded", offset: table.columns.count),
            ])
            let bound = try AssignmentBinder(statement, table, scope).bind(assignments)
            let condition = try filter.map { filter throws(DatabaseError) in
                try ExpressionBinder(statement, scope, .filter).condition(filter, "WHERE")
            }
            return BoundConflict(target: target, action: .update(bound, filter: condition))
        }
    }

    private func arbiter(
        _ clause: ConflictClause, _ table: TableDefinition, _ indexes: [IndexDefinition]
    ) throws(DatabaseError) -> BoundConflict.Target {
        guard !clause.target.isEmpty else { return .any }
        let wanted = Set(try statement.positions(of: clause.target, in: table))
        if !table.primaryKey.isEmpty, Set(table.primaryKey) == wanted { return .primaryKey }
        let ids = Set(wanted.map { table.columns[$0].id })
        let index = indexes.first { index in
            index.isUnique && index.keys.allSatisfy(\.path.isEmpty)
                && !index.hasExpressions && Set(index.keys.compactMap(\.columnID)) == ids
        }
        if let index { return .index(index) }
        throw DatabaseError(
            .invalidColumnReference, "no unique constraint matches the columns of ON CONFLICT",
            hint: table.primaryKey.isEmpty
                ? "Create a unique index on them." : "The primary key is (\(Self.keyText(table))).",
            position: clause.location.range)
    }

    private static func keyText(_ table: TableDefinition) -> String {
        table.primaryKey.isEmpty
            ? "column" : table.primaryKey.map { table.columns[$0].name }.joined(separator: ", ")
    }
}
