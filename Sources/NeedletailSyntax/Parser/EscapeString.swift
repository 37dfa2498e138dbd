import NeedletailCore

/// Resolves the escapes of `E'…'`, which are those of PostgreSQL.
enum EscapeString {
    /// - Parameters:
    ///   - content: what stands between the quotes, doubled quotes made single already.
    ///   - range: the token, for errors.
    /// - Throws: 22025 for an escape that is incomplete, 22021 if the result is no UTF-8 text.
    static func decode(_ content: [UInt8], at range: SourceRange) throws(SyntaxFailure) -> String {
        var bytes: [UInt8] = []
        var offset = 0
        while offset < content.count {
            if content[offset] == UInt8(ascii: "\\"), offset + 1 < content.count {
                offset = try escape(content, offset + 1, range, &bytes)
            } else {
                bytes.append(content[offset])
                offset += 1
            }
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw SyntaxFailure(
                .invalidEncoding, "the escapes in the string do not make valid UTF-8 text",
                hint: "Use \\uXXXX for characters; bytes belong in a bytea literal.",
                position: range)
        }
        return text
    }

    /// Appends what the escape at `offset` (behind its backslash) stands for, and returns the
    /// offset behind it.
    private static func escape(
        _ content: [UInt8], _ offset: Int, _ range: SourceRange, _ bytes: inout [UInt8]
    ) throws(SyntaxFailure) -> Int {
        switch content[offset] {
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            let (value, end) = digits(content, offset, radix: 8, most: 3)
            bytes.append(UInt8(truncatingIfNeeded: value))
            return end
        case UInt8(ascii: "x"):
            let (value, end) = digits(content, offset + 1, radix: 16, most: 2)
            guard end > offset + 1 else { throw incomplete("\\x", "one or two", range) }
            bytes.append(UInt8(truncatingIfNeeded: value))
            return end
        case UInt8(ascii: "u"): return try unicode(content, offset, 4, range, &bytes)
        case UInt8(ascii: "U"): return try unicode(content, offset, 8, range, &bytes)
        case let other: bytes.append(other)
        }
        return offset + 1
    }

    private static func unicode(
        _ content: [UInt8], _ offset: Int, _ count: Int, _ range: SourceRange,
        _ bytes: inout [UInt8]
    ) throws(SyntaxFailure) -> Int {
        let (value, end) = digits(content, offset + 1, radix: 16, most: count)
        guard end == offset + 1 + count, let scalar = Unicode.Scalar(value) else {
            let name = count == 4 ? "\\u" : "\\U"
            throw incomplete(name, count == 4 ? "four" : "eight", range)
        }
        bytes.append(contentsOf: Array(String(scalar).utf8))
        return end
    }

    /// The number that at most `most` digits from `offset` on make, and the offset behind them.
    private static func digits(
        _ content: [UInt8], _ offset: Int, radix: UInt32, most: Int
    ) -> (value: UInt32, end: Int) {
        var value: UInt32 = 0
        var end = offset
        while end < content.count, end - offset < most,
            let digit = HexDigit.value(content[end]), UInt32(digit) < radix
        {
            value = value &* radix &+ UInt32(digit)
            end += 1
        }
        return (value, end)
    }

    private static func incomplete(
        _ escape: String, _ count: String, _ range: SourceRange
    ) -> SyntaxFailure {
        SyntaxFailure(
            .invalidEscape,
            "\(escape) must be followed by \(count) hexadecimal digits that name a character",
            hint: "Double the backslash to write it as itself.", position: range)
    }
}

/// Hexadecimal digits in ASCII.
enum HexDigit {
    /// 0 to 15, or `nil` for a byte that is no digit.
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
