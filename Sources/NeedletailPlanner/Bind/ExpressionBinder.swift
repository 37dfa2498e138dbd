import NeedletailCore
import NeedletailSyntax

/// Binds the expressions of one clause.
///
/// Binding follows the nesting of the statement, which the parser bounds. Its functions stay out of
/// line, here and in the queries around, so that a level costs the stack its own frame and not
/// those of all the cases that it might have been.
struct ExpressionBinder {
    let statement: StatementBinder
    let scope: Scope
    let clause: Clause
    /// Where aggregates go; `nil` in clauses that cannot have any.
    var aggregates: AggregateCollector?

    init(
        _ statement: StatementBinder, _ scope: Scope, _ clause: Clause,
        aggregates: AggregateCollector? = nil
    ) {
        self.statement = statement
        self.scope = scope
        self.clause = clause
        self.aggregates = aggregates
    }

    /// The meaning of `expression`. Literals, NULL and parameters without a type yet come back as
    /// ``ValueType/unknown``; whoever asked gives them one.
    func bind(_ expression: Expression) throws(DatabaseError) -> BoundExpression {
        let range = expression.range
        switch expression.kind {
        case .literal, .typedLiteral, .array: return try literal(expression)
        case .parameter(let parameter):
            guard !clause.isDefinition else { throw Self.parameterInDefinition(at: range) }
            return try statement.parameter(parameter, at: range)
        case .column(let path): return try column(path, at: range)
        case .member(let base, let name): return try member(base, name, at: range)
        case .element(let base, let index): return try element(base, index, at: range)
        case .slice:
            throw .unsupported(
                "array slices are not supported",
                hint: "For vectors, use subvector(v, from, count).",
                at: range)
        case .unary(let symbol, let operand): return try unary(symbol, operand, at: range)
        case .binary(let symbol, let left, let right):
            return try binary(symbol, left, right, at: range)
        case .and(let operands):
            return BoundExpression(.and(try conditions(operands, "AND")), .boolean, range)
        case .or(let operands):
            return BoundExpression(.or(try conditions(operands, "OR")), .boolean, range)
        case .not(let operand): return try negation(operand, at: range)
        case .quantified, .test, .distinctFrom, .like, .between, .inList, .inSubquery, .exists,
            .subquery:
            return try predicate(expression)
        case .row:
            throw .unsupported(
                "rows as values are not supported", hint: "Compare the columns one by one.",
                at: range)
        case .call(let call): return try self.call(call, at: range)
        case .conditional(let conditional): return try self.conditional(conditional, at: range)
        case .cast(let operand, let type): return try cast(operand, type, at: range)
        case .defaultValue:
            throw DatabaseError(
                .syntaxError, "DEFAULT is not allowed here",
                hint: "It stands alone in VALUES of INSERT and after = in SET.", position: range)
        }
    }

    private static func parameterInDefinition(at range: SourceRange?) -> DatabaseError {
        DatabaseError(
            .undefinedParameter, "a definition cannot have parameters",
            hint: "Write the value itself.", position: range)
    }

    /// `expression` as a condition.
    @inline(never)
    func condition(
        _ expression: Expression, _ what: String
    ) throws(DatabaseError) -> BoundExpression {
        let bound = try bind(expression)
        if let result = try statement.coerced(bound, to: .boolean, .implicit) { return result }
        throw DatabaseError(
            .datatypeMismatch,
            "argument of \(what) must be boolean, not \(bound.type.familyName)",
            hint: bound.isJSONPath ? "Compare it: \(expression.sql) = true." : nil,
            position: expression.range)
    }

    /// `expression` as a value of `type`, by casts that need not be written.
    func value(
        _ expression: Expression, as type: ValueType, _ what: String
    ) throws(DatabaseError) -> BoundExpression {
        let bound = try bind(expression)
        return try statement.coerce(
            bound, to: type, .implicit,
            otherwise: "\(what) must be \(type.sqlName), not \(bound.type.familyName)")
    }

    @inline(never)
    private func conditions(
        _ operands: [Expression], _ word: String
    ) throws(DatabaseError) -> [BoundExpression] {
        var bound: [BoundExpression] = []
        for operand in operands { bound.append(try condition(operand, word)) }
        return bound
    }

    @inline(never)
    private func negation(
        _ operand: Expression, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let bound = try condition(operand, "NOT")
        if case .exists(let query, let negated) = bound.kind {
            return BoundExpression(.exists(query, negated: !negated), .boolean, range)
        }
        return BoundExpression(.not(bound), .boolean, range)
    }

    @inline(never)
    private func cast(
        _ operand: Expression, _ name: TypeName, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let type = try TypeResolution.resolveCast(name)
        var bound = try bind(operand)
        if bound.type == .unknown, case .constant = bound.kind {
            // The literal takes the type; its errors point at the literal.
            return try statement.coerce(bound, to: type, .explicit, otherwise: "")
        }
        bound.range = bound.range ?? range
        return try statement.coerce(
            bound, to: type, .explicit,
            otherwise: "cannot cast \(bound.type.familyName) to \(type.familyName)")
    }
}
