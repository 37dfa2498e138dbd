import NeedletailCore

/// A relation whose columns an expression may name.
struct Relation {
    /// Its alias, or the table's own name.
    var name: String
    var columns: [Column]
    /// Position of its first column in the input row.
    var offset: Int
    /// The table behind it, for the rule that a grouped primary key lets all columns through.
    var table: TableDefinition?
    /// Whether a query stands beside it with `LATERAL` and may read it.
    var isLateral = false

    struct Column {
        var name: String
        var type: ValueType
    }

    init(name: String, columns: [Column], offset: Int = 0, table: TableDefinition? = nil) {
        self.name = name
        self.columns = columns
        self.offset = offset
        self.table = table
    }

    init(_ table: TableDefinition, name: String? = nil, offset: Int = 0) {
        self.init(
            name: name ?? table.name,
            columns: table.columns.map { Column(name: $0.name, type: $0.type) }, offset: offset,
            table: table)
    }

    /// The same to a query that may not read it.
    var outOfReach: Relation {
        var copy = self
        copy.isLateral = false
        return copy
    }

    /// The column called `name` to a query that stands beside this.
    func lateralColumn(
        _ name: String, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression? {
        guard isLateral, let column = try column(name, at: range),
            case .column(let position) = column.kind
        else { return nil }
        return BoundExpression(
            .outer(position, name: "\(self.name).\(name)"), column.type, range)
    }

    /// The column called `name` as an expression.
    func column(_ name: String, at range: SourceRange?) throws(DatabaseError) -> BoundExpression? {
        var found: Int?
        for (position, column) in columns.enumerated() where column.name == name {
            if found != nil {
                throw DatabaseError(
                    .ambiguousColumn, "column \"\(name)\" stands twice in \"\(self.name)\"",
                    hint: "Give the columns of the subquery different names.", position: range)
            }
            found = position
        }
        return found.map { BoundExpression(.column(offset + $0), columns[$0].type, range) }
    }
}

/// What the names in an expression may mean.
struct Scope {
    var relations: [Relation] = []
    /// Relations of the queries around, which a subquery can see and, those that it stands beside
    /// with `LATERAL` aside, not use.
    var outer: [Relation] = []

    /// Columns of the input row.
    var width: Int { relations.reduce(0) { $0 + $1.columns.count } }

    /// Everything that a subquery inside sees around itself.
    var enclosing: [Relation] { (relations + outer).map(\.outOfReach) }

    func relation(named name: String) -> Relation? { relations.first { $0.name == name } }
}

/// The clause an expression stands in, which decides what is allowed in it.
enum Clause: String {
    case selectList = "the select list"
    case filter = "WHERE"
    case grouping = "GROUP BY"
    case having = "HAVING"
    case order = "ORDER BY"
    case limit = "LIMIT"
    case source = "FROM"
    case values = "VALUES"
    case assignment = "SET"
    case returning = "RETURNING"
    case defaultValue = "DEFAULT"
    case check = "CHECK"
    case aggregate = "an aggregate"
    case option = "an option"
    case index = "an index"

    /// Whether columns may be named in it.
    var allowsColumns: Bool {
        switch self {
        case .limit, .values, .defaultValue, .option, .source: false
        default: true
        }
    }

    /// Whether its text is kept with a table: it can have neither subqueries nor parameters.
    var isDefinition: Bool {
        switch self {
        case .defaultValue, .check, .index: true
        default: false
        }
    }
}
