package import NeedletailCore
import NeedletailSyntax

/// Binds the key of an index, a column or anything else that its rows decide.
package struct IndexExpressionBinder {
    let statement: StatementBinder
    let table: TableDefinition

    /// The meaning of an expression that the catalogue keeps.
    ///
    /// Errors: 58P02 where this version does not understand it.
    package static func bind(
        _ stored: IndexExpression, of table: TableDefinition
    ) throws(DatabaseError) -> BoundExpression {
        let statement = StatementBinder(catalog: NoDefinitions(), uses: .none, declared: [:])
        let binder = IndexExpressionBinder(statement: statement, table: table)
        do throws(DatabaseError) {
            let bound = try binder.value(try SQLParser.parseExpression(stored.text))
            if bound.type == stored.type { return bound.withoutRanges }
        } catch {}
        throw DatabaseError(
            .unsupportedFormat,
            "this version does not understand \(stored.text), which an index of table "
                + "\"\(table.name)\" computes",
            hint: "open the database with the version that made the index, or drop the index")
    }

    /// The value that `written` stands for.
    func value(_ written: Expression) throws(DatabaseError) -> BoundExpression {
        let scope = Scope(relations: [Relation(table)])
        return try statement.resolvingUnknown(
            ExpressionBinder(statement, scope, .index).bind(written))
    }

    /// A key whose value is `bound`, and a word for the name of the index.
    ///
    /// Errors: 42P17 where the row does not decide it, or not everywhere in the same way.
    func key(
        _ key: IndexKey, _ bound: BoundExpression
    ) throws(DatabaseError) -> (IndexDefinition.Key, word: String) {
        let nullsFirst = key.nullsFirst ?? key.isDescending
        switch KeyTarget(bound) {
        case .column(let position)?:
            let column = table.columns[position]
            let definition = IndexDefinition.Key(
                columnID: column.id, isDescending: key.isDescending, nullsFirst: nullsFirst)
            return (definition, column.name)
        case .path(let position, let path)?:
            let column = table.columns[position]
            let definition = IndexDefinition.Key(
                columnID: column.id, path: path, isDescending: key.isDescending,
                nullsFirst: nullsFirst)
            let steps = path.map { CreateIndexBinder.word($0.pathText) }
            return (definition, ([column.name] + steps).joined(separator: "_"))
        case .expression?, nil:
            let (expression, word) = try definition(of: key.expression, bound)
            let definition = IndexDefinition.Key(
                expression, isDescending: key.isDescending, nullsFirst: nullsFirst)
            return (definition, word)
        }
    }

    /// What the catalogue keeps of `written`, whose meaning is `bound`, and a word for the name
    /// of the index.
    ///
    /// Errors: 42P17 where it is not decided by the row, or not always in the same way.
    private func definition(
        of written: Expression, _ bound: BoundExpression
    ) throws(DatabaseError) -> (IndexExpression, word: String) {
        if let error = bound.refusedByIndexes {
            throw error.position == nil ? error.at(written.range) : error
        }
        var positions: Set<Int> = []
        bound.collectColumns(into: &positions)
        guard !positions.isEmpty else {
            throw DatabaseError(
                .invalidObjectDefinition, "an index expression must read a column",
                hint: "Index a column, or what is computed from one, as in (lower(name)).",
                position: written.range)
        }
        let columnIDs = positions.map { table.columns[$0].id }.sorted()
        guard case .call(let call) = written.kind else {
            let text = "(\(written.sql))"
            return (IndexExpression(text: text, type: bound.type, columnIDs: columnIDs), "expr")
        }
        let expression = IndexExpression(
            text: written.sql, type: bound.type, columnIDs: columnIDs)
        return (expression, CreateIndexBinder.word(call.name.last.text))
    }
}

/// A catalogue for expressions that ask it nothing.
private struct NoDefinitions: CatalogView {
    func table(named name: String) -> TableDefinition? { nil }
    func indexes(of table: TableDefinition) -> [IndexDefinition] { [] }
    func index(named name: String) -> IndexDefinition? { nil }
    func tableNames() -> [String] { [] }
}

extension BoundExpression {
    /// What makes it unfit for an index: the first part whose value the row alone does not decide.
    fileprivate var refusedByIndexes: DatabaseError? {
        switch kind {
        case .call(let function, _):
            switch function {
            case .now, .currentDate, .random, .uuidRandom, .version, .currentDatabase:
                let name = function.sqlName
                return DatabaseError(
                    .invalidObjectDefinition,
                    "an index cannot hold \(name)(), which is not the same at every look",
                    hint: "Index the columns alone, and compare with \(name)() in the query.",
                    position: range)
            case .innerProduct: return distanceInIndex
            default: break
            }
        case .distance: return distanceInIndex
        default: break
        }
        for child in children {
            if let error = child.refusedByIndexes { return error }
        }
        return nil
    }

    /// Distances are computed as the processor does it best.
    private var distanceInIndex: DatabaseError {
        DatabaseError(
            .invalidObjectDefinition,
            "an index cannot hold a distance, whose last digits may differ on another machine",
            hint: "Write USING hnsw on the vector column.", position: range)
    }
}
