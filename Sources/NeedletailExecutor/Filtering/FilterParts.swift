import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// A filter whose rows can be found before a search begins: its conditions, compiled.
final class FilterParts: Sendable {
    /// One condition.
    struct Part: Sendable {
        let condition: BoundExpression
        let accepts: CompiledPredicate
        /// What it reads.
        let columns: [Int]
        /// What it says of one column, where it is a comparison with a value.
        let comparison: ColumnComparison?
        let access: CompiledAccess?
        let lookup: CompiledLookup?
        /// Whether the access finds the rows that meet it and no others.
        let isWhole: Bool

        /// Whether its rows are found one after the other, by the keys of an ordered index.
        var isWalked: Bool {
            guard lookup == nil, let access else { return false }
            if case .postings = access { return false }
            return true
        }
    }

    let parts: [Part]
    /// The whole filter.
    let accepts: CompiledPredicate
    let layout: RowLayout
    let expression: BoundExpression
    /// Positions of the statement's parameters that it reads.
    let parameters: [Int]
    /// Whether a query within decides, too: then what was found serves one execution.
    let hasQuery: Bool
    private let hash: Int

    /// `nil` where there is no filter, or one whose rows are others at every look: by chance, by
    /// the time, or by a row beside it. Neither for one that reads vectors: these are long.
    init?(
        _ filter: BoundExpression?, _ conditions: [MaskPart], of table: TableDefinition,
        _ compiler: ExpressionCompiler
    ) {
        guard let filter, !conditions.isEmpty, filter.isStable else { return nil }
        var positions: Set<Int> = []
        filter.collectColumns(into: &positions)
        let vectors = positions.filter {
            $0 < table.columns.count && table.columns[$0].type.isVector
        }
        guard vectors.isEmpty else { return nil }
        let parts = conditions.map { part in
            var columns: Set<Int> = []
            part.condition.collectColumns(into: &columns)
            return Part(
                condition: part.condition,
                accepts: compiler.predicate(part.condition),
                columns: columns.sorted(),
                comparison: ColumnComparison(part.condition, compiler),
                access: part.access.map { CompiledAccess($0, of: table, compiler) },
                lookup: part.lookup.map { CompiledLookup($0, table, compiler) },
                isWhole: part.isWhole)
        }
        self.parts = parts
        accepts = Self.all(parts.map(\.accepts))
        layout = RowLayout(table, needed: ColumnSelection(positions))
        expression = filter.withoutRanges
        var parameters: Set<Int> = []
        filter.collectParameters(into: &parameters)
        self.parameters = parameters.sorted()
        hasQuery = filter.hasQuery
        hash = expression.hashValue
    }

    /// Whether each of `conditions` is true.
    private static func all(_ conditions: [CompiledPredicate]) -> CompiledPredicate {
        if conditions.count == 1 { return conditions[0] }
        return { context, row throws(DatabaseError) in
            for condition in conditions where try !condition(context, row) { return false }
            return true
        }
    }
}

extension FilterParts: Hashable {
    static func == (left: FilterParts, right: FilterParts) -> Bool {
        left === right || (left.hash == right.hash && left.expression == right.expression)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

/// `column < value` and its like, with a value that is the same for all rows.
struct ColumnComparison: Sendable {
    let column: Int
    private let comparison: Comparison
    private let value: CompiledExpression

    init?(_ condition: BoundExpression, _ compiler: ExpressionCompiler) {
        guard case .compare(let comparison, let left, let right) = condition.kind else {
            return nil
        }
        if case .column(let position) = left.kind, right.isRowIndependent {
            (column, self.comparison, value) = (position, comparison, compiler.compile(right))
        } else if case .column(let position) = right.kind, left.isRowIndependent {
            (column, self.comparison) = (position, comparison.mirrored)
            value = compiler.compile(left)
        } else {
            return nil
        }
    }

    /// The same as a range; `nil` where it is none, or none of numbers.
    func test(
        _ form: IncludedColumn.Form, _ context: EvaluationContext
    ) throws(DatabaseError) -> IncludedTest? {
        switch (form, try value(context, [])) {
        case (.integer, .int(let number)): integers(Int(number))
        case (.timestamp, .timestamp(let time)): integers(Int(time.microseconds))
        case (.date, .date(let date)): integers(Int(date.days))
        case (.double, .double(let number)): numbers(number)
        case (.double, .int(let number)): Double(exactly: number).flatMap(numbers)
        default: nil
        }
    }

    private func integers(_ number: Int) -> IncludedTest? {
        switch comparison {
        case .equal: .integers(number...number)
        case .lessOrEqual: .integers(Int.min...number)
        case .greaterOrEqual: .integers(number...Int.max)
        case .less: number == .min ? nil : .integers(Int.min...number - 1)
        case .greater: number == .max ? nil : .integers(number + 1...Int.max)
        case .notEqual: nil
        }
    }

    /// NaN is greater than any number.
    private func numbers(_ number: Double) -> IncludedTest? {
        guard number.isFinite else { return nil }
        return switch comparison {
        case .equal: .numbers(number...number, acceptsNaN: false)
        case .lessOrEqual: .numbers(-.infinity...number, acceptsNaN: false)
        case .greaterOrEqual: .numbers(number...Double.infinity, acceptsNaN: true)
        case .less: .numbers(-.infinity...number.nextDown, acceptsNaN: false)
        case .greater: .numbers(number.nextUp...Double.infinity, acceptsNaN: true)
        case .notEqual: nil
        }
    }
}

extension CompiledAccess {
    /// Whether a value that is looked up is longer than `most` bytes, so that a key may be cut.
    func hasLongText(_ context: EvaluationContext, above most: Int) throws(DatabaseError) -> Bool {
        guard case .ranges(let builder, _) = self else { return false }
        return try builder.ranges(context).contains { range in
            range.prefix.contains { $0.isLong(above: most) }
                || range.lower?.value.isLong(above: most) == true
                || range.upper?.value.isLong(above: most) == true
        }
    }
}

extension Value {
    fileprivate func isLong(above most: Int) -> Bool {
        switch self {
        case .text(let text): text.utf8.count > most
        case .bytes(let bytes): bytes.count > most
        default: false
        }
    }
}
