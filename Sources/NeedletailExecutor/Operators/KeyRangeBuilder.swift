import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// The condition of an access path, compiled: it gives the ranges of keys of one execution.
///
/// A range may hold more than the condition says (where a bound of another numeric type had to be
/// rounded), never less: the filter above decides.
struct KeyRangeBuilder: Sendable {
    private struct Bound: Sendable {
        let value: CompiledExpression
        let isInclusive: Bool
    }

    let structure: KeyStructure
    private let equal: [[CompiledExpression]]
    /// The parts of `equal` whose alternatives are the elements of an array.
    private let spread: Set<Int>
    private let lower: Bound?
    private let upper: Bound?
    /// Whether the part after the equal ones is NULL.
    private let isNull: Bool

    init(_ condition: KeyCondition, of structure: KeyStructure, _ compiler: ExpressionCompiler) {
        self.structure = structure
        equal = condition.equal.prefix(structure.parts.count).map { $0.map(compiler.compile) }
        spread = condition.spread
        let hasBounds = condition.equal.count < structure.parts.count
        lower = hasBounds ? Self.compile(condition.lower, compiler) : nil
        upper = hasBounds ? Self.compile(condition.upper, compiler) : nil
        isNull = hasBounds && condition.isNull
    }

    private static func compile(
        _ bound: KeyCondition.Bound?, _ compiler: ExpressionCompiler
    ) -> Bound? {
        bound.map { Bound(value: compiler.compile($0.value), isInclusive: $0.isInclusive) }
    }

    /// Whether the condition always names one key of all parts, or none.
    var isWholeKey: Bool {
        !equal.isEmpty && equal.count == structure.parts.count
            && spread.isEmpty && equal.allSatisfy { $0.count == 1 }
    }

    /// The values of the one key that the condition names; `nil` where nothing can match.
    func wholeKey(_ context: EvaluationContext) throws(DatabaseError) -> [Value]? {
        var values: [Value] = []
        values.reserveCapacity(equal.count)
        for (part, alternatives) in zip(structure.parts, equal) {
            guard let value = exact(try alternatives[0](context, []), as: part.type) else {
                return nil
            }
            values.append(value)
        }
        return values
    }

    /// Disjoint ranges in ascending order of the structure.
    func ranges(_ context: EvaluationContext) throws(DatabaseError) -> [ValueRange] {
        var prefixes: [[Value]] = [[]]
        for (place, part) in structure.parts.prefix(equal.count).enumerated() {
            var values: [Value] = []
            for value in try alternatives(place, context) {
                if let value = exact(value, as: part.type) { values.append(value) }
            }
            values.sort { SortOrder.compare($0, $1) * (part.isDescending ? -1 : 1) < 0 }
            values = values.indices.compactMap { index in
                let isNew = index == 0 || SortOrder.compare(values[index - 1], values[index]) != 0
                return isNew ? values[index] : nil
            }
            prefixes = prefixes.flatMap { prefix in values.map { prefix + [$0] } }
        }
        if isNull { return prefixes.map { ValueRange(prefix: $0 + [.null]) } }
        guard lower != nil || upper != nil else { return prefixes.map { ValueRange(prefix: $0) } }
        let type = structure.parts[equal.count].type
        guard let lower = try bound(lower, as: type, roundingUp: false, context),
            let upper = try bound(upper, as: type, roundingUp: true, context)
        else { return [] }
        return prefixes.map { ValueRange(prefix: $0, lower: lower.bound, upper: upper.bound) }
    }

    /// What the part at `place` may be.
    private func alternatives(
        _ place: Int, _ context: EvaluationContext
    ) throws(DatabaseError) -> [Value] {
        var values: [Value] = []
        for alternative in equal[place] {
            let value = try alternative(context, [])
            if spread.contains(place) {
                // A NULL for an array, or in it, equals nothing.
                if case .array(let elements) = value { values += elements }
            } else {
                values.append(value)
            }
        }
        return values
    }

    /// A bound in the part's type. `nil` where it is NULL, so that nothing can match.
    private func bound(
        _ bound: Bound?, as type: ValueType, roundingUp: Bool, _ context: EvaluationContext
    ) throws(DatabaseError) -> (bound: ValueRange.Bound?, Void)? {
        guard let bound else { return (nil, ()) }
        let value = try bound.value(context, [])
        guard !value.isNull else { return nil }
        if let exact = exact(value, as: type) {
            let isRounded = exact != value && SortOrder.compare(exact, value) != 0
            return (
                ValueRange.Bound(value: exact, isInclusive: bound.isInclusive || isRounded), ()
            )
        }
        guard case .double(let double) = value, type.isInteger else { return (nil, ()) }
        // An integer column against a number between two integers, or out of their reach.
        if double.isNaN { return roundingUp ? (nil, ()) : nil }
        if double >= 0x1p63 { return roundingUp ? (nil, ()) : nil }
        if double < -0x1p63 { return roundingUp ? nil : (nil, ()) }
        let whole = Int64(double.rounded(roundingUp ? .down : .up))
        return (ValueRange.Bound(value: .int(whole), isInclusive: true), ())
    }

    /// `value` as the part's type, or `nil` where no key can equal it.
    private func exact(_ value: Value, as type: ValueType) -> Value? {
        switch (value, type) {
        case (.null, _): nil
        case (.double(let double), _) where type.isInteger:
            Int64(exactly: double).map { .int($0) }
        case (.int(let integer), _) where type.isFloat: .double(Double(integer))
        default: value
        }
    }
}
