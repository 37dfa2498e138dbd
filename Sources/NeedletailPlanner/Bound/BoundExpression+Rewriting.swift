import NeedletailCore

extension BoundExpression {
    /// A copy in which `replace` had its say on every node, from the top down: what it returns
    /// stands in for the node and is not visited again; `nil` keeps the node and goes on below it.
    /// Subqueries are left alone, since they read rows of their own.
    package func rewritten<Failure: Error>(
        _ replace: (BoundExpression) throws(Failure) -> BoundExpression?
    ) throws(Failure) -> BoundExpression {
        try changed(replace) ?? self
    }

    /// ``rewritten(_:)``, or `nil` where nothing of it changes.
    private func changed<Failure: Error>(
        _ replace: (BoundExpression) throws(Failure) -> BoundExpression?
    ) throws(Failure) -> BoundExpression? {
        if let replacement = try replace(self) { return replacement }
        guard hasChild(where: { _ in true }) else { return nil }
        var new = children
        var hasChanged = false
        for place in new.indices {
            guard let child = try new[place].changed(replace) else { continue }
            new[place] = child
            hasChanged = true
        }
        return hasChanged ? replacingChildren(with: new) : nil
    }

    /// The same node above other children, given in the order of ``children``.
    private func replacingChildren(with new: [BoundExpression]) -> BoundExpression {
        var copy = self
        switch kind {
        case .constant, .parameter, .column, .outer, .exists, .scalarQuery: break
        case .not: copy.kind = .not(new[0])
        case .isNull(_, let negated): copy.kind = .isNull(new[0], negated: negated)
        case .isTruth(_, let truth, let negated):
            copy.kind = .isTruth(new[0], truth, negated: negated)
        case .cast(_, let explicit): copy.kind = .cast(new[0], explicit: explicit)
        case .jsonPath(_, let path): copy.kind = .jsonPath(new[0], path)
        case .inQuery(_, let query, let negated):
            copy.kind = .inQuery(new[0], query, negated: negated)
        case .and: copy.kind = .and(new)
        case .or: copy.kind = .or(new)
        case .call(let function, _): copy.kind = .call(function, new)
        case .array: copy.kind = .array(new)
        case .isDistinct(_, _, let negated):
            copy.kind = .isDistinct(new[0], new[1], negated: negated)
        case .compare(let comparison, _, _): copy.kind = .compare(comparison, new[0], new[1])
        case .subscripted: copy.kind = .subscripted(new[0], new[1])
        case .distance(let metric, _, _): copy.kind = .distance(metric, new[0], new[1])
        case .quantified(let comparison, _, _, let all):
            copy.kind = .quantified(comparison, new[0], array: new[1], all: all)
        case .inList(_, _, let negated):
            copy.kind = .inList(new[0], Array(new.dropFirst()), negated: negated)
        case .like(_, _, _, let ignoringCase, let negated):
            copy.kind = .like(
                new[0], pattern: new[1], escape: new.count > 2 ? new[2] : nil,
                ignoringCase: ignoringCase, negated: negated)
        case .cases(let cases, _):
            copy.kind = .cases(
                cases.indices.map {
                    BoundCase(condition: new[2 * $0], result: new[2 * $0 + 1])
                },
                otherwise: new.count > 2 * cases.count ? new.last : nil)
        }
        return copy
    }

    /// The same expression without its places in the text, so that `==` compares meaning.
    package var withoutRanges: BoundExpression {
        guard hasChild(where: { _ in true }) else { return BoundExpression(kind, type) }
        var copy = replacingChildren(with: children.map(\.withoutRanges))
        copy.range = nil
        return copy
    }

    /// Whether both compute the same thing, wherever they stand in the text.
    package func means(_ other: BoundExpression) -> Bool {
        guard type == other.type else { return false }
        guard hasChild(where: { _ in true }) else { return kind == other.kind }
        return withoutRanges == other.withoutRanges
    }

    /// Whether the same row always has the same value in one snapshot.
    package var isStable: Bool {
        switch kind {
        case .outer, .call(.now, _), .call(.currentDate, _), .call(.random, _),
            .call(.uuidRandom, _):
            false
        default: !hasChild { !$0.isStable }
        }
    }

    /// Whether two evaluations in one statement may differ.
    package var isVolatile: Bool {
        switch kind {
        case .call(.random, _), .call(.uuidRandom, _): true
        default: hasChild(where: \.isVolatile)
        }
    }
}
