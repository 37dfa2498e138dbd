import NeedletailCore

/// One condition of a search's filter, and the structure that knows which rows meet it.
///
/// The rows that meet all conditions are those that the search is about: they are found before it
/// begins, as a set of slots.
package struct MaskPart: Sendable, Hashable {
    package var condition: BoundExpression
    /// Finds the rows by their keys; `nil` where no structure does.
    package var access: TableScan.Access?
    /// Finds the rows by what is in an array or a document, or in a list that a query gives.
    package var lookup: MaskLookup?
    /// Whether the access finds those that meet the condition and no others, as long as no key is
    /// cut.
    package var isWhole: Bool

    /// The conditions of `filter`, which hold together. Both bounds of a range are one condition
    /// where an index knows it: neither alone says much.
    ///
    /// - Parameters:
    ///   - included: columns that the search's own index keeps, where a bound is a look at an
    ///     array.
    ///   - targets: what `indexes` may be asked for.
    static func parts(
        of filter: BoundExpression?, _ table: TableDefinition, _ indexes: [IndexDefinition],
        included: [UInt16], _ targets: KeyTargets
    ) -> [MaskPart] {
        let conditions = ranges(in: filter?.conjuncts ?? [], targets, indexes, included: included)
        return conditions.map { condition in
            let choice = AccessChoice(
                table: table, indexes: indexes, filter: condition, usesBitmaps: true,
                targets: targets)
            let best = choice.bestForMask
            return MaskPart(
                condition: condition, access: best?.access,
                lookup: MaskLookup(condition, targets, indexes),
                isWhole: best.map { isWhole($0, condition, targets) } ?? false)
        }
    }

    /// `conjuncts` with each lower bound and the upper bound of the same thing made one.
    private static func ranges(
        in conjuncts: [BoundExpression], _ targets: KeyTargets, _ indexes: [IndexDefinition],
        included: [UInt16]
    ) -> [BoundExpression] {
        let table = targets.table
        func isIndexed(_ target: KeyTarget) -> Bool {
            indexes.contains { $0.keys.first.flatMap { KeyTarget($0, of: table) } == target }
        }
        var result: [BoundExpression] = []
        var open: [KeyTarget: (place: Int, isLower: Bool)] = [:]
        for conjunct in conjuncts {
            guard case .compare = conjunct.kind,
                let predicate = KeyPredicate.collect(conjunct, targets).first,
                let isLower = predicate.isLowerBound, isIndexed(predicate.target)
            else {
                result.append(conjunct)
                continue
            }
            if case .column(let position) = predicate.target,
                included.contains(table.columns[position].id)
            {
                result.append(conjunct)
            } else if let other = open[predicate.target], other.isLower != isLower {
                result[other.place] = BoundExpression(
                    .and([result[other.place], conjunct]), .boolean)
                open[predicate.target] = nil
            } else {
                open[predicate.target] = (result.count, isLower)
                result.append(conjunct)
            }
        }
        return result
    }

    /// Whether the values are of the key's own kind, so that none has to be rounded, and the
    /// condition is of a form that the keys say all of.
    private static func isWhole(
        _ candidate: AccessCandidate, _ condition: BoundExpression, _ targets: KeyTargets
    ) -> Bool {
        let keys = candidate.condition
        switch condition.kind {
        case .isNull: return keys.isNull
        case .and: guard keys.lower != nil, keys.upper != nil else { return false }
        case .compare, .inList, .column, .not, .or, .quantified: break
        default: return false
        }
        guard let target = candidate.targets.first, let type = targets.type(of: target) else {
            return false
        }
        if case .path = target { return false }
        func fits(_ value: BoundExpression) -> Bool {
            value.type == type || (value.type.isInteger && type.isInteger)
                || value.type == .array(type)
        }
        let bounds = [keys.lower, keys.upper].compactMap { $0?.value }
        return keys.equal.joined().allSatisfy(fits) && bounds.allSatisfy(fits)
    }
}

extension KeyPredicate {
    /// `nil` where it is no bound.
    fileprivate var isLowerBound: Bool? {
        switch test {
        case .lower: true
        case .upper: false
        case .equal, .anyOf, .isNull: nil
        }
    }
}

extension AccessChoice {
    /// The best way to all rows that a condition leaves: postings are read whole.
    fileprivate var bestForMask: AccessCandidate? {
        let best = best(for: [])
        guard let best, !best.isBitmap else { return best }
        return candidates.first {
            $0.isBitmap && (!$0.condition.equal.isEmpty || $0.condition.isNull)
        } ?? best
    }
}
