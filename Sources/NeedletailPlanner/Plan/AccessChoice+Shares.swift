import NeedletailCore

/// The choice among paths by how many rows each of them finds.
extension AccessChoice {
    /// By so much fewer rows must a path find to be taken for that: estimates are no better.
    private static let clearlyFewer = 0.8

    /// What is known of the table, where that can matter.
    func knownShares() -> SelectivityEstimator? {
        guard let known = knowledge?(table), !known.columns.isEmpty else { return nil }
        return SelectivityEstimator(columns: known.columns)
    }

    /// Which share of the rows `candidate` finds.
    func share(of candidate: AccessCandidate, _ estimator: SelectivityEstimator) -> Double {
        var share = 1.0
        for (part, values) in candidate.condition.equal.enumerated() {
            let column = expression(of: candidate.targets[part])
            if candidate.condition.spread.contains(part) {
                let any = BoundExpression(
                    .quantified(.equal, column, array: values[0], all: false), .boolean)
                share *= estimator.share(of: any)
                continue
            }
            share *= min(
                1,
                values.reduce(0) {
                    $0 + estimator.share(of: Self.compare(column, .equal, $1))
                })
        }
        guard candidate.condition.equal.count < candidate.targets.count else { return share }
        let column = expression(of: candidate.targets[candidate.condition.equal.count])
        if candidate.condition.isNull {
            return share
                * estimator.share(of: BoundExpression(.isNull(column, negated: false), .boolean))
        }
        let bounds = [
            candidate.condition.lower.map { bound in
                Self.compare(
                    column, bound.isInclusive ? .greaterOrEqual : .greater, bound.value)
            },
            candidate.condition.upper.map { bound in
                Self.compare(column, bound.isInclusive ? .lessOrEqual : .less, bound.value)
            },
        ].compactMap { $0 }
        return share * estimator.share(of: BoundExpression.conjunction(bounds))
    }

    private func expression(of target: KeyTarget) -> BoundExpression {
        switch target {
        case .column(let position):
            return BoundExpression(.column(position), table.columns[position].type)
        case .path(let position, let path):
            let column = BoundExpression(.column(position), table.columns[position].type)
            return BoundExpression(.jsonPath(column, path), .jsonb)
        case .expression(let expression): return expression
        }
    }

    private static func compare(
        _ column: BoundExpression, _ comparison: Comparison, _ value: BoundExpression
    ) -> BoundExpression {
        BoundExpression(.compare(comparison, column, value), .boolean)
    }

    /// Whether `share` is clearly less than `other`: `nil` where they are about the same.
    static func isFewer(_ share: Double, than other: Double) -> Bool? {
        if share < clearlyFewer * other { return true }
        return other < clearlyFewer * share ? false : nil
    }

    /// How a scan of the whole table would come by its rows.
    enum WholeScan {
        /// Record after record.
        case slots
        /// By the primary key in its order, until `wanted` rows have passed; `nil` for all.
        case keys(wanted: Int?)
    }

    /// Of the rows, the share beyond which looking them up by an index takes longer than reading
    /// all records in their order.
    private static let shareMost = 0.5
    /// Rows that pass may come late in the order of the key.
    private static let caution = 4.0

    /// Whether `candidate` finds so many rows that reading the whole table, each row tested, takes
    /// less time.
    func finds(_ candidate: AccessCandidate, moreThan whole: WholeScan) -> Bool {
        guard !candidate.findsOneRow, let known = knowledge?(table), known.rowCount > 0,
            let estimator = knownShares()
        else { return false }
        let share = share(of: candidate, estimator)
        switch whole {
        case .slots: return share > Self.shareMost
        case .keys(let wanted?):
            // As many rows pass on the way as are looked up and sorted by the index.
            return Self.caution * Double(wanted) / max(share, 1e-9)
                < share * Double(known.rowCount)
        case .keys(nil): return false
        }
    }
}
