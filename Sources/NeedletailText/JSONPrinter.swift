package import NeedletailCore

/// Writes JSON: objects in their normal order, integers exactly, doubles with the fewest digits
/// that read back as the same double.
///
/// A double keeps a point or an exponent (`1.0`), so that it is still a double when read again. A
/// double that JSON cannot write (NaN, infinities) becomes a string of its name.
package enum JSONPrinter {
    package enum Style: Sendable, Hashable {
        /// `{"a":1,"b":[1,2]}`
        case compact
        /// `{"a": 1, "b": [1, 2]}`, as PostgreSQL prints `jsonb`.
        case spaced
    }

    package static func text(_ json: JSON, style: Style = .spaced) -> String {
        var out: [UInt8] = []
        append(json, style: style, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    package static func append(_ json: JSON, style: Style, into out: inout [UInt8]) {
        switch json {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let value): NumberText.append(value, into: &out)
        case .double(let value): append(value, into: &out)
        case .string(let text): append(text, into: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { appendComma(style, into: &out) }
                append(element, style: style, into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object):
            out.append(UInt8(ascii: "{"))
            for (place, member) in object.members.enumerated() {
                if place > 0 { appendComma(style, into: &out) }
                append(member.key, into: &out)
                out.append(UInt8(ascii: ":"))
                if style == .spaced { out.append(UInt8(ascii: " ")) }
                append(member.value, style: style, into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a number that reads back as a double, or a name in quotes.
    package static func append(_ value: Double, into out: inout [UInt8]) {
        appendFloat(isFinite: value.isFinite, into: &out) { NumberText.append(value, into: &$0) }
    }

    /// As for a double, with the digits that a 32-bit float needs.
    package static func append(_ value: Float, into out: inout [UInt8]) {
        appendFloat(isFinite: value.isFinite, into: &out) { NumberText.append(value, into: &$0) }
    }

    /// Appends `text` in double quotes, escaping only what RFC 8259 requires.
    package static func append(_ text: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            var clean = 0
            for (place, byte) in bytes.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                out.append(contentsOf: bytes[clean..<place])
                appendEscaped(byte, into: &out)
                clean = place + 1
            }
            out.append(contentsOf: bytes[clean...])
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ byte: UInt8, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: out.append(UInt8(ascii: "b"))
        case 0x09: out.append(UInt8(ascii: "t"))
        case 0x0A: out.append(UInt8(ascii: "n"))
        case 0x0C: out.append(UInt8(ascii: "f"))
        case 0x0D: out.append(UInt8(ascii: "r"))
        case 0x00..<0x20:
            out.append(contentsOf: "u00".utf8)
            HexText.append(byte, into: &out)
        default: out.append(byte)
        }
    }

    private static func appendFloat(
        isFinite: Bool, into out: inout [UInt8], number: (inout [UInt8]) -> Void
    ) {
        if !isFinite { out.append(UInt8(ascii: "\"")) }
        let first = out.count
        number(&out)
        if !isFinite {
            out.append(UInt8(ascii: "\""))
        } else if !out[first...].contains(where: { $0 == 0x2E || $0 == 0x65 }) {
            out.append(contentsOf: ".0".utf8)
        }
    }

    private static func appendComma(_ style: Style, into out: inout [UInt8]) {
        out.append(UInt8(ascii: ","))
        if style == .spaced { out.append(UInt8(ascii: " ")) }
    }
}
