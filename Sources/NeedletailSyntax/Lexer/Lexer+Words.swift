extension Lexer {
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Whether an ASCII byte starts a name.
    static func isWordStart(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte == UInt8(ascii: "_")
    }

    private static func isWordPart(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) }

    /// A name, a keyword, or the prefix of a string.
    mutating func word(_ start: Int) -> Token.Kind {
        guard let end = endOfWord(start) else { return strayCharacter(start) }
        position = end
        if byte(end) == UInt8(ascii: "'"), let kind = prefixedKind(start, end) {
            return quoted(from: end, by: UInt8(ascii: "'"), kind)
        }
        return KeywordTable.shared.keyword(bytes, start..<end).map { .keyword($0) } ?? .word
    }

    /// The kind of string that the word from `start` to `end` announces.
    private func prefixedKind(_ start: Int, _ end: Int) -> Token.Kind? {
        switch (end - start, bytes[start] | 0x20) {
        case (1, UInt8(ascii: "e")): .escapeString
        case (1, UInt8(ascii: "b")): .bitString
        case (1, UInt8(ascii: "x")): .hexString
        case (3, UInt8(ascii: "b"))
        where byte(start + 1) == UInt8(ascii: "6") && byte(start + 2) == UInt8(ascii: "4"):
            .base64String
        default: nil
        }
    }

    /// Offset behind the name that starts at `start`, or `nil` if none does.
    private func endOfWord(_ start: Int) -> Int? {
        var offset = start
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte < 0x80 {
                guard Self.isWordPart(byte) else { break }
                offset += 1
            } else {
                guard let scalar = scalar(at: offset) else { break }
                let properties = scalar.properties
                guard offset == start ? properties.isXIDStart : properties.isXIDContinue else {
                    break
                }
                offset += UTF8.width(scalar)
            }
        }
        return offset == start ? nil : offset
    }

    /// The scalar whose sequence starts at `offset`, or `nil` where the bytes are no UTF-8.
    private func scalar(at offset: Int) -> Unicode.Scalar? {
        var decoder = UTF8()
        var iterator = bytes[offset..<min(bytes.count, offset + 4)].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return scalar
    }

    /// One character outside ASCII that starts no name.
    private mutating func strayCharacter(_ start: Int) -> Token.Kind {
        guard let scalar = scalar(at: start) else {
            position = start + 1
            return .problem(.unknownCharacter)
        }
        position = start + UTF8.width(scalar)
        let isQuote = (0x2018...0x201F).contains(scalar.value)
        return .problem(isQuote ? .curlyQuote : .unknownCharacter)
    }

    mutating func namedParameter(_ start: Int) -> Token.Kind {
        var end = start + 1
        while Self.isWordPart(byte(end)) { end += 1 }
        position = end
        return .namedParameter
    }

    /// What starts with a dollar sign: a parameter, or a quotation that is not supported.
    mutating func dollar(_ start: Int) -> Token.Kind {
        let first = byte(start + 1)
        if Self.isDigit(first) {
            var end = start + 1
            while Self.isDigit(byte(end)) { end += 1 }
            position = end
            return .positionalParameter
        }
        if Self.isWordStart(first) {
            let kind = namedParameter(start)
            guard byte(position) == UInt8(ascii: "$") else { return kind }
            position += 1
            return .problem(.dollarQuote)
        }
        position = start + (first == UInt8(ascii: "$") ? 2 : 1)
        return .problem(first == UInt8(ascii: "$") ? .dollarQuote : .unknownCharacter)
    }

    /// `1`, `1.5`, `1.`, `.5`, `1e5`, `1.5E-3`.
    mutating func number(_ start: Int) -> Token.Kind {
        var kind = Token.Kind.integer
        var end = endOfDigits(start)
        if byte(end) == UInt8(ascii: ".") {
            kind = .decimal
            end = endOfDigits(end + 1)
        }
        if byte(end) | 0x20 == UInt8(ascii: "e") {
            let sign = byte(end + 1)
            let digits = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") ? end + 2 : end + 1
            if Self.isDigit(byte(digits)) {
                kind = .decimal
                end = endOfDigits(digits)
            }
        }
        position = end
        guard byte(end) >= 0x80 || Self.isWordPart(byte(end)) else { return kind }
        while byte(position) >= 0x80 || Self.isWordPart(byte(position)) { position += 1 }
        return .problem(.malformedNumber)
    }

    private func endOfDigits(_ start: Int) -> Int {
        var end = start
        while Self.isDigit(byte(end)) { end += 1 }
        return end
    }
}
