import NeedletailCore
import NeedletailText

/// Definitions as the catalogue stores them: JSON, so that a later version can add a member
/// without disturbing an older file.
enum DefinitionCoding {
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

    static func encode(_ index: IndexDefinition) -> [UInt8] {
        bytes(
            object([
                ("id", .int(Int64(index.id))),
                ("name", .string(index.name)),
                ("table", .int(Int64(index.tableID))),
                ("method", .string(index.method.rawValue)),
                ("unique", .bool(index.isUnique)),
                ("keys", .array(index.keys.map(encode))),
            ]))
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

    static func index(_ bytes: [UInt8]) throws(DatabaseError) -> IndexDefinition {
        let json = try parse(bytes)
        guard let method = IndexDefinition.Method(rawValue: try json.string("method")) else {
            throw DatabaseError(
                .unsupportedFormat,
                "the index \"\(try json.string("name"))\" is of a kind this version does not know",
                hint: "open the database with the version that made the index")
        }
        return IndexDefinition(
            id: try json.number("id"), name: try json.string("name"),
            tableID: try json.number("table"), method: method, isUnique: try json.bool("unique"),
            keys: try json.array("keys").map(key))
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
        object([
            ("column", .int(Int64(key.columnID))),
            (
                "path",
                .array(
                    key.path.map {
                        switch $0 {
                        case .key(let key): .string(key)
                        case .index(let index): .int(Int64(index))
                        }
                    })
            ),
            ("descending", .bool(key.isDescending)),
            ("nullsFirst", .bool(key.nullsFirst)),
        ])
    }

    private static func column(_ json: JSON) throws(DatabaseError) -> ColumnDefinition {
        let typeName = try json.string("type")
        guard let type = ValueType(storedName: typeName) else { throw damaged("type \(typeName)") }
        return ColumnDefinition(
            id: try json.number("id"), name: try json.string("name"), type: type,
            isNotNull: try json.bool("notNull"), defaultText: json.text("default"),
            identity: json.text("identity").flatMap(ColumnDefinition.Identity.init))
    }

    private static func key(_ json: JSON) throws(DatabaseError) -> IndexDefinition.Key {
        IndexDefinition.Key(
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

extension ValueType {
    /// The type that ``sqlName`` names, or `nil`.
    fileprivate init?(storedName name: String) {
        if name.hasSuffix("[]") {
            guard let element = ValueType(storedName: String(name.dropLast(2))) else { return nil }
            self = .array(element)
            return
        }
        let simple: [ValueType] = [
            .boolean, .smallint, .int, .bigint, .real, .double, .text, .bytea, .timestamptz,
            .date, .uuid, .jsonb,
        ]
        if let match = simple.first(where: { $0.sqlName == name }) {
            self = match
            return
        }
        guard let open = name.firstIndex(of: "("), name.hasSuffix(")"),
            let dimension = Int(name[name.index(after: open)...].dropLast())
        else { return nil }
        switch name[..<open] {
        case "vector": self = .vector(dimension)
        case "halfvec": self = .halfvec(dimension)
        case "bit": self = .bit(dimension)
        default: return nil
        }
    }
}
