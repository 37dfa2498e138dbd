import NeedletailCore
import NeedletailText

/// The tools that a model is given, and what they do.
///
/// All but `upsert` run inside a snapshot, which refuses to write, whatever the statement. What a
/// tool cannot do is told to the model as the result of the call, with code and hint.
struct MCPTools: Sendable {
    let definitions: [JSON]
    private let database: any DatabaseAccess
    private let names: Set<String>

    init(database: any DatabaseAccess, allowsWrites: Bool) throws(DatabaseError) {
        self.database = database
        var definitions: [JSON] = []
        var names: Set<String> = []
        for definition in MCPToolDefinition.all where allowsWrites || definition.isReadOnly {
            definitions.append(try definition.json())
            names.insert(definition.name)
        }
        self.definitions = definitions
        self.names = names
    }

    func has(_ name: String) -> Bool { names.contains(name) }

    /// What a model should know before it calls any of them.
    var instructions: String {
        """
        A vector database that speaks the pgvector dialect of PostgreSQL. Call describe first: it \
        lists tables, columns, indexes and example statements. Distances: <-> L2, <#> negative \
        inner product, <=> cosine, <+> L1, <~> Hamming, <%> Jaccard; smaller is nearer.
        """
    }

    /// The result of a call: content as text and as structure, or an error told as such.
    func call(_ name: String, _ arguments: JSONObject, _ interruption: Interruption) -> JSONObject {
        do {
            let arguments = MCPArguments(arguments)
            let result =
                switch name {
                case "query": try query(arguments, interruption)
                case "search": try search(arguments, interruption)
                case "upsert": try upsert(arguments, interruption)
                default: try describe(arguments, interruption)
                }
            return Self.result(result, text: JSONPrinter.text(result, style: .compact))
        } catch let error as DatabaseError {
            return Self.failure(error)
        } catch {
            return Self.failure(DatabaseError(.internalError, "\(error)"))
        }
    }

    private static func result(_ content: JSON, text: String) -> JSONObject {
        JSONObject()
            .with(
                "content",
                .array([.members(["type": .string("text"), "text": .string(text)])])
            )
            .with("structuredContent", content).with("isError", .bool(false))
    }

    private static func failure(_ error: DatabaseError) -> JSONObject {
        var members = JSONObject()
            .with("code", .string(error.code.rawValue)).with("message", .string(error.message))
        var text = "ERROR \(error.code.rawValue): \(error.message)"
        if let hint = error.hint {
            members["hint"] = .string(hint)
            text += "\nHINT: \(hint)"
        }
        if let position = error.position { members["position"] = .int(Int64(position.lower)) }
        return result(.members(["error": .object(members)]), text: text)
            .with("isError", .bool(true))
    }

    // MARK: query

    private func query(_ arguments: MCPArguments, _ interruption: Interruption) throws -> JSON {
        try arguments.allow(["sql", "parameters", "max_rows", "include_vectors"])
        let sql = try arguments.text("sql")
        let parameters = try arguments.parameters()
        var rows = MCPRows(
            rowsMax: try arguments.integer("max_rows", 1...MCPRows.rowsMax) ?? 100,
            includesVectors: try arguments.flag("include_vectors"))
        return try database.route.backend.read(interruption) { snapshot in
            let cursor = try snapshot.cursor(sql, bound: parameters)
            try rows.take(cursor)
            return rows.json()
        }
    }

    // MARK: describe

    private func describe(_ arguments: MCPArguments, _ interruption: Interruption) throws -> JSON {
        try arguments.allow(["table"])
        let wanted = try arguments.optionalText("table")
        return try database.route.backend.read(interruption) { snapshot in
            if let wanted {
                return .members(["tables": .array([try MCPTable(wanted, in: snapshot).json()])])
            }
            let names = try snapshot.query("SHOW TABLES").compactMap { $0["name"]?.plainText }
            let tables = try names.prefix(MCPTable.listedMax).map { name in
                try MCPTable(name, in: snapshot).json()
            }
            let rest = names.dropFirst(MCPTable.listedMax).map { JSON.string($0) }
            return .members(["tables": .array(tables), "more_tables": .array(rest)])
        }
    }

    // MARK: search

    private func search(_ arguments: MCPArguments, _ interruption: Interruption) throws -> JSON {
        let request = try MCPSearch(arguments)
        return try database.route.backend.read(interruption) { snapshot in
            let (sql, parameters) = try request.statement(in: snapshot)
            var rows = MCPRows(rowsMax: MCPRows.rowsMax, includesVectors: false)
            let cursor = try snapshot.cursor(sql, bound: parameters)
            try rows.take(cursor)
            return rows.json(statement: sql)
        }
    }

    // MARK: upsert

    private func upsert(_ arguments: MCPArguments, _ interruption: Interruption) throws -> JSON {
        try arguments.allow(["table", "rows"])
        let table = try arguments.text("table")
        let rows = try arguments.objects("rows", atMost: MCPRows.rowsMax)
        return try database.route.backend.write(interruption) { transaction in
            var count: Int64 = 0
            for row in rows {
                let columns = row.members.map { MCPTable.quoted($0.key) }
                let places = row.members.indices.map { "$\($0 + 1)" }
                let sql =
                    "UPSERT INTO \(MCPTable.quoted(table)) (\(columns.joined(separator: ", "))) "
                    + "VALUES (\(places.joined(separator: ", ")))"
                let values = try row.members.map { member in
                    try ValueJSON.value(from: member.value, as: .unknown)
                }
                count += Int64(
                    try transaction.execute(sql, bound: .positional(values)).rowCount)
            }
            return .members(["rows_written": .int(count)])
        }
    }
}
