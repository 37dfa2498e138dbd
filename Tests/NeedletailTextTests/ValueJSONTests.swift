import NeedletailCore
import NeedletailText
import Testing

@Suite struct ValueJSONTests {
    @Test(
        "JSON becomes a value of its column",
        arguments: [
            ("null", .jsonb, .null),
            (
                "{\"$f32\":\"\"}", .jsonb,
                .json(.object(JSONObject([.init(key: "$f32", value: .string(""))])))
            ),
            ("true", .boolean, .bool(true)), ("\"off\"", .boolean, .bool(false)),
            ("5", .smallint, .int(5)), ("5.0", .int, .int(5)), ("\"5\"", .bigint, .int(5)),
            ("0.1", .real, .double(Double(Float(0.1)))), ("1", .double, .double(1)),
            ("\"NaN\"", .text, .text("NaN")), ("1.50", .text, .text("1.5")),
            ("\"AAE=\"", .bytea, .bytes([0, 1])), ("\"\\\\x0001\"", .bytea, .bytes([0, 1])),
            ("{\"$bytes\":\"AAE=\"}", .bytea, .bytes([0, 1])),
            (
                "\"1970-01-01T00:00:01Z\"", .timestamptz,
                .timestamp(Timestamp(microseconds: 1_000_000))
            ),
            ("{\"$ts\":\"1970-01-01\"}", .unknown, .timestamp(Timestamp(microseconds: 0))),
            ("\"1970-01-02\"", .date, .date(CalendarDate(days: 1))),
            ("[1,null]", .array(.int), .array([.int(1), .null])),
            ("\"{1,2}\"", .array(.int), .array([.int(1), .int(2)])),
            ("[1,2.5]", .vector(2), .vector([1, 2.5])),
            ("\"[1,2]\"", .vector(nil), .vector([1, 2])),
            ("{\"$f32\":\"AACAPwAAAMA=\"}", .vector(2), .vector([1, -2])),
            (
                "{\"$f32\":\"AACAPwAAAMA=\"}", .halfvec(2),
                .halfvec(HalfVector(bits: [0x3C00, 0xC000]))
            ),
            ("{\"$f16\":\"ADwAwA==\"}", .vector(nil), .vector([1, -2])),
            ("{\"$f16\":\"ADwAwA==\"}", .unknown, .halfvec(HalfVector(bits: [0x3C00, 0xC000]))),
            ("{\"$bits\":\"8A==\"}", .bit(8), .bits(BitVector(count: 8, bytes: [0xF0]))),
            ("{\"$bits\":\"8A==\",\"n\":5}", .unknown, .bits(BitVector(count: 5, bytes: [0xF0]))),
            ("[1,0,true]", .bit(3), .bits(BitVector(count: 3, bytes: [0xA0]))),
            ("\"101\"", .bit(3), .bits(BitVector(count: 3, bytes: [0xA0]))),
            ("[1,2.5,null]", .unknown, .array([.double(1), .double(2.5), .null])),
            ("[\"a\"]", .unknown, .array([.text("a")])),
            ("[1,\"a\"]", .unknown, .json(.array([.int(1), .string("a")]))),
            ("{\"a\":1}", .unknown, .json(.object(JSONObject([.init(key: "a", value: .int(1))])))),
        ] as [(String, ValueType, Value)])
    func reads(text: String, type: ValueType, expected: Value) throws {
        #expect(try ValueJSON.value(from: JSONParser.parse(text), as: type) == expected)
        var scanner = JSONScanner(text)
        #expect(try ValueJSON.read(&scanner, as: type) == expected)
        try scanner.finish()
    }

