import NeedletailCore
import NeedletailSyntax

extension ExpressionBinder {
    /// Finds what a dotted name means: a column, a column of a relation, or a path into a JSON
    /// column. The relation wins; where both readings exist, the name is ambiguous.
    @inline(never)
    func column(
        _ path: [Identifier], at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard let first = path.first else {
            throw DatabaseError(.syntaxError, "a name is missing", position: range)
        }
        guard clause.allowsColumns || scope.width > 0 else {
            throw columnNotAllowed(path, at: range)
        }
        let plain = try unqualified(first, at: first.range ?? range, isWhole: path.count == 1)
        guard path.count > 1 else {
            if let plain { return plain }
            if let beside = try lateral(path, at: range) { return beside }
            throw try missingColumn(first, at: range)
        }
        var qualified: BoundExpression?
        if let relation = scope.relation(named: first.text) {
            qualified = try relation.column(path[1].text, at: range)
        }
        let isPath = plain?.type == .jsonb
        if let qualified {
            if isPath {
                throw DatabaseError(
                    .ambiguousColumn,
                    "\"\(Self.dotted(path))\" may be column \"\(path[1].text)\" of "
                        + "\"\(first.text)\" or a key of the JSON column \"\(first.text)\"",
                    hint:
                        "Write \(first.text)['\(path[1].spelling)'] for the key, or give the table "
                        + "another alias.",
                    position: range)
            }
            return try jsonPath(qualified, path.dropFirst(2), at: range)
        }
        if isPath, let plain { return try jsonPath(plain, path.dropFirst(), at: range) }
        if plain == nil, scope.relation(named: first.text) == nil,
            let beside = try lateral(path, at: range)
        {
            return beside
        }
        throw try missingQualified(path, plain, at: range)
    }

    /// What `path` means in the row that this query stands beside; `nil` where nothing.
    @inline(never)
    private func lateral(
        _ path: [Identifier], at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression? {
        for relation in scope.outer where relation.isLateral {
            if path.count > 1, relation.name == path[0].text,
                let column = try relation.lateralColumn(path[1].text, at: range)
            {
                return try jsonPath(column, path.dropFirst(2), at: range)
            }
            if let column = try relation.lateralColumn(path[0].text, at: range),
                path.count == 1 || column.type == .jsonb
            {
                return try jsonPath(column, path.dropFirst(), at: range)
            }
        }
        return nil
    }

    private func unqualified(
        _ name: Identifier, at range: SourceRange?, isWhole: Bool
    ) throws(DatabaseError) -> BoundExpression? {
        var found: BoundExpression?
        var owners: [String] = []
        for relation in scope.relations {
            guard let column = try relation.column(name.text, at: range) else { continue }
            found = found ?? column
            owners.append(relation.name)
        }
        if owners.count > 1, isWhole || found?.type == .jsonb {
            let readings = owners.map { "\($0).\(name.text)" }.joined(separator: " or ")
            throw DatabaseError(
                .ambiguousColumn, "column \"\(name.text)\" is ambiguous",
                hint: "Write \(readings).", position: range)
        }
        return found
    }

    /// `base` with the keys of `steps` behind it, as one path.
    private func jsonPath(
        _ base: BoundExpression, _ steps: ArraySlice<Identifier>, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        if steps.isEmpty { return base }
        return try extend(base, steps.map { .key($0.spelling) }, at: range)
    }

    private func extend(
        _ base: BoundExpression, _ steps: [JSONStep], at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard base.type == .jsonb else {
            throw DatabaseError(
                .datatypeMismatch, "\(base.type.familyName) has no keys; only jsonb does",
                hint: "Remove the path, or cast the value to jsonb.", position: range)
        }
        if case .jsonPath(let inner, let before) = base.kind {
            return BoundExpression(.jsonPath(inner, before + steps), .jsonb, range)
        }
        return BoundExpression(.jsonPath(base, steps), .jsonb, range)
    }

    @inline(never)
    func member(
        _ base: Expression, _ name: Identifier, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        try extend(try bind(base), [.key(name.spelling)], at: range)
    }

    /// `base[index]`: a step of a JSON path where the index is a constant, an element otherwise.
    @inline(never)
    func element(
        _ base: Expression, _ index: Expression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let container = try statement.resolvingUnknown(try bind(base))
        let position = try bind(index)
        switch container.type {
        case .jsonb:
            switch position.kind {
            case .constant(.text(let key)):
                return try extend(container, [.key(key)], at: range)
            case .constant(.int(let number)):
                if let number = Int(exactly: number) {
                    return try extend(container, [.index(number)], at: range)
                }
            default: break
            }
            let key =
                position.type.isInteger
                ? position
                : try statement.coerce(
                    position, to: .text, .implicit,
                    otherwise: "a subscript of jsonb must be text or integer, not "
                        + position.type.familyName)
            return BoundExpression(.subscripted(container, key), .jsonb, range)
        case .array(let type):
            let number = try statement.coerce(
                position, to: .bigint, .assignment,
                otherwise: "a subscript of an array must be an integer, not "
                    + position.type.familyName)
            return BoundExpression(.subscripted(container, number), type, range)
        default:
            throw DatabaseError(
                .datatypeMismatch,
                "\(container.type.familyName) cannot be subscripted; jsonb and arrays can",
                hint: container.type.isVector ? "Use subvector(v, from, count)." : nil,
                position: range)
        }
    }
}

extension ExpressionBinder {
    private static func dotted(_ path: [Identifier]) -> String {
        path.map(\.spelling).joined(separator: ".")
    }

