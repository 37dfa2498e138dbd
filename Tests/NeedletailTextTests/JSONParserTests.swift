import NeedletailCore
import NeedletailText
import Testing

@Suite struct JSONParserTests {
    @Test(
        "a text prints as PostgreSQL prints jsonb",
        arguments: [
            ("{}", "{}"), ("[]", "[]"), (" null ", "null"), ("[ true,false ]", "[true, false]"),
            (#"{"bb":1,"a":[1,2],"bb":3}"#, #"{"a": [1, 2], "bb": 3}"#),
            ("9223372036854775807", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "9.223372036854776e+18"),
            ("1.0", "1.0"), ("-0.0", "-0.0"), ("-0", "0"), ("1e2", "100.0"), ("1E+20", "1e+20"),
            ("0.1", "0.1"), ("12345678901234567890123", "1.2345678901234568e+22"),
            (#""\u00e9\ud83d\ude00\n\/\u0001""#, #""é😀\n/\u0001""#), (#""\"\\""#, #""\"\\""#),
            (#"{"":[{}]}"#, #"{"": [{}]}"#),
        ])
    func prints(text: String, expected: String) throws {
        let json = try JSONParser.parse(text)
        #expect(JSONPrinter.text(json) == expected)
        #expect(try JSONParser.parse(JSONPrinter.text(json, style: .compact)) == json)
    }

    @Test(
        "what is not JSON is refused where it stops being JSON",
        arguments: [
            ("", 0), ("  ", 2), ("nul", 0), ("[1,]", 3), ("[1 2]", 3), ("{\"a\" 1}", 5),
            ("{\"a\":1,}", 7), ("{a:1}", 1), ("01", 1), ("-", 1), ("1.", 2), (".5", 0), ("+1", 0),
            ("1e", 2), ("1e+", 3), ("\"a", 0), ("\"\t\"", 1), ("\"\\x\"", 1), ("\"\\u12\"", 1),
            ("\"\\ud800\"", 1), ("\"\\udc00\"", 1), ("\"\\ud800\\u0041\"", 1), ("[1]]", 3),
            ("NaN", 0), ("{'a':1}", 1), ("\u{FEFF}1", 0), ("[", 1), ("{\"a\":", 5),
            ("truefalse", 4),
        ])
    func refuses(text: String, position: Int) {
        let error = expectRefusal(.invalidJSON) { () throws(DatabaseError) in
            try JSONParser.parse(text)
        }
        #expect(error?.position?.lower == position, "\(text): \(String(describing: error))")
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0xE0, 0x80, 0x80], [0xF0, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func encoding(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let error = expectRefusal(.invalidEncoding) { () throws(DatabaseError) in
            try JSONParser.parse([quote, UInt8(ascii: "a")] + bytes + [quote])
        }
        #expect(error?.position?.lower == 2)
    }

    @Test(
        "numbers beyond a double are refused",
        arguments: ["1e400", "-1e309", "1e-400", "1e99999999999"])
    func range(text: String) {
        expectRefusal(.numericOutOfRange) { () throws(DatabaseError) in
            try JSONParser.parse("[1, \(text)]")
        }
    }

    @Test("nesting is bounded")
    func depth() throws {
        let depth = Limits.nestingDepthMax
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONParser.parse(nested(depth))
        let error = expectRefusal(.statementTooComplex) { () throws(DatabaseError) in
            try JSONParser.parse(nested(depth + 1))
        }
        #expect(error?.position?.lower == depth)
        expectRefusal(.statementTooComplex) { () throws(DatabaseError) in
            try JSONParser.parse(String(repeating: "[{\"a\":", count: 1_000_000))
        }
    }

    @Test("random trees survive both styles", arguments: 0..<20)
    func roundTrip(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<200 {
            let json = randomJSON(&generator, depth: 4)
            for style in [JSONPrinter.Style.compact, .spaced] {
                let text = JSONPrinter.text(json, style: style)
                #expect(try JSONParser.parse(text) == json, "seed \(seed): \(text)")
            }
        }
    }

    @Test("a hundred thousand keys are no quadratic affair")
    func manyKeys() throws {
        let count = 100_000
        let text = (0..<count).map { "\"\(($0 * 7_919) % count)\":\($0)" }.joined(separator: ",")
        guard case .object(let object) = try JSONParser.parse("{\(text)}") else {
            Issue.record("not an object")
            return
        }
        #expect(object.members.count == count)
        #expect(object["7919"] == .int(1))
    }

    private func randomJSON(_ generator: inout SplitMix64, depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            return .int(
                Int64(bitPattern: generator.next()) >> Int64.random(in: 0..<64, using: &generator))
        case 3:
            let value = Double(bitPattern: generator.next())
            return .double(value.isFinite ? value : 0.5)
        case 4, 5: return .string(randomText(&generator))
        case 6: return .array((0..<3).map { _ in randomJSON(&generator, depth: depth - 1) })
        default:
            return .object(
                JSONObject(
                    (0..<3).map { _ in
                        JSONObject.Member(
                            key: randomText(&generator),
                            value: randomJSON(&generator, depth: depth - 1))
                    }))
        }
    }

    private func randomText(_ generator: inout SplitMix64) -> String {
        let alphabet: [Character] = ["a", "\"", "\\", "\n", "\u{0}", "é", "😀", "/", "\u{7F}", "Z"]
        return String(
            (0..<Int.random(in: 0..<9, using: &generator)).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            })
    }
}
