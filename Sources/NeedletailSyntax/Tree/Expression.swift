package import NeedletailCore

/// A scalar expression.
///
/// Its height is known and the parser bounds it by ``Limits/nestingDepthMax``, so that walking a
/// parsed tree recursively is safe. Parentheses leave no node; the printer puts them back.
package struct Expression: Sendable, Hashable {
    package let kind: Kind
    package let location: Location
    /// Levels of expressions below and including this one, through subqueries as well.
    package let height: Int32

    package init(_ kind: Kind, location: Location = .none) {
        self.kind = kind
        self.location = location
        height = kind.heightOfOperands &+ 1
    }

    package var range: SourceRange? { location.range }
}

extension Expression {
    /// What an expression is, with its operands.
    package indirect enum Kind: Sendable, Hashable {
        case literal(Literal)
        /// `DATE '2026-01-01'`, `vector '[1,2]'`.
        case typedLiteral(TypeName, String)
        case parameter(Parameter)
        /// `a`, `t.a`, `meta.page`, `t.meta.page`: names joined by dots, at least one. Which of
        /// them is a table, a column or a key of a JSON object is found out by whoever knows the
        /// tables.
        case column([Identifier])
        /// `.name` after anything but a plain name: `meta['a.b'].c`, `(x).c`.
        case member(Expression, Identifier)
        /// `base[index]`: a key or position in JSON, a position from 1 in an array.
        case element(Expression, Expression)
        /// `base[lower : upper]`, both ends included.
        case slice(Expression, Expression, Expression)
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, Expression, Expression)
        /// Two operands or more.
        case and([Expression])
        /// Two operands or more.
        case or([Expression])
        case not(Expression)
        /// `x = ANY (array or subquery)`; the operator is a comparison.
        case quantified(BinaryOperator, Expression, Quantifier, QuantifiedOperand)
        /// `x IS [NOT] NULL` and its relatives.
        case test(Expression, TruthTest, isNegated: Bool)
        /// `x IS [NOT] DISTINCT FROM y`.
        case distinctFrom(Expression, Expression, isNegated: Bool)
        case like(LikeExpression)
        /// `x [NOT] BETWEEN low AND high`.
        case between(Expression, low: Expression, high: Expression, isNegated: Bool)
        /// `x [NOT] IN (…)`, one element or more.
        case inList(Expression, [Expression], isNegated: Bool)
        case inSubquery(Expression, SelectStatement, isNegated: Bool)
        /// `NOT EXISTS` is a `not` around it.
        case exists(SelectStatement)
        /// A query in the place of one value.
        case subquery(SelectStatement)
        case array([Expression], ArraySpelling)
        /// `(a, b)`, two elements or more.
        case row([Expression])
        case call(FunctionCall)
        case conditional(CaseExpression)
        /// `x::type` and `CAST(x AS type)`.
        case cast(Expression, TypeName)
        /// `DEFAULT`, which stands only in rows of `VALUES` and after `=` in `SET`.
        case defaultValue
    }

    /// `ANY` (also spelled `SOME`) or `ALL`.
    package enum Quantifier: String, Sendable, Hashable, CaseIterable {
        case any = "ANY"
        case all = "ALL"
    }

    /// What a quantified comparison runs over.
    package enum QuantifiedOperand: Sendable, Hashable {
        case array(Expression)
        case subquery(SelectStatement)
    }

    /// What `IS` asks.
    package enum TruthTest: String, Sendable, Hashable, CaseIterable {
        case null = "NULL"
        case isTrue = "TRUE"
        case isFalse = "FALSE"
        case unknown = "UNKNOWN"
    }

    /// How an array was written. `[…]` may become a vector or an array, as the context decides;
    /// `ARRAY[…]` is an array.
    package enum ArraySpelling: Sendable, Hashable, CaseIterable {
        case brackets
        case keyword
    }
}

/// `value [NOT] LIKE | ILIKE pattern [ESCAPE escape]`.
package struct LikeExpression: Sendable, Hashable {
    package let value: Expression
    package let pattern: Expression
    /// `nil` means the backslash; an empty string means none.
    package let escape: String?
    package let ignoresCase: Bool
    package let isNegated: Bool

    package init(
        value: Expression, pattern: Expression, escape: String? = nil, ignoresCase: Bool = false,
        isNegated: Bool = false
    ) {
        self.value = value
        self.pattern = pattern
        self.escape = escape
        self.ignoresCase = ignoresCase
        self.isNegated = isNegated
    }
}

/// `CASE [operand] WHEN … THEN … [ELSE …] END`.
package struct CaseExpression: Sendable, Hashable {
    /// `nil` where every branch brings a condition of its own.
    package let operand: Expression?
    /// One or more.
    package let branches: [Branch]
    /// `nil` means NULL.
    package let otherwise: Expression?

    package init(operand: Expression?, branches: [Branch], otherwise: Expression?) {
        self.operand = operand
        self.branches = branches
        self.otherwise = otherwise
    }

    /// One `WHEN … THEN …`.
    package struct Branch: Sendable, Hashable {
        package let condition: Expression
        package let result: Expression

        package init(condition: Expression, result: Expression) {
            self.condition = condition
            self.result = result
        }
    }
}

/// A call of a function or an aggregate.
package struct FunctionCall: Sendable, Hashable {
    package let name: ObjectName
    package let arguments: [Argument]
    /// `count(*)`; there are no arguments then.
    package let isStar: Bool
    package let isDistinct: Bool
    /// `string_agg(a, ',' ORDER BY b)`.
    package let orderBy: [SortKey]
    /// `FILTER (WHERE …)`.
    package let filter: Expression?

    package init(
        _ name: ObjectName, _ arguments: [Argument] = [], isStar: Bool = false,
        isDistinct: Bool = false, orderBy: [SortKey] = [], filter: Expression? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.isStar = isStar
        self.isDistinct = isDistinct
        self.orderBy = orderBy
        self.filter = filter
    }

    /// One argument, named (`k => 60`) or by position.
    package struct Argument: Sendable, Hashable {
        package let name: Identifier?
        package let value: Expression

        package init(name: Identifier? = nil, _ value: Expression) {
            self.name = name
            self.value = value
        }
    }
}
