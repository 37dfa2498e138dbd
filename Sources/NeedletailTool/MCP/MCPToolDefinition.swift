import NeedletailCore
import NeedletailText

/// A tool as a model sees it.
struct MCPToolDefinition {
    let name: String
    let isReadOnly: Bool
    private let title: String
    private let description: String
    /// JSON Schema of the properties.
    private let properties: String
    private let required: [String]

    func json() throws(DatabaseError) -> JSON {
        .members([
            "name": .string(name), "title": .string(title), "description": .string(description),
            "inputSchema": .members([
                "type": .string("object"), "properties": try JSONParser.parse(properties),
                "required": .array(required.map { .string($0) }),
                "additionalProperties": .bool(false),
            ]),
            "annotations": .members([
                "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(!isReadOnly),
                "idempotentHint": .bool(true), "openWorldHint": .bool(false),
            ]),
        ])
    }

    static let all = [describe, query, search, upsert]

    private static let describe = MCPToolDefinition(
        name: "describe", isReadOnly: true, title: "Describe tables",
        description: """
            Lists tables with their columns, indexes, number of rows and example statements. Call \
            it first.
            """,
        properties: """
            {"table": {"type": "string", "description": "Only this one."}}
            """,
        required: [])

    private static let query = MCPToolDefinition(
        name: "query", isReadOnly: true, title: "Run a SELECT",
        description: """
            Runs one statement that reads (SELECT, EXPLAIN, SHOW) and returns its rows. Pass \
            values as parameters instead of writing them into the statement. Vectors in results \
            are given as their type unless include_vectors is true.
            """,
        properties: """
            {"sql": {"type": "string", "description": "One statement."},
             "parameters": {"description": "Values: an array for $1, $2, or an object for :name.",
                            "anyOf": [{"type": "array"}, {"type": "object"}]},
             "max_rows": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
             "include_vectors": {"type": "boolean", "default": false}}
            """,
        required: ["sql"])

    private static let search = MCPToolDefinition(
        name: "search", isReadOnly: true, title: "Search for nearest neighbours",
        description: """
            Finds the k rows whose vector is nearest to a query vector, or to the vector of the \
            row with primary key near_key, among those that pass a filter. Tells the distance, the \
            plan, and whether the answer is exact.
            """,
        properties: """
            {"table": {"type": "string"},
             "column": {"type": "string",
                        "description": "The vector column; needed where there are several."},
             "vector": {"type": "array", "items": {"type": "number"}},
             "near_key": {"type": ["string", "integer"],
                          "description": "Primary key of a row to search near."},
             "filter": {"type": "string",
                        "description": "A condition in SQL, such as lang = $1 AND year > 2020."},
             "parameters": {"description": "Values of the filter: an array, or an object.",
                            "anyOf": [{"type": "array"}, {"type": "object"}]},
             "columns": {"type": "array", "items": {"type": "string"},
                         "description": "Columns to return; all but vectors unless given."},
             "k": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10}}
            """,
        required: ["table"])

    private static let upsert = MCPToolDefinition(
        name: "upsert", isReadOnly: false, title: "Write rows",
        description: """
            Writes rows, replacing those with the same primary key, all of them or none.
            """,
        properties: """
            {"table": {"type": "string"},
             "rows": {"type": "array", "minItems": 1, "maxItems": 1000,
                      "items": {"type": "object"},
                      "description": "Objects whose members are named like columns."}}
            """,
        required: ["table", "rows"])
}
