import NeedletailCore
import NeedletailSyntax

extension ExpressionBinder {
    /// Tests with words: `IS`, `LIKE`, `BETWEEN`, `IN`, `ANY`, `EXISTS`, and subqueries.
    @inline(never)
    func predicate(_ expression: Expression) throws(DatabaseError) -> BoundExpression {
        let range = expression.range
        switch expression.kind {
        case .test(let operand, let test, let negated):
            return try self.test(operand, test, negated, at: range)
        case .distinctFrom(let left, let right, let negated):
            let sides = try comparable(
                try bind(left), try bind(right), "IS DISTINCT FROM", at: range)
            return BoundExpression(
                .isDistinct(sides.left, sides.right, negated: negated), .boolean, range)
        case .like(let like): return try self.like(like, at: range)
        case .between(let operand, let low, let high, let negated):
            return try between(operand, low, high, negated, at: range)
        case .inList(let operand, let elements, let negated):
            return try inList(operand, elements, negated, at: range)
        case .inSubquery(let operand, let query, let negated):
            return try inSubquery(try bind(operand), query, negated, at: range)
        case .exists(let query):
            return BoundExpression(.exists(try subquery(query), negated: false), .boolean, range)
        case .quantified(let symbol, let operand, let quantifier, let over):
            return try quantified(symbol, try bind(operand), quantifier, over, at: range)
        case .subquery(let query):
            let bound = try oneColumn(try subquery(query), at: range)
            return BoundExpression(
                .scalarQuery(bound), bound.projections[0].expression.type, range)
        default: throw DatabaseError(.internalError, "not a predicate", position: range)
        }
    }

    @inline(never)
    private func test(
        _ operand: Expression, _ test: Expression.TruthTest, _ negated: Bool,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        if test == .null {
            let bound = try statement.resolvingUnknown(try bind(operand))
            return BoundExpression(.isNull(bound, negated: negated), .boolean, range)
        }
        let bound = try condition(operand, "IS \(test.rawValue)")
        let truth: Bool? =
            switch test {
            case .isTrue: true
            case .isFalse: false
            default: nil
            }
        return BoundExpression(.isTruth(bound, truth, negated: negated), .boolean, range)
    }

    @inline(never)
    private func like(
        _ like: LikeExpression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let value = try bind(like.value)
        let pattern = try bind(like.pattern)
        let word = like.ignoresCase ? "ILIKE" : "LIKE"
        guard let left = try statement.coerced(value, to: .text, .implicit),
            let right = try statement.coerced(pattern, to: .text, .implicit)
        else {
            throw .noOperator(
                word, value.type, pattern.type, hint: "Cast the value to text.", at: range)
        }
        if let escape = like.escape, escape.unicodeScalars.count > 1 {
            throw DatabaseError(
                .invalidEscape, "the escape of \(word) is one character, not \"\(escape)\"",
                position: range)
        }
        return BoundExpression(
            .like(
                left, pattern: right, escape: like.escape.map { .text($0) },
                ignoringCase: like.ignoresCase, negated: like.isNegated), .boolean, range)
    }

    /// Two comparisons; the operand is evaluated for each.
    @inline(never)
    private func between(
        _ operand: Expression, _ low: Expression, _ high: Expression, _ negated: Bool,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let value = try bind(operand)
        let lower = try comparison(
            negated ? .less : .greaterOrEqual, value, try bind(low), at: range)
        let upper = try comparison(
            negated ? .greater : .lessOrEqual, value, try bind(high), at: range)
        return BoundExpression(
            negated ? .or([lower, upper]) : .and([lower, upper]), .boolean, range)
    }

    @inline(never)
    private func inList(
        _ operand: Expression, _ elements: [Expression], _ negated: Bool, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        var value = try bind(operand)
        var list: [BoundExpression] = []
        list.reserveCapacity(elements.count)
        for element in elements { list.append(try bind(element)) }
        if negated, list.contains(where: { $0.kind == .constant(.null) }) {
            statement.notice(
                .warning, "NOT IN with a NULL in its list is never true",
                hint: "Remove the NULL.")
        }
        // The operand may need a type from the list, or a cast to what the list has in common.
        if !value.isJSONPath, !([value] + list).allSatisfy(\.type.isNumeric) {
            var common: ValueType? = value.type
            for element in list { common = common.flatMap { CastRules.common($0, element.type) } }
            if common == .unknown { common = .text }
            if let common, !common.isVector,
                let converted = try statement.coerced(value, to: common, .implicit)
            {
                value = converted
            }
        }
        for position in list.indices {
            let sides = try comparable(
                value, list[position], "=", at: list[position].range ?? range)
            list[position] = sides.right
        }
        return BoundExpression(.inList(value, list, negated: negated), .boolean, range)
    }

