package import NeedletailCore

/// Values as text, in PostgreSQL's forms: what a literal, a cast or a CSV field holds.
package enum ValueText {
    /// Reads `text` as a value of `type`. `unknown` stays text.
    ///
    /// Errors: 22P02 where it does not read as the type, 22003 for numbers out of range, 22007 and
    /// 22008 for dates, 22000 for vectors of the wrong or no dimension, 54000 for too many
    /// elements, 22032 and its kin for JSON.
    package static func parse(
        _ text: String, as type: ValueType
    ) throws(DatabaseError) -> Value {
        switch type {
        case .text, .unknown: .text(text)
        case .jsonb: .json(try JSONParser.parse(text))
        default: try parse(Array(text.utf8)[...], as: type)
        }
    }

    /// As ``parse(_:as:)`` over UTF-8, which must be valid.
    package static func parse(
        _ text: ArraySlice<UInt8>, as type: ValueType
    ) throws(DatabaseError) -> Value {
        switch type {
        case .boolean: .bool(try parseBool(text))
        case .smallint, .int, .bigint: .int(try NumberText.parseInt(text, as: type))
        case .real: .double(Double(try NumberText.parseReal(text)))
        case .double: .double(try NumberText.parseDouble(text))
        case .text, .unknown: .text(String(decoding: text, as: UTF8.self))
        case .bytea: .bytes(try BytesText.parse(text))
        case .timestamptz: .timestamp(try DateTimeText.parseTimestamp(text))
        case .date: .date(try DateTimeText.parseDate(text))
        case .uuid: .uuid(try UUIDText.parse(text))
        case .jsonb: .json(try JSONParser.parse(Array(text)))
        case .array(let element): .array(try ArrayText.parse(text, of: element))
        case .vector(let dimension):
            .vector(try VectorText.parse(text, dimension: dimension, type: "vector"))
        case .halfvec(let dimension):
            .halfvec(
                try HalfFloat.vector(
                    VectorText.parse(text, dimension: dimension, type: "halfvec")))
        case .bit(let dimension): .bits(try VectorText.parseBits(text, count: dimension))
        }
    }

    /// `true`, `yes`, `on`, `1`, their opposites, and any unique beginning of them, in any case.
    private static func parseBool(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> Bool {
        let word = text.trimmed
        if word.count <= 5 {
            switch String(decoding: word, as: UTF8.self).lowercased() {
            case "t", "tr", "tru", "true", "y", "ye", "yes", "on", "1": return true
            case "f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0": return false
            default: break
            }
        }
        throw .unreadable(text, as: "boolean", hint: "Write true or false.")
    }
}
