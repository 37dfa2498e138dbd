import NeedletailCore

/// A conjunct of a filter that an ordered structure can answer.
struct KeyPredicate {
    var target: KeyTarget
    var test: Test

    enum Test {
        /// Equal to one of these.
        case equal([BoundExpression])
        /// Equal to an element of an array that is known when it runs.
        case anyOf(BoundExpression)
        case lower(KeyCondition.Bound)
        case upper(KeyCondition.Bound)
        case isNull
    }

    /// The usable conjuncts of `filter`, in their order; some give two (a pattern has both bounds).
    static func collect(_ filter: BoundExpression?, _ targets: KeyTargets) -> [KeyPredicate] {
        guard let filter else { return [] }
        return filter.conjuncts.flatMap { predicates(in: $0, targets) }
    }

    private static func predicates(
        in conjunct: BoundExpression, _ targets: KeyTargets
    ) -> [KeyPredicate] {
        if let found = truth(of: conjunct, targets) { return [found] }
        switch conjunct.kind {
        case .isNull(let operand, negated: false):
            return targets.target(of: operand).map { [KeyPredicate(target: $0, test: .isNull)] }
                ?? []
        case .compare(let comparison, let left, let right):
            if let found = comparing(left, comparison, right, targets) { return [found] }
            return comparing(right, comparison.mirrored, left, targets).map { [$0] } ?? []
        case .inList(let operand, let list, negated: false):
            guard let target = targets.target(of: operand) else { return [] }
            let values = list.compactMap { keyValue($0, for: target, targets) }
            guard values.count == list.count else { return [] }
            return [KeyPredicate(target: target, test: .equal(distinct(values)))]
        case .quantified(.equal, let operand, let array, all: false):
            guard let target = targets.target(of: operand) else { return [] }
            guard let elements = elements(of: array) else {
                return spread(array, for: target, targets).map { [$0] } ?? []
            }
            let values = elements.compactMap { keyValue($0, for: target, targets) }
            guard values.count == elements.count, !values.isEmpty else { return [] }
            return [KeyPredicate(target: target, test: .equal(distinct(values)))]
        case .or(let alternatives): return either(alternatives, targets).map { [$0] } ?? []
        case .like(let operand, let pattern, let escape, ignoringCase: false, negated: false):
            guard operand.type == .text, let target = targets.target(of: operand),
                let prefix = LikePrefix(pattern: pattern, escape: escape)
            else { return [] }
            return prefix.predicates(on: target)
        default: return []
        }
    }

    private static func comparing(
        _ side: BoundExpression, _ comparison: Comparison, _ value: BoundExpression,
        _ targets: KeyTargets
    ) -> KeyPredicate? {
        guard let target = targets.target(of: side),
            let value = keyValue(value, for: target, targets)
        else { return nil }
        switch comparison {
        case .equal: return KeyPredicate(target: target, test: .equal([value]))
        case .notEqual: return nil
        case .less, .lessOrEqual:
            let bound = KeyCondition.Bound(value: value, isInclusive: comparison == .lessOrEqual)
            return KeyPredicate(target: target, test: .upper(bound))
        case .greater, .greaterOrEqual:
            let bound = KeyCondition.Bound(value: value, isInclusive: comparison == .greaterOrEqual)
            return KeyPredicate(target: target, test: .lower(bound))
        }
    }

    /// An array that is not written out, if its elements are keys of the target as they are.
    private static func spread(
        _ array: BoundExpression, for target: KeyTarget, _ targets: KeyTargets
    ) -> KeyPredicate? {
        guard array.isRowIndependent, !array.isVolatile, case .array(let element) = array.type,
            let type = targets.type(of: target), !element.isVector
        else { return nil }
        if case .path = target { return nil }
        guard
            element == type || (element.isInteger && type.isInteger)
                || (element.isFloat && type.isFloat)
        else { return nil }
        return KeyPredicate(target: target, test: .anyOf(array))
    }

    /// The elements of an array that is written out.
    private static func elements(of array: BoundExpression) -> [BoundExpression]? {
        guard case .array(let element) = array.type else { return nil }
        switch array.kind {
        case .array(let elements): return elements
        case .constant(.array(let values)):
            return values.map { BoundExpression(.constant($0), element, array.range) }
        default: return nil
        }
    }

    /// `active` and `NOT active`.
    private static func truth(
        of conjunct: BoundExpression, _ targets: KeyTargets
    ) -> KeyPredicate? {
        var wanted = true
        var operand = conjunct
        if case .not(let inner) = conjunct.kind {
            wanted = false
            operand = inner
        }
        guard operand.type == .boolean, let target = targets.target(of: operand) else {
            return nil
        }
        return KeyPredicate(target: target, test: .equal([.constant(.bool(wanted), .boolean)]))
    }

    /// `a = 1 OR a = 2`, which is `a IN (1, 2)`.
    private static func either(
        _ alternatives: [BoundExpression], _ targets: KeyTargets
    ) -> KeyPredicate? {
        var target: KeyTarget?
        var values: [BoundExpression] = []
        for alternative in alternatives {
            let found = predicates(in: alternative, targets)
            guard found.count == 1, case .equal(let more) = found[0].test,
                target == nil || target == found[0].target
            else { return nil }
            target = found[0].target
            values += more
        }
        return target.map { KeyPredicate(target: $0, test: .equal(distinct(values))) }
    }

    private static func distinct(_ values: [BoundExpression]) -> [BoundExpression] {
        var seen: Set<BoundExpression> = []
        return values.filter { seen.insert($0.withoutRanges).inserted }
    }

    /// `value` as something that can be looked up under `target`: independent of the row, and of a
    /// type whose keys are those of the column. Integers share one form, and so do the floats; an
    /// integer against a float is turned only where that loses nothing.
    private static func keyValue(
        _ value: BoundExpression, for target: KeyTarget, _ targets: KeyTargets
    ) -> BoundExpression? {
        guard value.isRowIndependent, let type = targets.type(of: target) else { return nil }
        if case .path = target { return isJSONScalar(value) ? value : nil }
        if value.type == type || (type.isInteger && value.type.isInteger)
            || (type.isFloat && value.type.isFloat)
        {
            return value
        }
        switch value.kind {
        case .constant(.int(let number)) where type.isFloat:
            return Double(exactly: number).map { .constant(.double($0), .double) }
        case .constant(.double(let number)) where type.isInteger:
            return Int64(exactly: number).map { .constant(.int($0), .bigint) }
        default: return nil
        }
    }
}

extension KeyPredicate {
    /// Whether `value` is a scalar in JSON: keys of paths hold no arrays and objects.
    private static func isJSONScalar(_ value: BoundExpression) -> Bool {
        switch value.kind {
        case .constant(.json(.array)), .constant(.json(.object)): false
        case .constant: value.type == .jsonb
        case .cast(let inner, explicit: false): inner.type != .jsonb
        case .call(.toJSON, let arguments): arguments.first?.type == .unknown
        default: false
        }
    }
}

extension BoundExpression {
    /// The expressions that must all be true.
    package var conjuncts: [BoundExpression] {
        if case .and(let operands) = kind { return operands.flatMap(\.conjuncts) }
        return [self]
    }

    /// All of `operands`, or `nil` if there are none.
    static func conjunction(_ operands: [BoundExpression]) -> BoundExpression? {
        operands.count > 1 ? BoundExpression(.and(operands), .boolean) : operands.first
    }
}
