package import NeedletailCore
import NeedletailPlanner

/// An operator of a running plan: hands out its rows one by one.
package protocol RowSource: AnyObject {
    /// The next row, or `nil` at the end; not to be called again after that.
    func next() throws(DatabaseError) -> [Value]?
}

/// A list that is already there.
final class ListSource: RowSource {
    private var rows: IndexingIterator<[[Value]]>

    init(_ rows: [[Value]]) { self.rows = rows.makeIterator() }

    func next() throws(DatabaseError) -> [Value]? { rows.next() }
}

/// Keeps the rows for which a condition is true.
final class FilterSource: RowSource {
    private let input: any RowSource
    private let context: EvaluationContext
    private let accepts: CompiledPredicate

    init(
        _ input: any RowSource, _ context: EvaluationContext, accepts: @escaping CompiledPredicate
    ) {
        self.input = input
        self.context = context
        self.accepts = accepts
    }

    func next() throws(DatabaseError) -> [Value]? {
        while let row = try input.next() {
            if try accepts(context, row) { return row }
        }
        return nil
    }
}

/// Computes the output columns.
final class ProjectSource: RowSource {
    private let input: any RowSource
    private let context: EvaluationContext
    private let outputs: [Output]

    /// What an output column is.
    enum Output: Sendable {
        /// The input's at this position.
        case column(Int)
        case computed(CompiledExpression)

        init(_ expression: BoundExpression, _ compiler: ExpressionCompiler) {
            if case .column(let position) = expression.kind {
                self = .column(position)
            } else {
                self = .computed(compiler.compile(expression))
            }
        }
    }

    init(_ input: any RowSource, _ context: EvaluationContext, outputs: [Output]) {
        self.input = input
        self.context = context
        self.outputs = outputs
    }

    func next() throws(DatabaseError) -> [Value]? {
        guard let row = try input.next() else { return nil }
        var values: [Value] = []
        values.reserveCapacity(outputs.count)
        for output in outputs {
            switch output {
            case .column(let position): values.append(row[position])
            case .computed(let expression): values.append(try expression(context, row))
            }
        }
        return values
    }
}

/// Keeps the first of equal rows.
final class DistinctSource: RowSource {
    private let input: any RowSource
    private var seen: Set<[Value]> = []

    init(_ input: any RowSource) { self.input = input }

    func next() throws(DatabaseError) -> [Value]? {
        while let row = try input.next() {
            if seen.insert(row.map(GroupingKey.normal)).inserted { return row }
        }
        return nil
    }
}

/// Skips `offset` rows, then passes at most `limit`.
final class LimitSource: RowSource {
    private let input: any RowSource
    private var toSkip: Int
    private var remaining: Int

    init(_ input: any RowSource, limit: Int?, offset: Int) {
        self.input = input
        toSkip = offset
        remaining = limit ?? .max
    }

    func next() throws(DatabaseError) -> [Value]? {
        guard remaining > 0 else { return nil }
        while toSkip > 0 {
            guard try input.next() != nil else { return nil }
            toSkip -= 1
        }
        guard let row = try input.next() else { return nil }
        remaining -= 1
        return row
    }
}

/// Keeps the first columns of each row.
final class TrimSource: RowSource {
    private let input: any RowSource
    private let count: Int

    init(_ input: any RowSource, count: Int) {
        self.input = input
        self.count = count
    }

    func next() throws(DatabaseError) -> [Value]? {
        guard let row = try input.next() else { return nil }
        return row.count > count ? Array(row.prefix(count)) : row
    }
}

/// `generate_series`: integers from `start` to `stop`, both included.
final class SeriesSource: RowSource {
    private var current: Int64?
    private let stop: Int64
    private let step: Int64
    private let cancellation: Cancellation
    private var count = 0

    init(start: Int64, stop: Int64, step: Int64, cancellation: Cancellation) {
        self.cancellation = cancellation
        current = start
        self.stop = stop
        self.step = step
    }

    func next() throws(DatabaseError) -> [Value]? {
        guard let value = current, step > 0 ? value <= stop : value >= stop else { return nil }
        count &+= 1
        if count % 1_024 == 0 { try cancellation.check() }
        let (following, overflow) = value.addingReportingOverflow(step)
        current = overflow ? nil : following
        return [.int(value)]
    }
}
