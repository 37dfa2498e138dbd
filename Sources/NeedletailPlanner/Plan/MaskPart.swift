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
        (filter?.conjuncts ?? []).map { condition in
            let choice = AccessChoice(
                table: table, indexes: indexes, filter: condition, usesBitmaps: true)
            let best = choice.bestForMask
            return MaskPart(
                condition: condition, access: best?.access,
                lookup: MaskLookup(condition, table, indexes),
                isWhole: best.map { isWhole($0, condition, table) } ?? false)
        }
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
