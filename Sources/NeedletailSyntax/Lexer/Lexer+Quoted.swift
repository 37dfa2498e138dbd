extension Lexer {
    /// Offset just behind the closing `quote`, or `nil` if there is none. A doubled quote does not
    /// close; nor does one behind a backslash where `escapes` is true.
    ///
    /// - Parameter start: behind the opening quote.
    static func endOfQuoted(
        _ bytes: [UInt8], from start: Int, quote: UInt8, escapes: Bool
    ) -> Int? {
        var offset = start
        while offset < bytes.count {
            if bytes[offset] == quote {
                guard offset + 1 < bytes.count, bytes[offset + 1] == quote else {
                    return offset + 1
                }
                offset += 2
            } else if escapes && bytes[offset] == UInt8(ascii: "\\") {
                offset += 2
            } else {
                offset += 1
            }
        }
        return nil
    }

    /// Offset of the next line end, or of the end of the text.
    static func endOfLine(_ bytes: [UInt8], from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
        return offset
    }

    /// Offset just behind the `*/` that closes the outermost comment, or `nil`; `depth` then says
    /// how many are open at the end.
    ///
    /// - Parameters:
    ///   - start: behind the opening `/*`.
    ///   - depth: how many comments are open there.
    static func endOfComment(_ bytes: [UInt8], from start: Int, depth: inout Int) -> Int? {
        var offset = start
        while offset + 1 < bytes.count {
            switch (bytes[offset], bytes[offset + 1]) {
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                offset += 2
                if depth == 0 { return offset }
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                offset += 2
            default: offset += 1
            }
        }
        return nil
    }

    /// A token that ends at the quote which closes the one at `quoteOffset`.
    mutating func quoted(
        from quoteOffset: Int, by quote: UInt8, _ kind: Token.Kind
    ) -> Token.Kind {
        let end = Self.endOfQuoted(
            bytes, from: quoteOffset + 1, quote: quote, escapes: kind == .escapeString)
        position = end ?? bytes.count
        if end != nil { return kind }
        return .problem(kind == .quotedName ? .unterminatedName : .unterminatedString)
    }

    mutating func quotedName(_ start: Int) -> Token.Kind {
        let kind = quoted(from: start, by: UInt8(ascii: "\""), .quotedName)
        return kind == .quotedName && position == start + 2 ? .problem(.emptyName) : kind
    }

    /// The content of a quoted token, doubled quotes made single.
    ///
    /// - Parameter open: bytes before the content: the prefix and the opening quote.
    static func content(_ bytes: [UInt8], of token: Token, open: Int) -> [UInt8] {
        let lower = token.lower + open
        let upper = token.upper - 1
        guard lower <= upper, upper < bytes.count else { return [] }
        let quote = bytes[upper]
        guard bytes[lower..<upper].contains(quote) else { return Array(bytes[lower..<upper]) }
        var content: [UInt8] = []
        content.reserveCapacity(upper - lower)
        var offset = lower
        while offset < upper {
            content.append(bytes[offset])
            offset += bytes[offset] == quote ? 2 : 1
        }
        return content
    }
}
