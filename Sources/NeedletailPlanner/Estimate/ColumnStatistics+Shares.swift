import NeedletailCore

/// What statistics say of single values.
extension ColumnStatistics {
    /// Rows that have a value which nobody knows yet.
    var averageShare: Double {
        guard let distinctCount, distinctCount > 0 else { return restShare }
        return (1 - nullShare) / max(1, distinctCount)
    }

    /// Rows that have `value`; of arrays, that have it as an element.
    func share(equalTo value: Value) -> Double {
        if let known = common.first(where: { Self.order($0.value, value) == 0 }) {
            return known.share
        }
        if let first = bounds.first, let last = bounds.last,
            let low = Self.order(value, first), let high = Self.order(value, last),
            low < 0 || high > 0
        {
            // Rows may have come since.
            return min(restShare, 1 / Double(max(1, gathering.rowCount)))
        }
        guard let distinctCount else {
            // Elements that are rarer than those that are told.
            return common.last.map { $0.share / 2 } ?? 0
        }
        return restShare / max(1, distinctCount - Double(common.count))
    }

    /// Rows whose value is less than `value`; `nil` where it is not of the column's kind.
    func share(below value: Value) -> Double? {
        guard let sample = common.first?.value ?? bounds.first else {
            return gathering.sampleCount > 0 ? 0 : nil
        }
        guard Self.order(sample, value) != nil else { return nil }
        var share = 0.0
        for one in common where (Self.order(one.value, value) ?? 1) < 0 { share += one.share }
        return share + restShare * fraction(below: value)
    }

    /// Of the rows that have none of the common values, those below `value`.
    private func fraction(below value: Value) -> Double {
        guard bounds.count > 1 else { return 0.5 }
        // The first bound that is not below.
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if (Self.order(bounds[middle], value) ?? 0) < 0 {
                low = middle + 1
            } else {
                high = middle
            }
        }
        if low == 0 { return 0 }
        if low == bounds.count { return 1 }
        let within = Self.position(of: value, from: bounds[low - 1], to: bounds[low])
        return (Double(low - 1) + within) / Double(bounds.count - 1)
    }

    /// Where `value` lies between two others, 0 to 1; the middle where that cannot be told.
    private static func position(of value: Value, from first: Value, to last: Value) -> Double {
        guard let value = number(value), let first = number(first), let last = number(last),
            last > first
        else { return 0.5 }
        return min(1, max(0, (value - first) / (last - first)))
    }

    private static func number(_ value: Value) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number.isFinite ? number : nil
        case .timestamp(let time): Double(time.microseconds)
        case .date(let date): Double(date.days)
        default: nil
        }
    }
}
