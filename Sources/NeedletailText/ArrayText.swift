package import NeedletailCore

/// One-rank arrays in PostgreSQL's text form: `{1,2,NULL}`, `{"a b","c\"d"}`.
package enum ArrayText {
    /// Errors: 22P02 where it is no array, 0A000 for arrays in arrays, 54000 beyond
    /// `Limits.arrayElementsMax`, and those of the elements.
    package static func parse(
        _ text: String, of element: ValueType
    ) throws(DatabaseError) -> [Value] {
        try parse(Array(text.utf8)[...], of: element)
    }

    static func parse(
        _ text: ArraySlice<UInt8>, of element: ValueType
    ) throws(DatabaseError) -> [Value] {
        let body = text.trimmed
        guard body.first == UInt8(ascii: "{"), body.last == UInt8(ascii: "}"), body.count > 1 else {
            throw malformed(text, "it does not stand in braces")
        }
        var reader = Reader(rest: body.dropFirst().dropLast(), whole: text)
        var values: [Value] = []
        reader.skipSpace()
        if reader.rest.isEmpty { return [] }
        while true {
            guard values.count < Limits.arrayElementsMax else { throw tooLong() }
            values.append(try reader.element(of: element))
            guard let separator = reader.rest.popFirst() else { return values }
            guard separator == UInt8(ascii: ",") else {
                throw malformed(text, "a comma is missing after element \(values.count)")
            }
        }
    }

    /// 54000: more elements than an array may have.
    static func tooLong() -> DatabaseError {
        DatabaseError(
            .programLimit, "an array cannot have more than \(Limits.arrayElementsMax) elements",
            hint: "Store the elements as rows of a table.")
    }

    /// Appends `{…}`; elements are quoted where they would not read back otherwise. Booleans are
    /// `t` and `f`, as PostgreSQL prints them inside arrays.
    package static func append(
        _ elements: [Value], as type: ValueType?, into out: inout [UInt8]
    ) {
        let elementType: ValueType? = if case .array(let element)? = type { element } else { nil }
        out.append(UInt8(ascii: "{"))
        for (place, element) in elements.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            switch element {
            case .null: out.append(contentsOf: "NULL".utf8)
            case .bool(let flag): out.append(UInt8(ascii: flag ? "t" : "f"))
            case .int, .double, .date, .uuid:
                ValueText.append(element, as: elementType, into: &out)
            default:
                var text: [UInt8] = []
                ValueText.append(element, as: elementType, into: &text)
                appendQuoted(text, into: &out)
            }
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func appendQuoted(_ text: [UInt8], into out: inout [UInt8]) {
        let isNull = text.count == 4 && String(decoding: text, as: UTF8.self).uppercased() == "NULL"
        guard text.isEmpty || isNull || text.contains(where: needsQuotes) else {
            return out.append(contentsOf: text)
        }
        out.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                out.append(UInt8(ascii: "\\"))
            }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ","), UInt8(ascii: "\""),
            UInt8(ascii: "\\"):
            true
        default: byte.isSpace
        }
    }

    static func malformed(_ text: ArraySlice<UInt8>, _ reason: String) -> DatabaseError {
        .unreadable(
            text, as: "array", hint: "An array is written as in '{a,\"b c\",NULL}'; \(reason).")
    }
}

/// Takes the elements of an array's text one by one.
private struct Reader {
    var rest: ArraySlice<UInt8>
    let whole: ArraySlice<UInt8>

    mutating func skipSpace() {
        while let byte = rest.first, byte.isSpace { rest = rest.dropFirst() }
    }

    /// The next element; what follows it, a comma or the end, is left.
    mutating func element(of type: ValueType) throws(DatabaseError) -> Value {
        skipSpace()
        switch rest.first {
        case UInt8(ascii: "\""):
            let text = try quoted()
            skipSpace()
            return try ValueText.parse(text[...], as: type)
        case UInt8(ascii: "{"):
            throw DatabaseError(
                .notSupported, "arrays of more than one dimension are not supported",
                hint: "Use a JSONB column for nested lists.")
        default:
            let (text, isPlain) = try bare()
            if isPlain, text.count == 4,
                String(decoding: text, as: UTF8.self).uppercased() == "NULL"
            {
                return .null
            }
            guard !text.isEmpty else { throw ArrayText.malformed(whole, "an element is missing") }
            return try ValueText.parse(text[...], as: type)
        }
    }

    private mutating func quoted() throws(DatabaseError) -> [UInt8] {
        rest = rest.dropFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst() else {
                    throw ArrayText.malformed(whole, "it ends in a backslash")
                }
                text.append(next)
            default: text.append(byte)
            }
        }
        throw ArrayText.malformed(whole, "a quote is not closed")
    }

    /// An element without quotes, spaces at its end dropped unless a backslash protects them.
    private mutating func bare() throws(DatabaseError) -> (text: [UInt8], isPlain: Bool) {
        var text: [UInt8] = []
        var isPlain = true
        var kept = 0
        while let byte = rest.first, byte != UInt8(ascii: ",") {
            rest = rest.dropFirst()
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "{"), UInt8(ascii: "}"):
                throw ArrayText.malformed(whole, "quotes or braces stand inside an element")
            case UInt8(ascii: "\\"):
                guard let next = rest.popFirst() else {
                    throw ArrayText.malformed(whole, "it ends in a backslash")
                }
                isPlain = false
                text.append(next)
                kept = text.count
            default:
                text.append(byte)
                if !byte.isSpace { kept = text.count }
            }
        }
        return (Array(text.prefix(kept)), isPlain)
    }
}
