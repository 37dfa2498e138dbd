extension Printer {
    mutating func print(_ name: Identifier) { write(Self.quoted(name.text)) }

    /// A name that is not the first of several: after a dot no word is reserved.
    mutating func printStep(_ name: Identifier) {
        // A spelling that folds to something else was not quoted, and must not be.
        let isPlain = name.spelling == name.text ? Self.isPlainWord(name.text) : true
        write(isPlain ? name.spelling : Self.inQuotes(name.spelling))
    }

    mutating func print(_ name: ObjectName) {
        for (position, part) in name.parts.enumerated() {
            if position == 0 {
                print(part)
            } else {
                write(".")
                write(Self.isPlainWord(part.text) ? part.text : Self.inQuotes(part.text))
            }
        }
    }

    mutating func printColumns(_ names: [Identifier]) {
        parenthesized { $0.list(names) { $0.print($1) } }
    }

    /// `name` as it must be written where a name may stand.
    static func quoted(_ name: String) -> String {
        isPlainWord(name) && !mustQuote(name) ? name : inQuotes(name)
    }

    /// A word of any spelling: for places where even reserved words are names.
    static func label(_ name: String) -> String {
        isPlainWord(name) ? name : inQuotes(name)
    }

    private static func inQuotes(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    /// Whether the lexer reads `name` as one word and folding leaves it alone.
    private static func isPlainWord(_ name: String) -> Bool {
        guard Identifier.folded(name) == name else { return false }
        var lexer = Lexer(Array(name.utf8))
        let token = lexer.next()
        switch token.kind {
        case .word, .keyword: return token.lower == 0 && token.upper == name.utf8.count
        default: return false
        }
    }

    /// Reserved words, and those which the parser would take for a part of the syntax where a name
    /// may stand: before a parenthesis, after `CREATE INDEX`, behind the key of an index.
    private static func mustQuote(_ name: String) -> Bool {
        guard let keyword = Keyword.byName[name] else { return false }
        return keyword.isReserved || keyword == .values || keyword == .concurrently
            || keyword == .nulls
    }

    mutating func print(_ type: TypeName) {
        switch type.name.text {
        case "double precision": write("double precision")
        // Unquoted it would become `char`.
        case "character": write("\"character\"")
        default: print(type.name)
        }
        if !type.modifiers.isEmpty {
            parenthesized {
                $0.list(type.modifiers) { printer, modifier in
                    switch modifier {
                    case .number(let number): printer.write("\(number)")
                    case .name(let name): printer.print(name)
                    case .string(let string): printer.write(Literal.sqlString(string))
                    }
                }
            }
        }
        for bound in type.arrayBounds { write(bound.map { "[\($0)]" } ?? "[]") }
    }

    mutating func print(_ parameter: Parameter) {
        switch parameter {
        case .positional(let number): write("$\(number)")
        case .named(let name): write(":\(name)")
        }
    }

    static func text(of literal: Literal) -> String {
        switch literal {
        case .null: "NULL"
        case .boolean(let value): value ? "TRUE" : "FALSE"
        case .integer(let value): "\(value)"
        case .decimal(let text, _): text
        case .string(let text): Literal.sqlString(text)
        case .bits(let digits): "B'\(digits)'"
        case .bytes(let bytes): "X'\(hexadecimal(bytes))'"
        case .base64(let text): "b64" + Literal.sqlString(text)
        }
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self)
    }
}
