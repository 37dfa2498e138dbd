import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("The lexer")
struct LexerTests {
    static func pieces(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        var lexer = Lexer(bytes)
        var pieces: [String] = []
        while true {
            let token = lexer.next()
            if token.kind == .end { return pieces }
            pieces.append(String(decoding: bytes[token.lower..<token.upper], as: UTF8.self))
        }
    }

    @Test(
        "takes the longest of the listed operators",
        arguments: [
            ("a<->b", ["a", "<->", "b"]), ("x<-1", ["x", "<", "-", "1"]),
            ("a<@>b", ["a", "<@>", "b"]), ("a<@b", ["a", "<@", "b"]), ("a->>b", ["a", "->>", "b"]),
            ("a->-1", ["a", "->", "-", "1"]), ("a::b", ["a", "::", "b"]), ("a:b", ["a", ":b"]),
            ("a: b", ["a", ":", "b"]), (":a::b", [":a", "::", "b"]), ("a=>b", ["a", "=>", "b"]),
            ("a>=b", ["a", ">=", "b"]), ("a==b", ["a", "=", "=", "b"]), ("?|&&", ["?|", "&&"]),
            ("!~*", ["!~*"]), ("a.5", ["a", ".5"]), ("1..2", ["1.", ".2"]), ("<=>", ["<=>"]),
            ("#>>a", ["#>>", "a"]), ("--a", []), ("- -a", ["-", "-", "a"]), ("a/**/b", ["a", "b"]),
        ])
    func operators(text: String, pieces: [String]) {
        #expect(Self.pieces(text) == pieces)
    }

    @Test("reads every symbol as itself", arguments: Symbol.allCases)
    func symbols(symbol: Symbol) {
        var lexer = Lexer(Array(symbol.rawValue.utf8))
        #expect(lexer.next() == Token(.symbol(symbol), 0, symbol.rawValue.utf8.count))
        #expect(lexer.next().kind == .end)
    }

    @Test("reads every keyword in any case", arguments: Keyword.allCases)
    func keywords(keyword: Keyword) {
        let mixed = keyword.text.prefix(1) + keyword.rawValue.dropFirst()
        for text in [keyword.rawValue, keyword.text, String(mixed)] {
            var lexer = Lexer(Array(text.utf8))
            #expect(lexer.next() == Token(.keyword(keyword), 0, text.utf8.count))
        }
    }

    @Test(
        "tells the kinds of tokens apart",
        arguments: [
            ("abc", .word), ("\"a\"\"b\"", .quotedName), ("'a''b'", .string),
            ("e'\\''", .escapeString),
            ("B'01'", .bitString), ("x'ff'", .hexString), ("b64'AA=='", .base64String),
            ("12", .integer), ("1.", .decimal), (".5e-3", .decimal), ("1e5", .decimal),
            ("$12", .positionalParameter), ("$ab", .namedParameter), (":ab", .namedParameter),
            ("größe", .word), ("'open", .problem(.unterminatedString)),
            ("\"open", .problem(.unterminatedName)), ("/* /* */", .problem(.unterminatedComment)),
            ("\"\"", .problem(.emptyName)), ("1_0", .problem(.malformedNumber)),
            ("$$", .problem(.dollarQuote)), ("$a$", .problem(.dollarQuote)),
            ("`", .problem(.backtick)), ("“", .problem(.curlyQuote)), ("\0", .problem(.nulByte)),
            ("!", .problem(.unknownCharacter)), ("€", .problem(.unknownCharacter)),
            ("\u{A0}", .problem(.unknownCharacter)),
        ] as [(String, Token.Kind)])
    func kinds(text: String, kind: Token.Kind) {
        var lexer = Lexer(Array(text.utf8))
        #expect(lexer.next() == Token(kind, 0, text.utf8.count))
    }

    @Test("keeps comments when asked, and goes on behind problems")
    func comments() {
        var lexer = Lexer(Array("-- a\n!/*b*/1".utf8), keepsComments: true)
        var kinds: [Token.Kind] = []
        repeat { kinds.append(lexer.next().kind) } while kinds.last != .end
        #expect(kinds == [.comment, .problem(.unknownCharacter), .comment, .integer, .end])
        #expect(lexer.next().kind == .end)
    }

    @Test("survives every pair of bytes")
    func pairs() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                var lexer = Lexer([first, second, first])
                var last = 0
                while true {
                    let token = lexer.next()
                    if token.kind == .end { break }
                    #expect(token.upper > token.lower && token.lower >= last)
                    last = token.upper
                }
            }
        }
    }

    @Test("colours unfinished text")
    func colours() {
        let text = "SELECT count(a.key), :q, 1.5 -- x\nFROM t WHERE \"B\" = 'open"
        let bytes = Array(text.utf8)
        let words = Highlighter.spans(text).map { span in
            let word = String(decoding: bytes[span.range.lower..<span.range.upper], as: UTF8.self)
            return "\(span.role):\(word)"
        }
        #expect(
            words == [
                "keyword:SELECT", "function:count", "symbol:(", "name:a", "symbol:.", "name:key",
                "symbol:)", "symbol:,", "parameter::q", "symbol:,", "number:1.5", "comment:-- x",
                "keyword:FROM", "name:t", "keyword:WHERE", "name:\"B\"", "symbol:=", "string:'open",
            ])
    }
}
