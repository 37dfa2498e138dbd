package import NeedletailCore
import NeedletailText

/// Definitions as the catalogue stores them: JSON, so that a later version can add a member
/// without disturbing an older file.
package enum DefinitionCoding {
    /// Follows the method of an index on expressions, so that a version that knows no such index
    /// says that it does not know the kind.
    private static let onExpressions = " on expressions"

    static func encode(_ table: TableDefinition) -> [UInt8] {
        bytes(
            object([
                ("id", .int(Int64(table.id))),
                ("name", .string(table.name)),
                ("columns", .array(table.columns.map(encode))),
                ("key", .array(table.primaryKey.map { .int(Int64($0)) })),
                (
                    "checks",
                    .array(
                        table.checks.map {
                            object([("name", .string($0.name)), ("text", .string($0.text))])
                        })
                ),
            ]))
    }

    package static func encode(_ index: IndexDefinition) -> [UInt8] {
        let method = index.method.rawValue + (index.hasExpressions ? onExpressions : "")
        var members: [(String, JSON)] = [
            ("id", .int(Int64(index.id))),
            ("name", .string(index.name)),
            ("table", .int(Int64(index.tableID))),
            ("method", .string(method)),
            ("unique", .bool(index.isUnique)),
            ("keys", .array(index.keys.map(encode))),
        ]
        if let vector = index.vector { members.append(("vector", encode(vector))) }
        return bytes(object(members))
    }

    static func table(_ bytes: [UInt8]) throws(DatabaseError) -> TableDefinition {
        let json = try parse(bytes)
        let columns = try json.array("columns").map(column)
        let key = try json.array("key").map { json throws(DatabaseError) in try json.integer() }
        guard key.allSatisfy(columns.indices.contains) else { throw damaged("key") }
        return TableDefinition(
            id: try json.number("id"), name: try json.string("name"), columns: columns,
            primaryKey: key,
            checks: try json.array("checks").map { check throws(DatabaseError) in
                CheckDefinition(name: try check.string("name"), text: try check.string("text"))
            })
    }

    /// Errors: XX001 where the record is damaged, 58P02 for an index of a later version.
    package static func index(_ bytes: [UInt8]) throws(DatabaseError) -> IndexDefinition {
        let json = try parse(bytes)
        var word = try json.string("method")
        if word.hasSuffix(onExpressions) { word.removeLast(onExpressions.count) }
        guard let method = IndexDefinition.Method(rawValue: word) else {
            throw unknownKind(of: try json.string("name"))
        }
        let index = IndexDefinition(
            id: try json.number("id"), name: try json.string("name"),
            tableID: try json.number("table"), method: method, isUnique: try json.bool("unique"),
            keys: try json.array("keys").map(key), vector: try vector(json))
        guard index.method.isOfVectors == (index.vector != nil),
            (index.method == .ivf) == (index.vector?.lists != nil)
        else { throw damaged("vector") }
        if index.method == .bitmap || index.method == .gin {
            guard index.keys.count == 1, !index.isUnique else { throw damaged("keys") }
        }
        return index
    }

    private static func unknownKind(of index: String) -> DatabaseError {
        DatabaseError(
            .unsupportedFormat,
            "the index \"\(index)\" is of a kind this version does not know",
            hint: "open the database with the version that made the index")
    }

    private static func encode(_ column: ColumnDefinition) -> JSON {
        object([
            ("id", .int(Int64(column.id))),
            ("name", .string(column.name)),
            ("type", .string(column.type.sqlName)),
            ("notNull", .bool(column.isNotNull)),
            ("default", column.defaultText.map { .string($0) } ?? .null),
            ("identity", column.identity.map { .string($0.rawValue) } ?? .null),
        ])
    }

    private static func encode(_ key: IndexDefinition.Key) -> JSON {
        let path = key.path.map { step -> JSON in
            switch step {
            case .key(let key): .string(key)
            case .index(let index): .int(Int64(index))
            }
        }
        var members: [(String, JSON)] = []
        if let column = key.columnID { members.append(("column", .int(Int64(column)))) }
        if let expression = key.expression {
            members.append(("expression", .string(expression.text)))
            members.append(("type", .string(expression.type.sqlName)))
            members.append(("columns", .array(expression.columnIDs.map { .int(Int64($0)) })))
        }
        return object(
            members + [
                ("path", .array(path)), ("descending", .bool(key.isDescending)),
                ("nullsFirst", .bool(key.nullsFirst)),
            ])
    }

    private static func encode(_ vector: VectorIndexOptions) -> JSON {
        var members: [(String, JSON)] = [
            ("metric", .string(vector.metric.rawValue)),
            ("m", .int(Int64(vector.m))),
            ("efConstruction", .int(Int64(vector.efConstruction))),
            ("codes", .string(vector.codes.rawValue)),
            ("include", .array(vector.include.map { .int(Int64($0)) })),
            ("seed", .int(Int64(bitPattern: vector.seed))),
        ]
        if let lists = vector.lists {
            members.append(
                (
                    "lists",
                    object([
                        ("count", lists.count.map { .int(Int64($0)) } ?? .null),
                        ("assign", .int(Int64(lists.assign))),
                    ])
                ))
        }
        return object(members)
    }

    /// What the definition of an index says besides, if it is one of vectors.
    private static func vector(_ index: JSON) throws(DatabaseError) -> VectorIndexOptions? {
        guard let json = index.member("vector") else { return nil }
        guard let metric = Metric(rawValue: try json.string("metric")),
            let codes = VectorIndexOptions.Codes(rawValue: try json.string("codes"))
        else { throw unknownKind(of: try index.string("name")) }
        let vector = VectorIndexOptions(
            metric: metric, m: try json.number("m"),
            efConstruction: try json.number("efConstruction"), codes: codes,
            include: try columnIDs(json, "include"),
            seed: UInt64(bitPattern: try json.number("seed")), lists: try lists(json))
        guard Limits.graphDegreeRange.contains(vector.m),
            Limits.efConstructionRange.contains(vector.efConstruction)
        else { throw damaged("vector") }
        return vector
    }

    private static func lists(
        _ vector: JSON
    ) throws(DatabaseError) -> VectorIndexOptions.Lists? {
        guard let json = vector.member("lists") else { return nil }
        var lists = VectorIndexOptions.Lists(assign: try json.number("assign"))
        if let count = json.member("count"), count != .null { lists.count = try count.integer() }
        guard Limits.listAssignRange.contains(lists.assign),
            lists.count.map(Limits.listsRange.contains) ?? true
        else { throw damaged("lists") }
        return lists
    }

    private static func columnIDs(
        _ json: JSON, _ member: String
    ) throws(DatabaseError) -> [UInt16] {
        try json.array(member).map { column throws(DatabaseError) in
            guard let id = UInt16(exactly: try column.integer()) else { throw damaged(member) }
            return id
        }
    }

    private static func type(_ name: String) throws(DatabaseError) -> ValueType {
        // A column has a type, and a vector column its dimension.
        guard let type = ValueType(sqlName: name), type != .unknown,
            !type.isVector || type.dimension != nil
        else { throw damaged("type \(name)") }
        return type
    }

    private static func column(_ json: JSON) throws(DatabaseError) -> ColumnDefinition {
        ColumnDefinition(
            id: try json.number("id"), name: try json.string("name"),
            type: try type(json.string("type")),
            isNotNull: try json.bool("notNull"), defaultText: json.text("default"),
            identity: json.text("identity").flatMap(ColumnDefinition.Identity.init))
    }

    private static func key(_ json: JSON) throws(DatabaseError) -> IndexDefinition.Key {
        if let text = json.text("expression") {
            let columnIDs = try columnIDs(json, "columns")
            guard !columnIDs.isEmpty else { throw damaged("columns") }
            return IndexDefinition.Key(
                IndexExpression(
                    text: text, type: try type(json.string("type")), columnIDs: columnIDs),
                isDescending: try json.bool("descending"), nullsFirst: try json.bool("nullsFirst"))
        }
        return IndexDefinition.Key(
            columnID: try json.number("column"),
            path: try json.array("path").map { step throws(DatabaseError) in
                switch step {
                case .string(let key): .key(key)
                default: .index(try step.integer())
                }
            }, isDescending: try json.bool("descending"),
            nullsFirst: try json.bool("nullsFirst"))
    }

    private static func object(_ members: [(String, JSON)]) -> JSON {
        .object(JSONObject(members.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }

    private static func bytes(_ json: JSON) -> [UInt8] {
        var out: [UInt8] = []
        JSONPrinter.append(json, style: .compact, into: &out)
        return out
    }

    private static func parse(_ bytes: [UInt8]) throws(DatabaseError) -> JSON {
        do throws(DatabaseError) {
            return try JSONParser.parse(bytes)
        } catch {
            throw damaged("JSON")
        }
    }

    static func damaged(_ what: String) -> DatabaseError {
        DatabaseError(
            .dataCorrupted, "a definition in the catalogue is damaged (\(what))",
            hint: "run CHECK, and restore from a backup")
    }
}

/// Members of a stored definition; XX001 where one is missing.
extension JSON {
    fileprivate func member(_ key: String) -> JSON? { value(at: [.key(key)]) }

    fileprivate func text(_ key: String) -> String? {
        guard case .string(let text)? = member(key) else { return nil }
        return text
    }

    fileprivate func string(_ key: String) throws(DatabaseError) -> String {
        guard let text = text(key) else { throw DefinitionCoding.damaged(key) }
        return text
    }

    fileprivate func bool(_ key: String) throws(DatabaseError) -> Bool {
        guard case .bool(let truth)? = member(key) else { throw DefinitionCoding.damaged(key) }
        return truth
    }

    fileprivate func array(_ key: String) throws(DatabaseError) -> [JSON] {
        guard case .array(let elements)? = member(key) else {
            throw DefinitionCoding.damaged(key)
        }
        return elements
    }

    fileprivate func integer() throws(DatabaseError) -> Int {
        guard case .int(let integer) = self else { throw DefinitionCoding.damaged("integer") }
        return Int(integer)
    }

    fileprivate func number<T: FixedWidthInteger>(_ key: String) throws(DatabaseError) -> T {
        guard case .int(let integer)? = member(key), let number = T(exactly: integer) else {
            throw DefinitionCoding.damaged(key)
        }
        return number
    }
}
