import NeedletailCore
import NeedletailPlanner

/// Orders its input; rows with equal keys keep their order.
///
/// With a bound it keeps no more than twice that many rows at a time.
final class SortSource: RowSource {
    struct Key: Sendable {
        let expression: CompiledExpression
        let isDescending: Bool
        let nullsFirst: Bool
    }

    private struct Entry {
        let keys: [Value]
        let row: [Value]
        let arrival: Int
    }

    private let input: any RowSource
    private let context: EvaluationContext
    private let keys: [Key]
    private let bound: Int?
    private var sorted: IndexingIterator<[Entry]>?

    /// - Parameter bound: how many rows will be asked for at most; `nil` for all.
    init(_ input: any RowSource, _ context: EvaluationContext, keys: [Key], bound: Int?) {
        self.input = input
        self.context = context
        self.keys = keys
        self.bound = bound
    }

    func next() throws(DatabaseError) -> [Value]? {
        if sorted == nil { sorted = try sortedEntries().makeIterator() }
        return sorted?.next()?.row
    }

    private func sortedEntries() throws(DatabaseError) -> [Entry] {
        var entries: [Entry] = []
        var arrival = 0
        let expressions = keys.map(\.expression)
        if bound == 0 { return [] }
        while let row = try input.next() {
            entries.append(
                Entry(
                    keys: try expressions.evaluate(context, row), row: row, arrival: arrival))
            arrival += 1
            if let bound, entries.count >= bound.multipliedClamped(by: 2), entries.count > 1_024 {
                entries.sort(by: precedes)
                entries.removeLast(entries.count - bound)
            }
        }
        entries.sort(by: precedes)
        return entries
    }

    private func precedes(_ left: Entry, _ right: Entry) -> Bool {
        for (position, key) in keys.enumerated() {
            let order = Self.order(left.keys[position], right.keys[position], key)
            if order != 0 { return order < 0 }
        }
        return left.arrival < right.arrival
    }

    private static func order(_ left: Value, _ right: Value, _ key: Key) -> Int {
        switch (left.isNull, right.isNull) {
        case (true, true): return 0
        case (true, false): return key.nullsFirst ? -1 : 1
        case (false, true): return key.nullsFirst ? 1 : -1
        case (false, false):
            let order = SortOrder.compare(left, right)
            return key.isDescending ? -order : order
        }
    }
}

extension Int {
    /// The product, or the largest integer where it would overflow. Neither side is negative.
    func multipliedClamped(by factor: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }

    /// The sum, or the largest integer where it would overflow. Neither side is negative.
    func addedClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
