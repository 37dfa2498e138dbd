import NeedletailCore

/// Where a cast may happen without being asked for; each level includes those before it.
enum CastLevel: Int, Comparable {
    /// Anywhere: nothing is lost.
    case implicit
    /// Into a column.
    case assignment
    /// By `CAST` or `::` only.
    case explicit

    static func < (left: CastLevel, right: CastLevel) -> Bool { left.rawValue < right.rawValue }
}

/// Which types turn into which, after PostgreSQL's and pgvector's catalogues.
enum CastRules {
    /// The level at which `source` turns into `target`; `nil` if there is no such cast.
    static func level(from source: ValueType, to target: ValueType) -> CastLevel? {
        if source == target { return .implicit }
        if let level = numeric(source, target) { return level }
        switch (source, target) {
        case (.unknown, _): return .implicit
        case (_, .text): return .assignment
        case (.text, _): return .explicit
        case (.date, .timestamptz): return .implicit
        case (.timestamptz, .date): return .assignment
        case (.boolean, .int), (.int, .boolean): return .explicit
        case (.jsonb, .boolean): return .explicit
        case (.jsonb, _) where target.isNumeric: return .explicit
        case (.boolean, .jsonb): return .explicit
        case (_, .jsonb) where source.isNumeric: return .explicit
        case (.vector, .vector), (.halfvec, .halfvec), (.bit, .bit): return .implicit
        case (.halfvec, .vector): return .implicit
        case (.vector, .halfvec): return .assignment
        case (.array(let element), .vector), (.array(let element), .halfvec):
            return element.isNumeric || element == .unknown ? .assignment : nil
        case (.vector, .array(let element)), (.halfvec, .array(let element)):
            return element.isFloat ? .assignment : nil
        case (.array(let from), .array(let to)):
            return level(from: from, to: to)
        default: return nil
        }
    }

    private static func numeric(_ source: ValueType, _ target: ValueType) -> CastLevel? {
        guard let from = numericRank(source), let to = numericRank(target) else { return nil }
        return from <= to ? .implicit : .assignment
    }

    /// smallint < integer < bigint < real < double precision.
    static func numericRank(_ type: ValueType) -> Int? {
        switch type {
        case .smallint: 0
        case .int: 1
        case .bigint: 2
        case .real: 3
        case .double: 4
        default: nil
        }
    }

    /// The type that values of all of `types` take together, as for `CASE`, `COALESCE`, `VALUES`
    /// and arrays; `unknown` where nothing else says, `nil` where they do not go together.
    static func common(_ types: some Sequence<ValueType>) -> ValueType? {
        var result = ValueType.unknown
        for type in types {
            guard let next = common(result, type) else { return nil }
            result = next
        }
        return result
    }

    static func common(_ left: ValueType, _ right: ValueType) -> ValueType? {
        if left == right || right == .unknown { return left }
        if left == .unknown { return right }
        if let first = numericRank(left), let second = numericRank(right) {
            return first >= second ? left : right
        }
        switch (left, right) {
        case (.date, .timestamptz), (.timestamptz, .date): return .timestamptz
        case (.array(let first), .array(let second)):
            return common(first, second).map { .array($0) }
        // Vectors of two sizes have a type without one in common.
        case (.vector, .vector): return .vector(nil)
        case (.halfvec, .halfvec): return .halfvec(nil)
        case (.bit, .bit): return .bit(nil)
        case (.vector, .halfvec), (.halfvec, .vector):
            return .vector(left.dimension == right.dimension ? left.dimension : nil)
        default: return nil
        }
    }
}