    private func columnNotAllowed(_ path: [Identifier], at range: SourceRange?) -> DatabaseError {
        DatabaseError(
            clause == .limit ? .invalidColumnReference : .undefinedColumn,
            "\"\(Self.dotted(path))\" is a name, and \(clause.rawValue) cannot read columns",
            hint: "Texts stand in single quotes; values may be parameters such as $1 or :name.",
            position: range)
    }

    /// 42703 with the nearest name, or 0A000 if a query around has the column.
    private func missingColumn(
        _ name: Identifier, at range: SourceRange?
    ) throws(DatabaseError) -> DatabaseError {
        for relation in scope.outer {
            if try relation.column(name.text, at: range) != nil {
                return correlated(name.text, at: range)
            }
        }
        if scope.relation(named: name.text) != nil {
            return DatabaseError(
                .undefinedColumn, "\"\(name.text)\" is a table here, not a column",
                hint: "Name its columns, or write \(name.text).*.", position: range)
        }
        let hint =
            scope.relations.isEmpty
            ? "There is no FROM; texts stand in single quotes."
            : Suggestion.hint(
                for: name.text, in: scope.relations.flatMap { $0.columns.map(\.name) })
        return DatabaseError(
            .undefinedColumn, "column \"\(name.text)\" does not exist", hint: hint, position: range)
    }

    @inline(never)
    private func missingQualified(
        _ path: [Identifier], _ plain: BoundExpression?, at range: SourceRange?
    ) throws(DatabaseError) -> DatabaseError {
        let (first, second) = (path[0], path[1])
        let readable = scope.relations + scope.outer.filter(\.isLateral)
        if let relation = readable.first(where: { $0.name == first.text }) {
            return DatabaseError(
                .undefinedColumn, "column \"\(first.text).\(second.text)\" does not exist",
                hint: Suggestion.hint(for: second.text, in: relation.columns.map(\.name)),
                position: range)
        }
        if let plain {
            return DatabaseError(
                .datatypeMismatch,
                "column \"\(first.text)\" is \(plain.type.familyName), and only jsonb has keys",
                hint: "Remove \".\(second.spelling)\", or use a jsonb column.", position: range)
        }
        for relation in scope.outer {
            if relation.name == first.text { return correlated(Self.dotted(path), at: range) }
            if try relation.column(first.text, at: range) != nil {
                return correlated(Self.dotted(path), at: range)
            }
        }
        let names =
            scope.relations.map(\.name)
            + scope.relations.flatMap { $0.columns.filter { $0.type == .jsonb }.map(\.name) }
        return DatabaseError(
            .undefinedTable,
            "\"\(first.text)\" is neither a table of this query nor one of its JSON columns",
            hint: Suggestion.hint(for: first.text, in: names), position: range)
    }

    private func correlated(_ name: String, at range: SourceRange?) -> DatabaseError {
        .unsupported(
            "a subquery cannot read \"\(name)\" of the query around it",
            hint: "Use IN (SELECT …) with a query that stands alone.", at: range)
    }
}
