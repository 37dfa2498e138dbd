import NeedletailCore

extension Parser {
    /// Whether the current token may stand for a name.
    var isAtName: Bool { Self.isName(token) }

    /// Whether the current token may stand for a label: any word.
    var isAtWord: Bool { Self.isName(token) || Self.isKeyword(token) }

    static func isName(_ token: Token) -> Bool {
        switch token.kind {
        case .word, .quotedName: true
        case .keyword(let keyword): !keyword.isReserved
        default: false
        }
    }

    /// A name that is not reserved, or a quoted one.
    ///
    /// grammar: name, nonReserved
    @inline(never)
    mutating func name(_ what: String) throws(SyntaxFailure) -> Identifier {
        guard isAtName else { throw unexpectedName(what) }
        return takeName()
    }

    /// The current token as a name, whatever word it is.
    @inline(never)
    mutating func takeName() -> Identifier {
        let token = token
        advance()
        return Identifier(nameText(token), location: Location(token.range))
    }

    private func nameText(_ token: Token) -> String {
        guard token.kind == .quotedName else { return Identifier.folded(text(of: token)) }
        return String(
            decoding: Lexer.content(source.bytes, of: token, open: 1), as: UTF8.self)
    }

    /// What follows a dot: any word, reserved or not, with its spelling.
    ///
    /// grammar: step
    @inline(never)
    mutating func step() throws(SyntaxFailure) -> Identifier {
        switch token.kind {
        case .word, .keyword:
            let identifier = Identifier(
                pathStep: text(of: token), isQuoted: false, location: Location(token.range))
            advance()
            return identifier
        case .quotedName: return takeName()
        default: throw unexpected("a name after the dot")
        }
    }

    /// Any word at all, as after `AS` in a select list.
    ///
    /// grammar: label, keyword
    @inline(never)
    mutating func label(_ what: String) throws(SyntaxFailure) -> Identifier {
        if case .keyword = token.kind { return takeName() }
        return try name(what)
    }

    /// Names joined by dots. Unlike the steps of a path, all of them fold.
    ///
    /// grammar: dotted, table
    @inline(never)
    mutating func objectName(_ what: String) throws(SyntaxFailure) -> ObjectName {
        let start = token
        var parts = [try name(what)]
        while accept(.dot) {
            guard isAtWord else { throw unexpected("a name after the dot") }
            parts.append(takeName())
        }
        return ObjectName(parts, location: location(from: start))
    }

    private static func isKeyword(_ token: Token) -> Bool {
        if case .keyword = token.kind { true } else { false }
    }

    /// grammar: names
    @inline(never)
    mutating func columnList() throws(SyntaxFailure) -> [Identifier] {
        try parenthesizedList { parser throws(SyntaxFailure) in
            try parser.name("a column name")
        }
    }

    /// A plain string, `'…'` or `E'…'`.
    ///
    /// grammar: text
    @inline(never)
    mutating func string(_ what: String) throws(SyntaxFailure) -> String {
        switch token.kind {
        case .string:
            let value = String(
                decoding: Lexer.content(source.bytes, of: token, open: 1), as: UTF8.self)
            if value.utf8.contains(0) { throw nulCharacter(token.range) }
            advance()
            return value
        case .escapeString:
            let value = try EscapeString.decode(
                Lexer.content(source.bytes, of: token, open: 2), at: token.range)
            advance()
            return value
        default: throw unexpected(what)
        }
    }

    var isAtString: Bool { token.kind == .string || token.kind == .escapeString }

    private func nulCharacter(_ range: SourceRange) -> SyntaxFailure {
        SyntaxFailure(
            .invalidEncoding, "the string contains the character U+0000",
            hint: "Text cannot hold U+0000; bytes that may be zero belong in a bytea.",
            position: range)
    }
}
