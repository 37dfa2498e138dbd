import NeedletailCore
import NeedletailSyntax

/// What a type's name in a statement stands for.
struct ResolvedType {
    var type: ValueType
    /// `SERIAL` and its relatives: numbers of their own, and NOT NULL.
    var isSerial = false
    var notice: Notice?
}

/// Looks types up by name.
enum TypeResolution {
    /// Errors: 42704 for a name that is no type, 0A000 for PostgreSQL's types that are not here,
    /// 22023 for a modifier that is out of place, 54000 for too many dimensions.
    static func resolve(_ name: TypeName) throws(DatabaseError) -> ResolvedType {
        var resolved = try scalar(name)
        guard name.isArray else { return resolved }
        guard name.arrayBounds.count == 1 else {
            throw DatabaseError(
                .notSupported, "arrays have one dimension",
                hint: "Keep nested arrays in a jsonb column.", position: name.range)
        }
        if resolved.isSerial {
            throw DatabaseError(
                .notSupported, "an array of \(name.name.text) makes no sense",
                hint: "Write bigint[].", position: name.range)
        }
        resolved.type = .array(resolved.type)
        return resolved
    }

    /// A type for a cast, whose name carries no more than a type.
    static func resolveCast(_ name: TypeName) throws(DatabaseError) -> ValueType {
        let resolved = try resolve(name)
        if resolved.isSerial { throw missing(name) }
        return resolved.type
    }

    private static func scalar(_ name: TypeName) throws(DatabaseError) -> ResolvedType {
        if let type = plain[name.name.text] {
            // A length or precision is nothing that is kept; the notice says so.
            return ResolvedType(type: type, notice: try ignoredModifiers(name, type))
        }
        switch name.name.text {
        case "vector": return ResolvedType(type: .vector(try dimension(name)))
        case "halfvec": return ResolvedType(type: .halfvec(try dimension(name)))
        case "bit": return ResolvedType(type: .bit(try dimension(name)))
        case "serial", "serial4": return ResolvedType(type: .int, isSerial: true)
        case "bigserial", "serial8": return ResolvedType(type: .bigint, isSerial: true)
        case "smallserial", "serial2": return ResolvedType(type: .smallint, isSerial: true)
        case "float": return ResolvedType(type: try float(name))
        case "timestamp", "datetime":
            return ResolvedType(
                type: .timestamptz,
                notice: Notice(
                    .warning, "timestamp is stored as timestamptz, in UTC",
                    hint: "Write timestamptz to say so."))
        default: throw missing(name)
        }
    }

    private static let plain: [String: ValueType] = [
        "boolean": .boolean, "bool": .boolean, "smallint": .smallint, "int2": .smallint,
        "integer": .int, "int": .int, "int4": .int, "bigint": .bigint, "int8": .bigint,
        "real": .real, "float4": .real, "double precision": .double, "double": .double,
        "float8": .double, "text": .text, "varchar": .text, "char": .text, "character": .text,
        "bpchar": .text, "string": .text, "bytea": .bytea, "blob": .bytea,
        "timestamptz": .timestamptz, "date": .date, "uuid": .uuid, "jsonb": .jsonb, "json": .jsonb,
    ]

    private static func ignoredModifiers(
        _ name: TypeName, _ type: ValueType
    ) throws(DatabaseError) -> Notice? {
        guard !name.modifiers.isEmpty else { return nil }
        switch type {
        case .text:
            return Notice(
                .warning, "the length of \(name.name.text) is not enforced",
                hint: "Add CHECK (length(column) <= n) where it matters.")
        case .timestamptz:
            return Notice(.warning, "the precision of timestamptz is always microseconds")
        default:
            throw DatabaseError(
                .invalidParameter, "type \(name.name.text) takes no modifier",
                hint: "Write \(name.name.text) alone.", position: name.range)
        }
    }

    private static func float(_ name: TypeName) throws(DatabaseError) -> ValueType {
        switch name.modifiers.first {
        case nil: return .double
        case .number(let bits)? where (1...24).contains(bits): return .real
        case .number(let bits)? where (25...53).contains(bits): return .double
        default:
            throw DatabaseError(
                .invalidParameter, "the precision of float is 1 to 53 bits",
                hint: "Write real or double precision.", position: name.range)
        }
    }

    private static func dimension(_ name: TypeName) throws(DatabaseError) -> Int? {
        guard let modifier = name.modifiers.first else { return nil }
        guard name.modifiers.count == 1, case .number(let count) = modifier else {
            throw DatabaseError(
                .invalidParameter, "type \(name.name.text) takes one number, its dimension",
                hint: "Write \(name.name.text)(768).", position: name.range)
        }
        guard count >= 1 else {
            throw DatabaseError(
                .invalidParameter,
                "type \(name.name.text) must have at least 1 dimension, not \(count)",
                position: name.range)
        }
        guard count <= Limits.dimensionMax else {
            throw DatabaseError(
                .programLimit,
                "type \(name.name.text) cannot have more than \(Limits.dimensionMax) dimensions, "
                    + "and \(count) are asked for",
                hint: "Split the vector over several columns, or reduce its dimension.",
                position: name.range)
        }
        return Int(count)
    }

    private static func missing(_ name: TypeName) -> DatabaseError {
        let text = name.name.text
        if let hint = unsupported[text] {
            return DatabaseError(
                .notSupported, "type \(text) is not supported", hint: hint, position: name.range)
        }
        let known = Array(plain.keys) + ["vector", "halfvec", "bit", "bigserial", "serial"]
        return DatabaseError(
            .undefinedObject, "type \"\(text)\" does not exist",
            hint: Suggestion.hint(for: text, in: known.sorted()), position: name.range)
    }

    private static let unsupported: [String: String] = [
        "numeric": "Use double precision, or bigint for exact whole numbers.",
        "decimal": "Use double precision, or bigint for exact whole numbers.",
        "money": "Use bigint and count in the smallest unit.",
        "sparsevec": "Use vector, or keep indices and values in a jsonb column.",
        "varbit": "Use bit(n).",
        "interval": "Keep a duration as bigint or double precision seconds.",
        "time": "Keep a time of day as text or as bigint seconds.",
        "timetz": "Keep a time of day as text or as bigint seconds.",
        "xml": "Use text.",
        "inet": "Use text.",
        "tsvector": "Use text; text search comes with the text index.",
    ]
}
