package import NeedletailCore

/// Bytes as `\x00ff`, PostgreSQL's form of `bytea`.
package enum BytesText {
    /// Reads `\x` and hexadecimal pairs (white space between pairs is allowed), or the escape form:
    /// bytes as they are, `\\` for a backslash, `\ooo` for any byte in octal. Errors: 22P02.
    package static func parse(_ text: String) throws(DatabaseError) -> [UInt8] {
        try parse(Array(text.utf8)[...])
    }

    static func parse(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> [UInt8] {
        text.starts(with: "\\x".utf8) ? try parseHex(text) : try parseEscapes(text)
    }

    package static func append(_ bytes: [UInt8], into out: inout [UInt8]) {
        out.append(contentsOf: "\\x".utf8)
        for byte in bytes { HexText.append(byte, into: &out) }
    }

    private static func parseHex(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 2)
        var high: UInt8?
        for byte in text.dropFirst(2) {
            if high == nil, byte.isSpace { continue }
            guard let digit = byte.hexValue else { throw malformed(text) }
            if let first = high {
                out.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { throw malformed(text) }
        return out
    }

    private static func parseEscapes(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var position = text.startIndex
        while position < text.endIndex {
            guard text[position] == UInt8(ascii: "\\") else {
                out.append(text[position])
                position += 1
                continue
            }
            let rest = text[(position + 1)...]
            if rest.first == UInt8(ascii: "\\") {
                out.append(UInt8(ascii: "\\"))
                position += 2
                continue
            }
            var value = 0
            for digit in rest.prefix(3) {
                guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
                    throw malformed(text)
                }
                value = value * 8 + Int(digit - UInt8(ascii: "0"))
            }
            guard rest.count >= 3, let byte = UInt8(exactly: value) else { throw malformed(text) }
            out.append(byte)
            position += 4
        }
        return out
    }

    private static func malformed(_ text: ArraySlice<UInt8>) -> DatabaseError {
        .unreadable(
            text, as: "bytea",
            hint: "Write \\x and pairs of hexadecimal digits, as in '\\x00ff'.")
    }
}
