import NeedletailCore

/// Where the value that an index keeps of a row comes from.
struct KeySource: Sendable {
    private enum Kind: Sendable {
        case column(Int)
        case path(Int, [JSONStep])
        case expression(IndexExpression)
    }

    private let kind: Kind
    /// `jsonb` for a path.
    let type: ValueType
    /// Positions of the columns of a row that decide it.
    let columns: Set<Int>

    private init(_ kind: Kind, _ type: ValueType, _ columns: Set<Int>) {
        self.kind = kind
        self.type = type
        self.columns = columns
    }

    init(column position: Int, of type: ValueType) {
        self.init(.column(position), type, [position])
    }

    /// `nil` where the table lacks a column of the key.
    init?(_ key: IndexDefinition.Key, of table: TableDefinition) {
        func position(_ id: UInt16?) -> Int? { table.columns.firstIndex { $0.id == id } }
        if let expression = key.expression {
            let positions = expression.columnIDs.compactMap(position)
            guard positions.count == expression.columnIDs.count, !positions.isEmpty else {
                return nil
            }
            self.init(.expression(expression), expression.type, Set(positions))
            return
        }
        guard let position = position(key.columnID) else { return nil }
        if key.path.isEmpty {
            self.init(column: position, of: table.columns[position].type)
        } else {
            self.init(.path(position, key.path), .jsonb, [position])
        }
    }

    /// JSON null and a path that leads nowhere are NULL. Errors: those of the expression.
    func value(in row: [Value]) throws(DatabaseError) -> Value {
        switch kind {
        case .column(let position): return row[position]
        case .path(let position, let path):
            guard case .json(let json) = row[position], let found = json.value(at: path),
                found != .null
            else { return .null }
            return .json(found)
        case .expression(let expression): return try expression.value(of: row)
        }
    }

    /// What it is called in sentences.
    func name(in table: TableDefinition) -> String {
        switch kind {
        case .column(let position), .path(let position, _): table.columns[position].name
        case .expression(let expression): expression.text
        }
    }
}
