/// Cuts a text into tokens, one at a time, by the rules of `grammar/statements/lexical.ebnf`.
///
/// It never fails: what is no token comes out as a problem, and the next call goes on behind it.
package struct Lexer: Sendable {
    /// The text; what is no UTF-8 comes out as unknown characters.
    package let bytes: [UInt8]
    /// Where the next token is looked for.
    package var position: Int
    private let keepsComments: Bool

    /// - Parameters:
    ///   - position: where to start; must be at a boundary between tokens.
    ///   - keepsComments: whether comments come out as tokens instead of being skipped.
    package init(_ bytes: [UInt8], position: Int = 0, keepsComments: Bool = false) {
        precondition(position >= 0, "a text has no bytes before its first")
        self.bytes = bytes
        self.position = position
        self.keepsComments = keepsComments
    }

    /// The next token; at the end of the text, ``Token/Kind/end`` however often it is asked.
    package mutating func next() -> Token {
        if let comment = skipBlanks() { return comment }
        let start = position
        guard start < bytes.count else { return Token(.end, bytes.count, bytes.count) }
        let kind: Token.Kind
        switch bytes[start] {
        case UInt8(ascii: "'"): kind = quoted(from: start, by: UInt8(ascii: "'"), .string)
        case UInt8(ascii: "\""): kind = quotedName(start)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): kind = number(start)
        case UInt8(ascii: ".") where Self.isDigit(byte(start + 1)): kind = number(start)
        case UInt8(ascii: "$"): kind = dollar(start)
        case UInt8(ascii: ":") where Self.isWordStart(byte(start + 1)):
            kind = namedParameter(start)
        case let first where first >= 0x80 || Self.isWordStart(first): kind = word(start)
        default: kind = symbol(start)
        }
        return Token(kind, start, position)
    }

    /// The byte at `offset`, 0 behind the end.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 { offset < bytes.count ? bytes[offset] : 0 }

    /// Skips white space and comments. Returns a comment that is to be seen: one that is kept, or
    /// that does not end.
    private mutating func skipBlanks() -> Token? {
        while position < bytes.count {
            let start = position
            switch bytes[start] {
            case 0x20, 0x09...0x0D:
                position += 1
                continue
            case 0xEF where start == 0 && byte(1) == 0xBB && byte(2) == 0xBF:
                position = 3
                continue
            case UInt8(ascii: "-") where byte(start + 1) == UInt8(ascii: "-"):
                position = Self.endOfLine(bytes, from: start + 2)
            case UInt8(ascii: "/") where byte(start + 1) == UInt8(ascii: "*"):
                var depth = 1
                position = start + 2
                if !Self.findCommentEnd(bytes, &position, depth: &depth) {
                    position = bytes.count
                    return Token(.problem(.unterminatedComment), start, position)
                }
            default: return nil
            }
            if keepsComments { return Token(.comment, start, position) }
        }
        return nil
    }

    private mutating func symbol(_ start: Int) -> Token.Kind {
        let (first, second, third) = (byte(start), byte(start + 1), byte(start + 2))
        switch first {
        case UInt8(ascii: ","): return single(.comma)
        case UInt8(ascii: "("): return single(.leftParenthesis)
        case UInt8(ascii: ")"): return single(.rightParenthesis)
        case UInt8(ascii: "["): return single(.leftBracket)
        case UInt8(ascii: "]"): return single(.rightBracket)
        default: break
        }
        var packed = Symbol.packed(first, second, third)
        for length in [3, 2, 1] {
            if packed & 0xFF << UInt32(8 * (3 - length)) != 0,
                let symbol = Symbol.byPackedBytes[packed]
            {
                position = start + length
                return .symbol(symbol)
            }
            packed &= ~(0xFF << UInt32(8 * (3 - length)))
        }
        position = start + 1
        switch first {
        case 0: return .problem(.nulByte)
        case UInt8(ascii: "`"): return .problem(.backtick)
        default: return .problem(.unknownCharacter)
        }
    }

    private mutating func single(_ symbol: Symbol) -> Token.Kind {
        position += 1
        return .symbol(symbol)
    }
}
