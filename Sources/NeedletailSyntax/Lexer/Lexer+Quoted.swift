extension Lexer {
    /// Moves `offset` from behind an opening quote to the one that closes it. Without one it moves
    /// to where the search must go on when there are more bytes, and the result is `false`.
    ///
    /// A doubled quote does not close; nor does one behind a backslash where `escapes` is true. A
    /// quote that is the last byte of all closes, although more bytes could double it.
    static func findClosingQuote(
        _ bytes: [UInt8], _ offset: inout Int, quote: UInt8, escapes: Bool
    ) -> Bool {
        while offset < bytes.count {
            let hasNext = offset + 1 < bytes.count
            if bytes[offset] == quote {
                guard hasNext, bytes[offset + 1] == quote else { return true }
                offset += 2
            } else if escapes && bytes[offset] == UInt8(ascii: "\\") {
                guard hasNext else { return false }
                offset += 2
            } else {
                offset += 1
            }
        }
        return false
    }

    /// Offset of the next line end, or of the end of the text.
    static func endOfLine(_ bytes: [UInt8], from start: Int) -> Int {
        var offset = start
        while offset < bytes.count, bytes[offset] != 0x0A, bytes[offset] != 0x0D { offset += 1 }
        return offset
    }

    /// Moves `offset` from inside a comment to just behind the `*/` that closes the outermost one.
    /// Without one it moves to where the search must go on when there are more bytes, `depth` says
    /// how many comments are open there, and the result is `false`.
    static func findCommentEnd(_ bytes: [UInt8], _ offset: inout Int, depth: inout Int) -> Bool {
        while offset + 1 < bytes.count {
            switch (bytes[offset], bytes[offset + 1]) {
            case (UInt8(ascii: "*"), UInt8(ascii: "/")):
                depth -= 1
                offset += 2
                if depth == 0 { return true }
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                depth += 1
                offset += 2
            default: offset += 1
            }
        }
        return false
    }

    /// A token that ends at the quote which closes the one at `quoteOffset`.
    mutating func quoted(
        from quoteOffset: Int, by quote: UInt8, _ kind: Token.Kind
    ) -> Token.Kind {
        var end = quoteOffset + 1
        if Self.findClosingQuote(bytes, &end, quote: quote, escapes: kind == .escapeString) {
            position = end + 1
            return kind
        }
        position = bytes.count
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