    @Test(
        "JSON that does not fit its column is refused",
        arguments: [
            ("1", .boolean, .datatypeMismatch), ("1.5", .int, .invalidText),
            ("40000", .smallint, .numericOutOfRange), ("1e300", .bigint, .numericOutOfRange),
            ("1e39", .real, .numericOutOfRange), ("[1]", .text, .datatypeMismatch),
            ("5", .timestamptz, .datatypeMismatch), ("\"*\"", .bytea, .invalidText),
            ("{}", .vector(nil), .datatypeMismatch), ("[]", .vector(nil), .dataException),
            ("[1]", .vector(2), .dataException), ("[1,null]", .vector(2), .invalidText),
            ("[70000]", .halfvec(nil), .numericOutOfRange),
            ("{\"$f32\":\"AACAPw==\"}", .vector(2), .dataException),
            ("{\"$f32\":\"AACA\"}", .vector(nil), .invalidText),
            ("{\"$f32\":\"AADAfw==\"}", .vector(nil), .dataException),
            ("{\"$f32\":\"\"}", .vector(nil), .dataException),
            ("{\"$f32\":[1]}", .vector(nil), .invalidText),
            ("{\"$f16\":\"AHw=\"}", .vector(nil), .dataException),
            ("{\"$i8\":\"AA==\"}", .vector(nil), .notSupported),
            ("{\"$sparse\":{}}", .unknown, .notSupported),
            ("{\"$bits\":\"8A==\",\"n\":9}", .unknown, .invalidText),
            ("{\"$bits\":\"8PA=\",\"n\":8}", .unknown, .invalidText),
            ("{\"$bits\":\"8A==\",\"n\":-9223372036854775808}", .unknown, .invalidText),
            ("{\"$bits\":\"8A==\"}", .vector(nil), .datatypeMismatch),
            ("[[1]]", .array(.array(.int)), .datatypeMismatch),
        ] as [(String, ValueType, DatabaseError.Code)])
    func refuses(text: String, type: ValueType, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) -> Value in
            var scanner = JSONScanner(text)
            return try ValueJSON.read(&scanner, as: type)
        }
    }

    @Test(
        "values print as compact JSON and read back",
        arguments: [
            (.null, .int, "null"), (.int(.min), .bigint, "-9223372036854775808"),
            (.double(1), .double, "1.0"), (.double(Double(Float(0.1))), .real, "0.1"),
            (.double(.infinity), .double, "\"Infinity\""), (.text("a\"\n"), .text, "\"a\\\"\\n\""),
            (
                .timestamp(Timestamp(microseconds: 1_500_000)), .timestamptz,
                "\"1970-01-01T00:00:01.5Z\""
            ),
            (.date(CalendarDate(days: 0)), .date, "\"1970-01-01\""),
            (.uuid(UUIDValue(high: 1, low: 2)), .uuid, "\"00000000-0000-0001-0000-000000000002\""),
            (
                .json(
                    .object(JSONObject([.init(key: "a", value: .array([.int(1), .double(2)]))]))),
                .jsonb, "{\"a\":[1,2.0]}"
            ),
            (.array([.int(1), .null]), .array(.int), "[1,null]"),
            (.array([.text("a,b")]), .array(.text), "[\"a,b\"]"),
            (.array([.double(Double(Float(0.1)))]), .array(.real), "[0.1]"),
        ] as [(Value, ValueType, String)])
    func prints(value: Value, type: ValueType, expected: String) throws {
        #expect(json(value, type) == expected)
        #expect(try ValueJSON.value(from: JSONParser.parse(expected), as: type) == value)
    }

    @Test(
        "vectors and bytes print in the form asked for",
        arguments: [
            (.vector([1, -0.5]), .vector(2), "{\"$f32\":\"AACAPwAAAL8=\"}", "[1,-0.5]", "null"),
            (
                .halfvec(HalfVector(bits: [0x3C00])), .halfvec(1), "{\"$f16\":\"ADw=\"}", "[1]",
                "null"
            ),
            (
                .bits(BitVector(count: 3, bytes: [0xA0])), .bit(3), "{\"$bits\":\"oA==\",\"n\":3}",
                "\"101\"", "null"
            ),
            (.bytes([0, 255]), .bytea, "{\"$bytes\":\"AP8=\"}", "\"\\\\x00ff\"", "\"\\\\x00ff\""),
        ] as [(Value, ValueType, String, String, String)])
    func forms(value: Value, type: ValueType, base64: String, plain: String, none: String) throws {
        #expect(json(value, type, .base64) == base64)
        #expect(json(value, type, .json) == plain)
        #expect(json(value, type, .none) == none)
        for text in [base64, plain] {
            #expect(try ValueJSON.value(from: JSONParser.parse(text), as: type) == value)
        }
    }

    @Test("random vectors survive both forms", arguments: 0..<4)
    func vectors(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for dimension in 1...100 {
            let components = (0..<dimension).map { _ in Float.random(in: -1...1, using: &generator)
            }
            for form in [ValueJSON.VectorForm.base64, .json] {
                var scanner = JSONScanner(json(.vector(components), .vector(nil), form))
                #expect(
                    try ValueJSON.read(&scanner, as: .vector(dimension)) == .vector(components),
                    "seed \(seed)")
            }
        }
    }

    private func json(
        _ value: Value, _ type: ValueType, _ form: ValueJSON.VectorForm = .base64
    ) -> String {
        var out: [UInt8] = []
        ValueJSON.appendJSON(of: value, as: type, into: &out, vectors: form)
        return String(decoding: out, as: UTF8.self)
    }
}
