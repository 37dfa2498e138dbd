import NeedletailCore

extension AccessChoice {
    /// Whether the rows of `candidate` come in `order`: false when read forwards, true when read
    /// backwards, `nil` if neither does.
    ///
    /// Parts fixed to one value may stand anywhere in `order` or be missing from it. Once the parts
    /// that make a row unique have been read, further keys of `order` change nothing.
    func gives(_ order: [BoundSort], _ candidate: AccessCandidate) -> Bool? {
        guard candidate.hasSingleAlternatives, !candidate.isBitmap else { return nil }
        let fixed = Set(candidate.targets.prefix(candidate.condition.equal.count))
        var part = fixed.isEmpty ? 0 : candidate.condition.equal.count
        var backwards: Bool?
        for key in order {
            guard let target = targets.target(of: key.expression) else { return nil }
            if fixed.contains(target) { continue }
            if part == candidate.targets.count {
                if isUniqueWithoutNulls(candidate) { break }
                return nil
            }
            guard candidate.targets[part] == target else { return nil }
            let definition = candidate.parts[part]
            let reversed = key.isDescending != definition.isDescending
            if let backwards, backwards != reversed { return nil }
            backwards = reversed
            if !isNeverNull(target), key.nullsFirst != (definition.nullsFirst != reversed) {
                return nil
            }
            part += 1
        }
        return backwards ?? false
    }

    private func isNeverNull(_ target: KeyTarget) -> Bool {
        guard case .column(let position) = target else { return false }
        return table.columns[position].isNotNull || table.primaryKey.contains(position)
    }

    private func isUniqueWithoutNulls(_ candidate: AccessCandidate) -> Bool {
        guard let index = candidate.index else { return true }
        return index.isUnique && candidate.targets.allSatisfy(isNeverNull)
    }
}
