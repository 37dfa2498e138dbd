import NeedletailCore

/// What an index may hold as one part of its key.
enum KeyTarget: Hashable {
    case column(Int)
    /// A typed path into a `jsonb` column.
    case path(Int, [JSONStep])
    /// Anything else, without its places in a text.
    case expression(BoundExpression)

    /// What `expression` reads, if it is a bare column or a typed path into one.
    init?(_ expression: BoundExpression) {
        switch expression.kind {
        case .column(let position): self = .column(position)
        case .jsonPath(let base, let steps):
            guard case .column(let position) = base.kind else { return nil }
            self = .path(position, steps)
        default: return nil
        }
    }

    /// `nil` where the table lacks the column, or the expression could not be understood.
    init?(_ key: IndexDefinition.Key, of table: TableDefinition) {
        if let expression = key.expression {
            guard let bound = expression.bound else { return nil }
            self = .expression(bound)
            return
        }
        guard let position = table.columns.firstIndex(where: { $0.id == key.columnID }) else {
            return nil
        }
        self = key.path.isEmpty ? .column(position) : .path(position, key.path)
    }
}

/// What the indexes of a table may be asked for.
struct KeyTargets {
    let table: TableDefinition
    private let expressions: Set<BoundExpression>

    init(_ table: TableDefinition, _ indexes: [IndexDefinition]) {
        self.table = table
        var expressions: Set<BoundExpression> = []
        for index in indexes {
            for case let expression? in index.keys.lazy.map(\.expression?.bound) {
                expressions.insert(expression)
            }
        }
        self.expressions = expressions
    }

    /// What `expression` is to indexes: a column, a path, or what an index computes, by meaning.
    func target(of expression: BoundExpression) -> KeyTarget? {
        if let target = KeyTarget(expression) {
            return type(of: target) == nil ? nil : target
        }
        guard !expressions.isEmpty else { return nil }
        let bare = expression.withoutRanges
        return expressions.contains(bare) ? .expression(bare) : nil
    }

    /// `nil` for what is no column of the table.
    func type(of target: KeyTarget) -> ValueType? {
        switch target {
        case .column(let position):
            table.columns.indices.contains(position) ? table.columns[position].type : nil
        case .path(let position, _): table.columns.indices.contains(position) ? .jsonb : nil
        case .expression(let expression): expression.type
        }
    }
}
