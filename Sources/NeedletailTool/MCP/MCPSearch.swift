import NeedletailCore
import NeedletailText

/// What the tool `search` is asked, and the statement it comes to.
struct MCPSearch {
    private let table: String
    private let column: String?
    private let vector: Value?
    private let nearKey: Value?
    private let filter: String?
    private let columns: [String]?
    private let k: Int
    private let parameters: Parameters

    init(_ arguments: MCPArguments) throws(DatabaseError) {
        try arguments.allow([
            "table", "column", "vector", "near_key", "filter", "parameters", "k", "columns",
        ])
        table = try arguments.text("table")
        column = try arguments.optionalText("column")
        vector = try arguments.value("vector")
        nearKey = try arguments.value("near_key")
        filter = try arguments.optionalText("filter")
        columns = try arguments.texts("columns")
        k = try arguments.integer("k", 1...MCPRows.rowsMax) ?? 10
        parameters = try arguments.parameters()
        guard (vector == nil) != (nearKey == nil) else {
            throw DatabaseError(
                .invalidParameter, "search takes either \"vector\" or \"near_key\"",
                hint: "Give the query vector, or the primary key of a row to search near.")
        }
    }

    /// The statement, and its parameters: those of the filter, then the vector, then the key.
    func statement(in snapshot: Snapshot) throws(DatabaseError) -> (String, Parameters) {
        let table = try MCPTable(self.table, in: snapshot)
        let column = try searched(in: table)
        var bound = BoundNames(parameters)
        var conditions: [String] = []
        if let filter { conditions.append("(\(filter)\n)") }
        var question = vector ?? .null
        var exclusion: String?
        if let nearKey {
            let key = try singleKey(of: table)
            question = try self.vector(near: nearKey, key, column, table, snapshot)
            exclusion = key
        }
        let distance =
            "\(MCPTable.quoted(column)) \(table.distance(of: column)) \(bound.add(question))"
        if let exclusion, let nearKey {
            conditions.append("\(MCPTable.quoted(exclusion)) <> \(bound.add(nearKey))")
        }
        let shown = (columns ?? table.plainColumns).map { MCPTable.quoted($0) + ", " }.joined()
        let place = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
        let sql =
            "SELECT \(shown)\(distance) AS distance FROM \(MCPTable.quoted(table.name))\(place) "
            + "ORDER BY \(distance) LIMIT \(k)"
        return (sql, bound.parameters)
    }

    private func searched(in table: MCPTable) throws(DatabaseError) -> String {
        let known = table.vectorColumns
        if let column {
            guard known.contains(column) else {
                throw DatabaseError(
                    .undefinedColumn, "table \"\(table.name)\" has no vector column \"\(column)\"",
                    hint: known.isEmpty
                        ? "It has none at all." : "It has \(known.joined(separator: ", ")).")
            }
            return column
        }
        guard let only = known.first, known.count == 1 else {
            throw DatabaseError(
                .invalidParameter,
                "table \"\(table.name)\" has \(known.count) vector columns",
                hint: known.isEmpty
                    ? "Search another table." : "Name one: \(known.joined(separator: ", ")).")
        }
        return only
    }

    private func singleKey(of table: MCPTable) throws(DatabaseError) -> String {
        guard let key = table.key.first, table.key.count == 1 else {
            throw DatabaseError(
                .notSupported, "the primary key of \"\(table.name)\" is not one column",
                hint: "Read the vector with query, and search with it.")
        }
        return key
    }

    private func vector(
        near value: Value, _ key: String, _ column: String, _ table: MCPTable,
        _ snapshot: Snapshot
    ) throws(DatabaseError) -> Value {
        let sql =
            "SELECT \(MCPTable.quoted(column)) FROM \(MCPTable.quoted(table.name)) "
            + "WHERE \(MCPTable.quoted(key)) = $1"
        guard let found = try snapshot.query(sql, value).first?[0], !found.isNull else {
            throw DatabaseError(
                .invalidParameter,
                "no row of \"\(table.name)\" with this \"\(key)\" has a vector in \"\(column)\"",
                hint: "Look for its key with query.")
        }
        return found
    }
}

/// Parameters that a statement had, and those that are added to it in the same style.
private struct BoundNames {
    private(set) var parameters: Parameters

    init(_ parameters: Parameters) { self.parameters = parameters }

    /// Adds a value; returns what stands for it in the statement.
    mutating func add(_ value: Value) -> String {
        switch parameters {
        case .named(var values):
            let name = "search_\(values.count + 1)"
            values[name] = value
            parameters = .named(values)
            return ":\(name)"
        case .positional(let values):
            parameters = .positional(values + [value])
            return "$\(values.count + 1)"
        case .none:
            parameters = .positional([value])
            return "$1"
        }
    }
}
