import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Turns the condition of an access path into ranges of keys.
///
/// A range may hold more than the condition says (where a bound of another numeric type had to be
/// rounded), never less: the filter above decides.
struct KeyRangeBuilder {
    private let structure: KeyStructure
    private let compiler: ExpressionCompiler

    init(_ structure: KeyStructure, compiler: ExpressionCompiler) {
        self.structure = structure
        self.compiler = compiler
    }

    /// Disjoint ranges in ascending order of the structure.
    func ranges(_ condition: KeyCondition) throws(DatabaseError) -> [ValueRange] {
        var prefixes: [[Value]] = [[]]
        for (position, alternatives) in condition.equal.enumerated() {
            guard position < structure.parts.count else { break }
            let part = structure.parts[position]
            var values: [Value] = []
            for alternative in alternatives {
                guard
                    let value = exact(try compiler.value(of: alternative), as: part.type)
                else { continue }
                if !values.contains(where: { SortOrder.compare($0, value) == 0 }) {
                    values.append(value)
                }
            }
            values.sort { SortOrder.compare($0, $1) * (part.isDescending ? -1 : 1) < 0 }
            prefixes = prefixes.flatMap { prefix in values.map { prefix + [$0] } }
        }
        guard condition.lower != nil || condition.upper != nil,
            condition.equal.count < structure.parts.count
        else { return prefixes.map { ValueRange(prefix: $0) } }
        let part = structure.parts[condition.equal.count]
        guard let lower = try bound(condition.lower, as: part.type, roundingUp: false),
            let upper = try bound(condition.upper, as: part.type, roundingUp: true)
        else { return [] }
        return prefixes.map { ValueRange(prefix: $0, lower: lower.bound, upper: upper.bound) }
    }

    /// A bound in the part's type. `nil` where it is NULL, so that nothing can match.
    private func bound(
        _ bound: KeyCondition.Bound?, as type: ValueType, roundingUp: Bool
    ) throws(DatabaseError) -> (bound: ValueRange.Bound?, Void)? {
        guard let bound else { return (nil, ()) }
        let value = try compiler.value(of: bound.value)
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
