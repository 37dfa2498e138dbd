import NeedletailCore
import NeedletailPlanner

/// Comparisons, lists and patterns.
extension ExpressionCompiler {
    func comparison(_ expression: BoundExpression) -> CompiledExpression {
        switch expression.kind {
        case .compare(let comparison, let left, let right):
            let (left, right) = (compile(left), compile(right))
            return { context, row throws(DatabaseError) in
                SQLComparison.compare(comparison, try left(context, row), try right(context, row))
            }
        case .inList(let operand, let list, let negated):
            return membership(operand, list, negated: negated)
        case .quantified(let comparison, let operand, let array, let all):
            return quantified(comparison, operand, array: array, all: all)
        case .like(let operand, let pattern, let escape, let ignoringCase, let negated):
            return like(
                operand, pattern: pattern, escape: escape, ignoringCase: ignoringCase,
                negated: negated)
        default: return { _, _ in .null }
        }
    }

    /// Long lists of constants are looked up by hash; all others are compared one by one.
    private func membership(
        _ operand: BoundExpression, _ list: [BoundExpression], negated: Bool
    ) -> CompiledExpression {
        let compiledOperand = compile(operand)
        let compiledList = list.map(compile)
        let hashable =
            list.count > 8
            && list.allSatisfy {
                $0.isRowIndependent && !$0.readsOuter && $0.type == operand.type
            }
            && MembershipSet.isHashable(operand.type)
        guard hashable else {
            return { context, row throws(DatabaseError) in
                let value = try compiledOperand(context, row)
                var sawNull = value.isNull
                for element in compiledList {
                    switch SQLComparison.compare(.equal, value, try element(context, row)) {
                    case .bool(true): return .bool(!negated)
                    case .bool: break
                    default: sawNull = true
                    }
                }
                return sawNull && !compiledList.isEmpty ? .null : .bool(negated)
            }
        }
        let place = newPlace()
        return { context, row throws(DatabaseError) in
            let value = try compiledOperand(context, row)
            if case .members(let members) = context[place] {
                return members.membership(of: value, negated: negated)
            }
            let members = MembershipSet(try compiledList.evaluate(context, []))
            context[place] = .members(members)
            return members.membership(of: value, negated: negated)
        }
    }

    private func quantified(
        _ comparison: Comparison, _ operand: BoundExpression, array: BoundExpression, all: Bool
    ) -> CompiledExpression {
        let (operand, array) = (compile(operand), compile(array))
        return { context, row throws(DatabaseError) in
            let value = try operand(context, row)
            guard case .array(let elements) = try array(context, row) else { return .null }
            var sawNull = false
            for element in elements {
                switch SQLComparison.compare(comparison, value, element) {
                case .bool(let truth) where truth != all: return .bool(truth)
                case .bool: break
                default: sawNull = true
                }
            }
            return sawNull ? .null : .bool(all)
        }
    }

    private func like(
        _ operand: BoundExpression, pattern: BoundExpression, escape: BoundExpression?,
        ignoringCase: Bool, negated: Bool
    ) -> CompiledExpression {
        let (operand, patternText) = (compile(operand), compile(pattern))
        let escapeText = escape.map(compile)
        let place = newPlace()
        return { context, row throws(DatabaseError) in
            guard case .text(let text) = try operand(context, row),
                case .text(let wanted) = try patternText(context, row)
            else { return .null }
            let escape = try escapeText?(context, row) ?? .text("\\")
            if case .pattern(let pattern, let known, escape) = context[place],
                known.hasBytes(of: wanted)
            {
                return .bool(pattern.matches(text) != negated)
            }
            let compiled = try LikePattern(wanted, escape: escape, ignoringCase: ignoringCase)
            context[place] = .pattern(compiled, text: wanted, escape: escape)
            return .bool(compiled.matches(text) != negated)
        }
    }
}

/// The distinct values of an `IN` list or subquery, with SQL's rules for NULL.
struct MembershipSet {
    private let values: Set<Value>
    private let hasNull: Bool
    private let isEmpty: Bool

    init(_ list: [Value]) {
        values = Set(list.lazy.filter { !$0.isNull }.map(Self.normal))
        hasNull = list.contains { $0.isNull }
        isEmpty = list.isEmpty
    }

    /// Types whose SQL equality is equality of the representation.
    static func isHashable(_ type: ValueType) -> Bool {
        switch type {
        case .boolean, .smallint, .int, .bigint, .text, .bytea, .timestamptz, .date, .uuid: true
        default: false
        }
    }

    func membership(of value: Value, negated: Bool) -> Value {
        if isEmpty { return .bool(negated) }
        if value.isNull { return .null }
        if values.contains(Self.normal(value)) { return .bool(!negated) }
        return hasNull ? .null : .bool(negated)
    }

    /// Swift's strings hash by canonical equivalence, SQL's by bytes.
    private static func normal(_ value: Value) -> Value {
        if case .text(let text) = value { return .bytes(Array(text.utf8)) }
        return value
    }
}
