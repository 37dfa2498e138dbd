import NeedletailCore

extension Parser {
    /// The literal that the current token is, or `nil`. Numbers are positive here.
    ///
    /// grammar: literal
    @inline(never)
    mutating func literal() throws(SyntaxFailure) -> Literal? {
        switch token.kind {
        case .integer, .decimal: return try number(isNegative: false)
        case .string, .escapeString: return .string(try string("a string"))
        case .bitString: return try bitString()
        case .hexString: return try hexString()
        case .base64String:
            let content = Lexer.content(source.bytes, of: token, open: 4)
            advance()
            return .base64(String(decoding: content, as: UTF8.self))
        case .keyword(.null):
            advance()
            return .null
        case .keyword(.true), .keyword(.false):
            let value = at(.true)
            advance()
            return .boolean(value)
        default: return nil
        }
    }

    /// The number at the current token, with the sign that stood before it.
    ///
    /// grammar: number
    /// - Throws: 22003 if it does not fit a double.
    @inline(never)
    mutating func number(isNegative: Bool) throws(SyntaxFailure) -> Literal {
        let digits = text(of: token)
        let text = isNegative ? "-" + digits : digits
        if token.kind == .integer, let value = Int64(text) {
            advance()
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else {
            throw SyntaxFailure(
                .numericOutOfRange, "\(Self.shortened(text)) is out of range for double precision",
                hint: "The largest double is about 1.8e308.", position: token.range)
        }
        advance()
        return .decimal(text, value)
    }

    var isAtNumber: Bool { token.kind == .integer || token.kind == .decimal }

    private mutating func bitString() throws(SyntaxFailure) -> Literal {
        let digits = Lexer.content(source.bytes, of: token, open: 2)
        if let wrong = digits.first(where: { $0 != UInt8(ascii: "0") && $0 != UInt8(ascii: "1") }) {
            throw badDigit(wrong, in: "B'…'", "the digits 0 and 1")
        }
        advance()
        return .bits(String(decoding: digits, as: UTF8.self))
    }

    private mutating func hexString() throws(SyntaxFailure) -> Literal {
        let digits = Lexer.content(source.bytes, of: token, open: 2)
        guard digits.count % 2 == 0 else {
            throw SyntaxFailure(
                .invalidText, "X'…' has \(digits.count) digits, and bytes need an even number",
                hint: "Write two hexadecimal digits for each byte.", position: token.range)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for offset in stride(from: 0, to: digits.count, by: 2) {
            guard let high = HexDigit.value(digits[offset]) else {
                throw badDigit(digits[offset], in: "X'…'", "hexadecimal digits")
            }
            guard let low = HexDigit.value(digits[offset + 1]) else {
                throw badDigit(digits[offset + 1], in: "X'…'", "hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        advance()
        return .bytes(bytes)
    }

    private func badDigit(_ byte: UInt8, in what: String, _ expected: String) -> SyntaxFailure {
        let shown = byte < 0x80 ? "\"\(Unicode.Scalar(byte))\"" : "a character outside ASCII"
        return SyntaxFailure(
            .invalidText, "\(what) contains \(shown)", hint: "Only \(expected) may stand in it.",
            position: token.range)
    }

    /// grammar: parameter
    @inline(never)
    mutating func parameter() throws(SyntaxFailure) -> Parameter {
        let digits = text(of: token).dropFirst()
        let parameter: Parameter
        if token.kind == .namedParameter {
            parameter = .named(String(digits))
        } else {
            guard let number = Int(digits), number <= Limits.parametersMax else {
                throw SyntaxFailure(
                    .programLimit,
                    "a statement has at most \(Limits.parametersMax) parameters, not $\(digits)",
                    hint: "Insert in batches, or bind arrays.", position: token.range)
            }
            guard number > 0 else {
                throw SyntaxFailure(
                    .undefinedParameter, "there is no parameter $0",
                    hint: "The first parameter is $1.", position: token.range)
            }
            parameter = .positional(number)
        }
        try parameters.note(parameter, at: token.range)
        advance()
        return parameter
    }

    /// At most 40 characters of `text`, for messages.
    static func shortened(_ text: String) -> String {
        text.utf8.count <= 40 || text.count <= 40 ? text : "\(text.prefix(37))…"
    }
}
