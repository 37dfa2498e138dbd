package import NeedletailCore

/// Values in JSON: what a line of JSONL, a parameter on the wire or a reply holds.
package enum ValueJSON {
    /// `json` as a value of `type`.
    ///
    /// Numbers, strings and booleans become what they look like; a string is read by
    /// ``ValueText/parse(_:as:)`` where the type is not text; `null` is NULL for every type.
    /// Vectors are arrays of numbers, strings such as `"[1,2]"`, or typed values such as
    /// `{"$f32":"…base64…"}`. For `jsonb` nothing is interpreted. For `unknown`, uniform arrays of
    /// scalars become arrays, typed values what they say, other containers `jsonb`.
    ///
    /// Errors: 42804 where the kinds do not go together, 0A000 for typed values not supported yet,
    /// and those of ``ValueText/parse(_:as:)``.
    package static func value(
        from json: JSON, as type: ValueType
    ) throws(DatabaseError) -> Value {
        if case .null = json { return .null }
        if case .jsonb = type { return .json(json) }
        if case .object(let object) = json, let typed = try TypedJSON.value(of: object) {
            return try TypedJSON.convert(typed, to: type)
        }
        switch type {
        case .boolean: return try boolean(json)
        case .smallint, .int, .bigint: return .int(try integer(json, type))
        case .real: return .double(Double(try real(json)))
        case .double: return .double(try double(json))
        case .text: return .text(try text(json))
        case .bytea: return .bytes(try bytes(json))
        case .timestamptz, .date, .uuid:
            guard case .string(let text) = json else { throw mismatch(json, type) }
            return try ValueText.parse(text, as: type)
        case .jsonb: return .json(json)
        case .array(let element): return .array(try array(json, of: element))
        case .vector, .halfvec, .bit: return try vector(json, type)
        case .unknown: return try natural(json)
        }
    }

    /// 42804: a kind of JSON that the type does not take.
    static func mismatch(_ json: JSON, _ type: ValueType) -> DatabaseError {
        let kind =
            switch json {
            case .null: "null"
            case .bool: "a boolean"
            case .int, .double: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        return DatabaseError(
            .datatypeMismatch, "JSON has \(kind) where \(type.sqlName) is expected",
            hint: "Convert the value, or use a JSONB column.")
    }

    private static func boolean(_ json: JSON) throws(DatabaseError) -> Value {
        switch json {
        case .bool(let flag): .bool(flag)
        case .string(let text): try ValueText.parse(text, as: .boolean)
        default: throw mismatch(json, .boolean)
        }
    }

    private static func integer(
        _ json: JSON, _ type: ValueType
    ) throws(DatabaseError) -> Int64 {
        switch json {
        case .int(let value): return try NumberText.checkRange(value, as: type)
        case .double(let value):
            guard value == value.rounded(.towardZero) else {
                throw .unreadable(
                    Array(NumberText.text(value).utf8)[...], as: type.sqlName,
                    hint: "Round it, or use a DOUBLE PRECISION column.")
            }
            guard let whole = Int64(exactly: value) else {
                throw .outOfRange(Array(NumberText.text(value).utf8)[...], for: type.sqlName)
            }
            return try NumberText.checkRange(whole, as: type)
        case .string(let text): return try NumberText.parseInt(text, as: type)
        default: throw mismatch(json, type)
        }
    }

    private static func double(_ json: JSON) throws(DatabaseError) -> Double {
        switch json {
        case .int(let value): Double(value)
        case .double(let value): value
        case .string(let text): try NumberText.parseDouble(text)
        default: throw mismatch(json, .double)
        }
    }

    private static func real(_ json: JSON) throws(DatabaseError) -> Float {
        let wide: Double
        switch json {
        case .int(let value): return Float(value)
        case .double(let value): wide = value
        case .string(let text): return try NumberText.parseReal(text)
        default: throw mismatch(json, .real)
        }
        let value = Float(wide)
        guard value.isFinite, value != 0 || wide == 0 else {
            throw .outOfRange(Array(NumberText.text(wide).utf8)[...], for: "real")
        }
        return value
    }

    private static func text(_ json: JSON) throws(DatabaseError) -> String {
        switch json {
        case .string(let text): return text
        case .bool, .int, .double: return JSONPrinter.text(json)
        default: throw mismatch(json, .text)
        }
    }

    private static func bytes(_ json: JSON) throws(DatabaseError) -> [UInt8] {
        guard case .string(let text) = json else { throw mismatch(json, .bytea) }
        return text.hasPrefix("\\x") ? try BytesText.parse(text) : try Base64.decode(text)
    }

    private static func array(
        _ json: JSON, of element: ValueType
    ) throws(DatabaseError) -> [Value] {
        switch json {
        case .string(let text): return try ArrayText.parse(text, of: element)
        case .array(let elements):
            guard elements.count <= Limits.arrayElementsMax else { throw ArrayText.tooLong() }
            if case .array = element { throw mismatch(json, .array(element)) }
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            for item in elements { values.append(try value(from: item, as: element)) }
            return values
        default: throw mismatch(json, .array(element))
        }
    }

    /// What `json` is without anything expected.
    private static func natural(_ json: JSON) throws(DatabaseError) -> Value {
        switch json {
        case .null: return .null
        case .bool(let flag): return .bool(flag)
        case .int(let value): return .int(value)
        case .double(let value): return .double(value)
        case .string(let text): return .text(text)
        case .object: return .json(json)
        case .array(let elements):
            guard let type = commonScalar(elements), elements.count <= Limits.arrayElementsMax
            else { return .json(json) }
            return .array(try array(json, of: type))
        }
    }

    /// The type that all elements but nulls have, numbers mixing to `double`; `unknown` if there
    /// are none, and `nil` if they differ or are containers.
    private static func commonScalar(_ elements: [JSON]) -> ValueType? {
        var common = ValueType.unknown
        for element in elements {
            let type: ValueType
            switch element {
            case .null: continue
            case .bool: type = .boolean
            case .int: type = .bigint
            case .double: type = .double
            case .string: type = .text
            case .array, .object: return nil
            }
            if common == .unknown || common == type || (common == .bigint && type == .double) {
                common = type
            } else if common != .double || type != .bigint {
                return nil
            }
        }
        return common
    }
}
