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

    /// The conditions of `filter`, which hold together.
    static func parts(
        of filter: BoundExpression?, _ table: TableDefinition, _ indexes: [IndexDefinition]
    ) -> [MaskPart] {
        let conjuncts = filter?.conjuncts ?? []
        let ranges = boundsTogether(conjuncts, table)
        return conjuncts.enumerated().map { place, condition in
            let choice = AccessChoice(
                table: table, indexes: indexes, filter: ranges[place] ?? condition,
                usesBitmaps: true)
            let best = choice.bestForMask
            return MaskPart(
                condition: condition, access: best?.access,
                lookup: MaskLookup(condition, table, indexes),
                isWhole: best.map { isWhole($0, condition, table) } ?? false)
        }
    }

    /// Of conditions that are a bound from below and one from above of the same key, by their
    /// places, both together: each finds the rows between them then, and no half of an index.
    private static func boundsTogether(
        _ conjuncts: [BoundExpression], _ table: TableDefinition
    ) -> [Int: BoundExpression] {
        guard conjuncts.count > 1 else { return [:] }
        var bounds: [KeyTarget: (lower: [Int], upper: [Int])] = [:]
        for (place, conjunct) in conjuncts.enumerated() {
            guard case .compare = conjunct.kind else { continue }
            for predicate in KeyPredicate.collect(conjunct, table: table) {
                switch predicate.test {
                case .equal: break
                case .lower: bounds[predicate.target, default: ([], [])].lower.append(place)
                case .upper: bounds[predicate.target, default: ([], [])].upper.append(place)
                }
            }
        }
        var together: [Int: BoundExpression] = [:]
        for (lower, upper) in bounds.values where lower.count == 1 && upper.count == 1 {
            let range = BoundExpression.conjunction([conjuncts[lower[0]], conjuncts[upper[0]]])
            for place in lower + upper { together[place] = range }
        }
        return together
    }

    /// Whether the values are of the column's own kind, so that none has to be rounded, and the
    /// condition is of a form that the keys say all of.
    private static func isWhole(
        _ candidate: AccessCandidate, _ condition: BoundExpression, _ table: TableDefinition
    ) -> Bool {
        switch condition.kind {
        case .compare, .inList, .column, .not, .or, .quantified: break
        default: return false
        }
        guard let target = candidate.targets.first, target.path.isEmpty else { return false }
        let type = table.columns[target.column].type
        func fits(_ value: BoundExpression) -> Bool {
            value.type == type || (value.type.isInteger && type.isInteger)
        }
        let bounds = [candidate.condition.lower, candidate.condition.upper].compactMap { $0?.value }
        return candidate.condition.equal.joined().allSatisfy(fits) && bounds.allSatisfy(fits)
    }
}

extension AccessChoice {
    /// The best way to all rows that a condition leaves: postings are read whole.
    fileprivate var bestForMask: AccessCandidate? {
        let best = best(for: [])
        guard let best, !best.isBitmap else { return best }
        return candidates.first { $0.isBitmap && !$0.condition.equal.isEmpty } ?? best
    }
}
