import NeedletailCore
import NeedletailText

/// What a model is told of a table.
struct MCPTable {
    /// Tables that are told whole; of the others the names.
    static let listedMax = 50

    let name: String
    let columns: [Row]
    let indexes: [Row]
    private let rowCount: Value
    /// Columns of the primary key.
    let key: [String]

    init(_ name: String, in snapshot: Snapshot) throws(DatabaseError) {
        self.name = name
        columns = try snapshot.query("DESCRIBE \(Self.quoted(name))").rows
        indexes = try snapshot.query("SHOW INDEXES FROM \(Self.quoted(name))").rows
        rowCount =
            try snapshot.query("SELECT count(*) FROM \(Self.quoted(name))").first?[0] ?? .null
        key = columns.filter { $0["key"]?.plainText == "primary key" }
            .compactMap { $0["column"]?.plainText }
    }

    /// A name as a quoted identifier.
    static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
        }
        if isPlain, !name.isEmpty, !reserved.contains(name) { return name }
        return "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    /// Words that are no names without quotes; quoting more than need be does no harm.
    private static let reserved: Set<String> = [
        "all", "and", "as", "asc", "by", "case", "desc", "distinct", "from", "group", "having",
        "in", "is", "key", "limit", "not", "null", "offset", "on", "or", "order", "primary",
        "select", "set", "table", "to", "union", "user", "using", "values", "when", "where", "with",
    ]

    var vectorColumns: [String] {
        columns.filter { Self.isVector($0["type"]?.plainText ?? "") }
            .compactMap { $0["column"]?.plainText }
    }

    var plainColumns: [String] {
        columns.filter { !Self.isVector($0["type"]?.plainText ?? "") }
            .compactMap { $0["column"]?.plainText }
    }

    private static func isVector(_ type: String) -> Bool {
        ["vector", "halfvec", "bit", "sparsevec"].contains {
            type == $0 || type.hasPrefix("\($0)(")
        }
    }

    /// The distance that an index of the column serves; else the cosine, of bits Hamming's.
    func distance(of column: String) -> String {
        let keys = indexes.compactMap { $0["keys"]?.plainText }
            .filter { $0.hasPrefix("\(column) ") || $0.hasPrefix("\"\(column)\" ") }
        let operators = [
            ("_l2_ops", "<->"), ("_ip_ops", "<#>"), ("_cosine_ops", "<=>"), ("_l1_ops", "<+>"),
            ("_hamming_ops", "<~>"), ("_jaccard_ops", "<%>"),
        ]
        for (suffix, symbol) in operators where keys.contains(where: { $0.hasSuffix(suffix) }) {
            return symbol
        }
        let type = columns.first { $0["column"]?.plainText == column }?["type"]?.plainText ?? ""
        return type.hasPrefix("bit") ? "<~>" : "<=>"
    }

    func json() throws(DatabaseError) -> JSON {
        .members([
            "name": .string(name), "rows": try Self.json(rowCount),
            "columns": .array(try Self.objects(columns, ["column", "type", "nullable", "key"])),
            "indexes": .array(
                try Self.objects(indexes, ["name", "method", "keys", "unique", "state"])),
            "examples": .array(examples.map { .string($0) }),
        ])
    }

    private var examples: [String] {
        let table = Self.quoted(name)
        let shown = plainColumns.prefix(4).map(Self.quoted).joined(separator: ", ")
        var examples = ["SELECT \(shown.isEmpty ? "*" : shown) FROM \(table) LIMIT 5"]
        for column in vectorColumns {
            let distance = "\(Self.quoted(column)) \(self.distance(of: column)) :q"
            examples.append(
                "SELECT \(shown.isEmpty ? "" : shown + ", ")\(distance) AS distance FROM \(table) "
                    + "ORDER BY \(distance) LIMIT 10")
        }
        return examples
    }

    private static func objects(
        _ rows: [Row], _ names: [String]
    ) throws(DatabaseError) -> [JSON] {
        var objects: [JSON] = []
        for row in rows {
            var object = JSONObject()
            for name in names {
                if let value = row[name], !value.isNull { object[name] = try json(value) }
            }
            objects.append(.object(object))
        }
        return objects
    }

    private static func json(_ value: Value) throws(DatabaseError) -> JSON {
        var text: [UInt8] = []
        ValueJSON.appendJSON(of: value, into: &text)
        return try JSONParser.parse(text, in: text.indices)
    }
}
