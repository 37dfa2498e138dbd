import NeedletailCore

/// One ordered structure, or the postings of a bitmap index, and the keys that a filter leaves.
struct AccessCandidate {
    /// `nil` for the primary key.
    var index: IndexDefinition?
    /// What the parts of the key hold.
    var parts: [IndexDefinition.Key]
    /// The same parts by what they are to a query.
    var targets: [KeyTarget]
    var condition: KeyCondition

    /// Whether one combination of alternatives, all of them written out, finds at most one row.
    var findsOneRow: Bool {
        guard condition.equal.count == targets.count, condition.spread.isEmpty else {
            return false
        }
        return index.map(\.isUnique) ?? true
    }

    /// Whether every combination is a single key, so that rows come in the order of the rest.
    var hasSingleAlternatives: Bool { condition.hasSingleAlternatives }

    /// Whether rows come in the order of slots, whatever the condition.
    var isBitmap: Bool { index?.method == .bitmap }

    func access(descending: Bool) -> TableScan.Access {
        if let index { return .index(index, condition, descending: descending) }
        if condition.isEmpty { return .primaryKeyOrder(descending: descending) }
        return .primaryKey(condition, descending: descending)
    }

    var access: TableScan.Access { access(descending: false) }

    /// Whether the rows come in primary-key order, or are at most one.
    func yieldsKeyOrder(of table: TableDefinition) -> Bool {
        if table.primaryKey.isEmpty { return true }
        if index == nil { return hasSingleAlternatives }
        return findsOneRow && hasSingleAlternatives
    }
}

/// The ways to reach a table's rows and the choice among them: equality on the whole primary key,
/// then on a whole unique index, then whatever finds the fewest rows by statistics. Without these,
/// or where they do not tell, the longest run of equal parts, then a range. Ties go to the primary
/// key, then to the index created first.
struct AccessChoice {
    let table: TableDefinition
    let targets: KeyTargets
    /// Primary key first.
    let candidates: [AccessCandidate]
    /// `nil` for rules alone.
    let knowledge: TableKnowledge?

    /// Combinations of alternatives beyond which a part is left to the filter.
    private static let combinationsMax = 100_000

    /// - Parameters:
    ///   - usesBitmaps: whether bitmap indexes are among the ways.
    ///   - forOrder: whether paths matter that the filter says nothing of, for their order.
    ///   - targets: what the indexes may be asked for, where it is known already.
    init(
        table: TableDefinition, indexes: [IndexDefinition], filter: BoundExpression?,
        usesBitmaps: Bool = false, forOrder: Bool = false, knowledge: TableKnowledge? = nil,
        targets known: KeyTargets? = nil
    ) {
        self.table = table
        self.knowledge = knowledge
        let targets = known ?? KeyTargets(table, indexes)
        self.targets = targets
        let predicates = KeyPredicate.collect(filter, targets)
        var candidates: [AccessCandidate] = []
        if !table.primaryKey.isEmpty {
            let parts = table.primaryKey.map {
                IndexDefinition.Key(columnID: table.columns[$0].id)
            }
            let targets = table.primaryKey.map { KeyTarget.column($0) }
            candidates.append(Self.candidate(nil, parts, targets, predicates))
        }
        for index in indexes
        where index.method == .ordered || (usesBitmaps && index.method == .bitmap) {
            let targets = index.keys.compactMap { KeyTarget($0, of: table) }
            guard targets.count == index.keys.count,
                forOrder || Self.begins(targets, with: predicates)
            else { continue }
            candidates.append(Self.candidate(index, index.keys, targets, predicates))
        }
        self.candidates = candidates
    }

    /// Whether a predicate is on the first part of a key: no other can narrow it.
    private static func begins(_ targets: [KeyTarget], with predicates: [KeyPredicate]) -> Bool {
        guard let first = targets.first else { return false }
        return predicates.contains { $0.target == first }
    }

    private static func candidate(
        _ index: IndexDefinition?, _ parts: [IndexDefinition.Key], _ targets: [KeyTarget],
        _ predicates: [KeyPredicate]
    ) -> AccessCandidate {
        var condition = KeyCondition()
        var combinations = 1
        for target in targets {
            let equal = predicates.lazy.compactMap { predicate -> [BoundExpression]? in
                guard predicate.target == target, case .equal(let values) = predicate.test else {
                    return nil
                }
                return values
            }.min { $0.count < $1.count }
            if let equal, combinations * equal.count <= combinationsMax {
                combinations *= equal.count
                condition.equal.append(equal)
                continue
            }
            if equal == nil, let array = Self.array(predicates, target) {
                condition.spread.insert(condition.equal.count)
                condition.equal.append([array])
                continue
            }
            for predicate in predicates where predicate.target == target {
                switch predicate.test {
                case .equal, .anyOf: break
                case .lower(let bound): condition.lower = condition.lower ?? bound
                case .upper(let bound): condition.upper = condition.upper ?? bound
                case .isNull: condition.isNull = true
                }
            }
            if condition.isNull { (condition.lower, condition.upper) = (nil, nil) }
            break
        }
        return AccessCandidate(
            index: index, parts: parts, targets: targets, condition: condition)
    }

    /// An array whose elements are all that `target` may be.
    private static func array(
        _ predicates: [KeyPredicate], _ target: KeyTarget
    ) -> BoundExpression? {
        for predicate in predicates where predicate.target == target {
            if case .anyOf(let array) = predicate.test { return array }
        }
        return nil
    }

    /// The best path that the filter makes possible; `nil` if it leaves only a full scan. Of two
    /// that are equally good, the one whose rows come in `order` wins.
    func best(for order: [BoundSort]) -> AccessCandidate? {
        let usable = candidates.filter { !$0.condition.isEmpty }
        let isCertain = usable.count < 2 || usable.contains(where: \.findsOneRow)
        let estimator = isCertain ? nil : knownShares()
        var best: AccessCandidate?
        for candidate in usable {
            guard let current = best else {
                best = candidate
                continue
            }
            if let estimator,
                let isFewer = Self.isFewer(
                    share(of: candidate, estimator), than: share(of: current, estimator))
            {
                if isFewer { best = candidate }
                continue
            }
            let (rank, least) = (rank(candidate), rank(current))
            let isTidier =
                !order.isEmpty && gives(order, current) == nil
                && gives(order, candidate) != nil
            if rank > least || (rank == least && isTidier) { best = candidate }
        }
        return best
    }

    private func rank(_ candidate: AccessCandidate) -> Int {
        if candidate.findsOneRow { return candidate.index == nil ? 1_000 : 999 }
        let bounds =
            (candidate.condition.lower == nil ? 0 : 1)
            + (candidate.condition.upper == nil ? 0 : 1) + (candidate.condition.isNull ? 3 : 0)
        return candidate.condition.equal.count * 3 + bounds
    }

    /// The first structure whose whole order is `order`, or its reverse.
    func ordered(by order: [BoundSort]) -> AccessCandidate? {
        candidates.first { gives(order, $0) != nil }
    }
}
