import NeedletailCore
import NeedletailPlanner

/// Groups its input by hashing and yields, for each group, its keys and then its aggregates.
/// Groups come in the order of their first row. Without keys there is exactly one group.
final class AggregateSource: RowSource {
    struct Argument: Sendable {
        let aggregate: BoundAggregate
        let arguments: [CompiledExpression]
        let filter: CompiledPredicate?
    }

    private struct Group {
        let keys: [Value]
        var states: [AggregateState]
    }

    private let input: any RowSource
    private let context: EvaluationContext
    private let keys: [CompiledExpression]
    private let aggregates: [Argument]
    private var output: IndexingIterator<[[Value]]>?

    init(
        _ input: any RowSource, _ context: EvaluationContext, keys: [CompiledExpression],
        aggregates: [Argument]
    ) {
        self.input = input
        self.context = context
        self.keys = keys
        self.aggregates = aggregates
    }

    func next() throws(DatabaseError) -> [Value]? {
        if output == nil { output = try groupedRows().makeIterator() }
        return output?.next()
    }

    private func groupedRows() throws(DatabaseError) -> [[Value]] {
        var groups: [Group] = []
        var positions: [[Value]: Int] = [:]
        if keys.isEmpty { groups.append(emptyGroup(keys: [])) }
        while let row = try input.next() {
            var position = 0
            if !keys.isEmpty {
                let key = try keys.evaluate(context, row)
                let normal = key.map(GroupingKey.normal)
                if let known = positions[normal] {
                    position = known
                } else {
                    position = groups.count
                    positions[normal] = position
                    groups.append(emptyGroup(keys: key))
                }
            }
            try add(row, to: &groups[position].states)
        }
        var rows: [[Value]] = []
        rows.reserveCapacity(groups.count)
        for group in groups {
            var row = group.keys
            for state in group.states { row.append(try state.result()) }
            rows.append(row)
        }
        return rows
    }

    private func emptyGroup(keys: [Value]) -> Group {
        Group(keys: keys, states: aggregates.map { AggregateState($0.aggregate) })
    }

    private func add(
        _ row: [Value], to states: inout [AggregateState]
    ) throws(DatabaseError) {
        for (position, argument) in aggregates.enumerated() {
            if let filter = argument.filter, try !filter(context, row) { continue }
            try states[position].add(try argument.arguments.evaluate(context, row))
        }
    }
}

/// Values as `GROUP BY` and `DISTINCT` tell them apart: like `=`, but NULL equals NULL.
enum GroupingKey {
    /// A representation whose Swift equality is SQL's.
    static func normal(_ value: Value) -> Value {
        switch value {
        // Swift's strings are equal by canonical equivalence, SQL's by bytes.
        case .text(let text): .bytes(Array(text.utf8))
        case .double(let double):
            .int(Int64(bitPattern: (double == 0 ? 0 : (double.isNaN ? .nan : double)).bitPattern))
        case .array(let elements): .array(elements.map(normal))
        default: value
        }
    }
}
