package import NeedletailCore

extension ValueJSON {
    /// How vectors, bit vectors and bytes are written.
    package enum VectorForm: String, Sendable, Hashable {
        /// `{"$f32":"…"}`, `{"$f16":"…"}`, `{"$bits":"…","n":12}`, `{"$bytes":"…"}`: exact, and
        /// cheap.
        case base64 = "b64"
        /// `[0.5,1]`, `"0101"`, `"\\x00ff"`: for people and other programs.
        case json
        /// `null` in place of a vector; bytes as in `json`.
        case none
    }

    /// Appends `value` in compact JSON; ``value(from:as:)`` reads it back, except for `none`.
    ///
    /// Moments are ISO 8601 in UTC. NaN and infinities are strings.
    ///
    /// - Parameter type: tells `real` from `double`; without it the value's natural type holds.
    package static func appendJSON(
        of value: Value, as type: ValueType? = nil, into out: inout [UInt8],
        vectors: VectorForm = .base64
    ) {
        switch value {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let value): NumberText.append(value, into: &out)
        case .double(let value):
            if type == .real {
                JSONPrinter.append(Float(value), into: &out)
            } else {
                JSONPrinter.append(value, into: &out)
            }
        case .text(let text): JSONPrinter.append(text, into: &out)
        case .bytes(let bytes): append(bytes, vectors, into: &out)
        case .timestamp(let moment):
            quoted(into: &out) { DateTimeText.append(moment, style: .iso8601, into: &$0) }
        case .date(let date): quoted(into: &out) { DateTimeText.append(date, into: &$0) }
        case .uuid(let uuid): quoted(into: &out) { UUIDText.append(uuid, into: &$0) }
        case .json(let json): JSONPrinter.append(json, style: .compact, into: &out)
        case .array(let elements):
            let element: ValueType? = if case .array(let element)? = type { element } else { nil }
            out.append(UInt8(ascii: "["))
            for (place, item) in elements.enumerated() {
                if place > 0 { out.append(UInt8(ascii: ",")) }
                appendJSON(of: item, as: element, into: &out, vectors: vectors)
            }
            out.append(UInt8(ascii: "]"))
        case .vector(let components): append(components, vectors, into: &out)
        case .halfvec(let half): append(half, vectors, into: &out)
        case .bits(let bits): append(bits, vectors, into: &out)
        }
    }

    private static func append(
        _ components: [Float], _ form: VectorForm, into out: inout [UInt8]
    ) {
        switch form {
        case .none: out.append(contentsOf: "null".utf8)
        case .json: VectorText.append(components, into: &out)
        case .base64: appendTyped("$f32", components.map(\.bitPattern), into: &out)
        }
    }

    private static func append(_ half: HalfVector, _ form: VectorForm, into out: inout [UInt8]) {
        switch form {
        case .none: out.append(contentsOf: "null".utf8)
        case .json: VectorText.append(half, into: &out)
        case .base64: appendTyped("$f16", half.bits, into: &out)
        }
    }

    /// Appends `{"key":"…"}` with the little-endian bytes of `words`.
    private static func appendTyped(
        _ key: String, _ words: [some FixedWidthInteger], into out: inout [UInt8]
    ) {
        out.append(contentsOf: "{\"\(key)\":\"".utf8)
        // SAFETY: the array outlives the closure, which only reads it.
        words.map(\.littleEndian).withUnsafeBytes { Base64.append($0, into: &out) }
        out.append(contentsOf: "\"}".utf8)
    }

    private static func append(_ bits: BitVector, _ form: VectorForm, into out: inout [UInt8]) {
        switch form {
        case .none: out.append(contentsOf: "null".utf8)
        case .json: quoted(into: &out) { VectorText.append(bits, into: &$0) }
        case .base64:
            out.append(contentsOf: "{\"$bits\":\"".utf8)
            Base64.append(bits.bytes, into: &out)
            out.append(contentsOf: "\",\"n\":".utf8)
            NumberText.append(Int64(bits.count), into: &out)
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func append(_ bytes: [UInt8], _ form: VectorForm, into out: inout [UInt8]) {
        switch form {
        case .base64:
            out.append(contentsOf: "{\"$bytes\":\"".utf8)
            Base64.append(bytes, into: &out)
            out.append(contentsOf: "\"}".utf8)
        case .json, .none:
            // The backslash of \x is doubled, as it stands inside a JSON string.
            quoted(into: &out) {
                $0.append(UInt8(ascii: "\\"))
                BytesText.append(bytes, into: &$0)
            }
        }
    }

    private static func quoted(into out: inout [UInt8], _ content: (inout [UInt8]) -> Void) {
        out.append(UInt8(ascii: "\""))
        content(&out)
        out.append(UInt8(ascii: "\""))
    }
}