    @inline(never)
    private func inSubquery(
        _ operand: BoundExpression, _ query: SelectStatement, _ negated: Bool,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let bound = try oneColumn(try subquery(query), at: query.range ?? range)
        let column = BoundExpression(
            .column(0), bound.projections[0].expression.type, query.range ?? range)
        let sides = try comparable(operand, column, "=", at: range)
        var inner = bound
        if sides.right.kind != column.kind {
            inner = bound.wrapped([
                BoundProjection(name: bound.projections[0].name, expression: sides.right)
            ])
        }
        return BoundExpression(.inQuery(sides.left, inner, negated: negated), .boolean, range)
    }

    @inline(never)
    private func quantified(
        _ symbol: BinaryOperator, _ operand: BoundExpression, _ quantifier: Expression.Quantifier,
        _ over: Expression.QuantifiedOperand, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard let comparison = Comparison(rawValue: symbol.rawValue) else {
            throw .unsupported("ANY and ALL take a comparison", at: range)
        }
        let all = quantifier == .all
        switch over {
        case .subquery(let query):
            if comparison == .equal, !all {
                return try inSubquery(operand, query, false, at: range)
            }
            if comparison == .notEqual, all {
                return try inSubquery(operand, query, true, at: range)
            }
            throw .unsupported(
                "\(symbol.rawValue) \(quantifier.rawValue) over a subquery is not supported",
                hint: "Compare with (SELECT min(…) …) or (SELECT max(…) …).", at: range)
        case .array(let expression):
            let array = try bind(expression)
            return try quantified(comparison, operand, array, all, at: range)
        }
    }

    @inline(never)
    private func quantified(
        _ comparison: Comparison, _ operand: BoundExpression, _ array: BoundExpression, _ all: Bool,
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let value = try statement.resolvingUnknown(operand)
        if array.type == .unknown, !value.isJSONPath {
            let typed = try statement.coerce(
                array, to: .array(value.type), .implicit, otherwise: "not an array")
            return BoundExpression(
                .quantified(comparison, value, array: typed, all: all), .boolean, range)
        }
        guard case .array(let element) = array.type else {
            throw DatabaseError(
                .datatypeMismatch,
                "\(all ? "ALL" : "ANY") needs an array, not \(array.type.familyName)",
                hint: "Write ARRAY[…], or IN (…) for a list.", position: array.range ?? range)
        }
        if value.type.isNumeric, element.isNumeric {
            return BoundExpression(
                .quantified(comparison, value, array: array, all: all), .boolean, range)
        }
        guard !value.isJSONPath, let common = CastRules.common(value.type, element),
            common.isOrdered || comparison == .equal || comparison == .notEqual,
            let left = try statement.coerced(value, to: common, .implicit),
            let right = try statement.coerced(array, to: .array(common), .implicit)
        else {
            throw .noOperator(
                comparison.rawValue, value.type, element,
                hint: value.isJSONPath ? "Write IN (…) with the values." : nil, at: range)
        }
        return BoundExpression(
            .quantified(comparison, left, array: right, all: all), .boolean, range)
    }

    /// A subquery of this clause. It stands alone: names of the queries around are refused.
    @inline(never)
    private func subquery(_ query: SelectStatement) throws(DatabaseError) -> BoundQuery {
        guard !clause.isDefinition else {
            throw .unsupported(
                "\(clause.rawValue) cannot hold a subquery", at: query.range)
        }
        return try QueryBinder(statement, outer: scope.enclosing).bind(query)
    }

    @inline(never)
    private func oneColumn(
        _ query: BoundQuery, at range: SourceRange?
    ) throws(DatabaseError) -> BoundQuery {
        guard query.projections.count == 1 else {
            throw DatabaseError(
                .syntaxError,
                "a subquery as a value has one column, not \(query.projections.count)",
                position: range)
        }
        return query
    }

    /// `CASE`, in both forms.
    @inline(never)
    func conditional(
        _ conditional: CaseExpression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let operand: BoundExpression? =
            if let written = conditional.operand {
                try bind(written)
            } else {
                nil
            }
        var conditions: [BoundExpression] = []
        var results: [BoundExpression] = []
        for branch in conditional.branches {
            if let operand {
                conditions.append(
                    try comparison(
                        .equal, operand, try bind(branch.condition), at: branch.condition.range))
            } else {
                conditions.append(try condition(branch.condition, "WHEN"))
            }
            results.append(try bind(branch.result))
        }
        if let otherwise = conditional.otherwise { results.append(try bind(otherwise)) }
        let unified = try unify(results, "results of CASE", default: .text)
        let cases = conditions.indices.map {
            BoundCase(condition: conditions[$0], result: unified.expressions[$0])
        }
        let last = conditional.otherwise == nil ? nil : unified.expressions.last
        return BoundExpression(.cases(cases, otherwise: last), unified.type, range)
    }
}

extension BoundQuery {
    /// A query around this one that computes `projections` from its columns.
    func wrapped(_ projections: [BoundProjection]) -> BoundQuery {
        BoundQuery(source: .query(self, alias: "subquery"), projections: projections)
    }
}
