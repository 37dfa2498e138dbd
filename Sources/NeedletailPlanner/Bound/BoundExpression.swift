package import NeedletailCore

/// An expression whose names are resolved, whose types are known and whose implicit casts are
/// written out, so that evaluating it needs no decisions.
package struct BoundExpression: Sendable, Hashable {
    package var kind: Kind
    package var type: ValueType
    /// Where it stands in the statement, for errors while it runs.
    package var range: SourceRange?

    package init(_ kind: Kind, _ type: ValueType, _ range: SourceRange? = nil) {
        self.kind = kind
        self.type = type
        self.range = range
    }

    package indirect enum Kind: Sendable, Hashable {
        case constant(Value)
        /// Position among the statement's parameters (``BoundStatement`` says their types).
        case parameter(Int)
        /// Position in the input row of the operator that evaluates it.
        case column(Int)
        /// Position in the row that a `LATERAL` query stands beside; the same for all rows of the
        /// query itself.
        case outer(Int, name: String)
        case not(BoundExpression)
        case and([BoundExpression])
        case or([BoundExpression])
        case isNull(BoundExpression, negated: Bool)
        /// `IS [NOT] TRUE | FALSE | UNKNOWN`; `nil` is UNKNOWN.
        case isTruth(BoundExpression, Bool?, negated: Bool)
        case isDistinct(BoundExpression, BoundExpression, negated: Bool)
        /// Both sides have one type after casts, or are both numeric.
        case compare(Comparison, BoundExpression, BoundExpression)
        case inList(BoundExpression, [BoundExpression], negated: Bool)
        /// The query has one column and does not depend on the row.
        case inQuery(BoundExpression, BoundQuery, negated: Bool)
        case exists(BoundQuery, negated: Bool)
        /// One column, at most one row (21000 otherwise); NULL where there is no row.
        case scalarQuery(BoundQuery)
        /// `left op ANY (array)`, or `ALL`.
        case quantified(Comparison, BoundExpression, array: BoundExpression, all: Bool)
        case like(
            BoundExpression, pattern: BoundExpression, escape: BoundExpression?,
            ignoringCase: Bool, negated: Bool)
        /// Conditions are boolean; the first that is true decides.
        case cases([BoundCase], otherwise: BoundExpression?)
        case cast(BoundExpression, explicit: Bool)
        case call(Builtin, [BoundExpression])
        /// A one-rank array of evaluated elements.
        case array([BoundExpression])
        /// 1-based, NULL outside; on `jsonb` a key or a 0-based index.
        case subscripted(BoundExpression, BoundExpression)
        /// `meta.a.b`: typed access, NULL where the path leads nowhere or to JSON null.
        case jsonPath(BoundExpression, [JSONStep])
        /// The smaller-is-nearer distance of two vectors of one type and dimension.
        case distance(Metric, BoundExpression, BoundExpression)
    }
}

/// One `WHEN … THEN …`.
package struct BoundCase: Sendable, Hashable {
    package var condition: BoundExpression
    package var result: BoundExpression

    package init(condition: BoundExpression, result: BoundExpression) {
        self.condition = condition
        self.result = result
    }
}

package enum Comparison: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="

    /// The comparison with its sides exchanged.
    package var mirrored: Comparison {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}

extension BoundExpression {
    package static func constant(_ value: Value, _ type: ValueType) -> BoundExpression {
        BoundExpression(.constant(value), type)
    }

    /// The expressions directly below this one, subqueries aside.
    package var children: [BoundExpression] {
        switch kind {
        case .constant, .parameter, .column, .outer, .exists, .scalarQuery: []
        case .not(let operand), .isNull(let operand, _), .isTruth(let operand, _, _),
            .cast(let operand, _), .jsonPath(let operand, _), .inQuery(let operand, _, _):
            [operand]
        case .and(let operands), .or(let operands), .call(_, let operands), .array(let operands):
            operands
        case .isDistinct(let left, let right, _), .compare(_, let left, let right),
            .subscripted(let left, let right), .distance(_, let left, let right),
            .quantified(_, let left, let right, _):
            [left, right]
        case .inList(let operand, let list, _): [operand] + list
        case .like(let operand, let pattern, let escape, _, _):
            [operand, pattern] + (escape.map { [$0] } ?? [])
        case .cases(let cases, let otherwise):
            cases.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
        }
    }

    /// Whether `test` holds of one of ``children``, without a list of them.
    func hasChild(where test: (BoundExpression) -> Bool) -> Bool {
        switch kind {
        case .constant, .parameter, .column, .outer, .exists, .scalarQuery: false
        case .not(let operand), .isNull(let operand, _), .isTruth(let operand, _, _),
            .cast(let operand, _), .jsonPath(let operand, _), .inQuery(let operand, _, _):
            test(operand)
        case .and(let operands), .or(let operands), .call(_, let operands), .array(let operands):
            operands.contains(where: test)
        case .isDistinct(let left, let right, _), .compare(_, let left, let right),
            .subscripted(let left, let right), .distance(_, let left, let right),
            .quantified(_, let left, let right, _):
            test(left) || test(right)
        case .inList(let operand, let list, _): test(operand) || list.contains(where: test)
        case .like(let operand, let pattern, let escape, _, _):
            test(operand) || test(pattern) || escape.map(test) == true
        case .cases(let cases, let otherwise):
            cases.contains { test($0.condition) || test($0.result) } || otherwise.map(test) == true
        }
    }

    /// Whether its value is the same for every row of its query.
    package var isRowIndependent: Bool {
        switch kind {
        case .column, .call(.random, _), .call(.uuidRandom, _): false
        default: !hasChild { !$0.isRowIndependent }
        }
    }

    /// Whether it reads the row that its query stands beside.
    package var readsOuter: Bool {
        if case .outer = kind { return true }
        return hasChild(where: \.readsOuter)
    }

    /// The positions it reads of the row that its query stands beside.
    func collectOuter(into positions: inout Set<Int>) {
        visit { if case .outer(let position, _) = $0.kind { positions.insert(position) } }
    }

    /// The input positions it reads.
    package func collectColumns(into positions: inout Set<Int>) {
        visit { if case .column(let position) = $0.kind { positions.insert(position) } }
    }

    /// The positions of the statement's parameters that it reads.
    package func collectParameters(into positions: inout Set<Int>) {
        visit { if case .parameter(let position) = $0.kind { positions.insert(position) } }
    }

    /// Whether a query within it has a part in its value.
    package var hasQuery: Bool {
        switch kind {
        case .inQuery, .exists, .scalarQuery: true
        default: hasChild(where: \.hasQuery)
        }
    }

    /// Shows every node to `body`, from the top down; subqueries aside.
    private func visit(_ body: (BoundExpression) -> Void) {
        body(self)
        _ = hasChild { child in
            child.visit(body)
            return false
        }
    }
}
