import NeedletailCore
import NeedletailText
import Testing

@Suite struct ValueTextTests {
    @Test(
        "text reads as a value and prints in its normal form",
        arguments: [
            (.boolean, " TRUE", "true"), (.boolean, "of", "false"), (.boolean, "1", "true"),
            (.smallint, " -5 ", "-5"), (.real, "0.1", "0.1"), (.real, "16777217", "1.6777216e+07"),
            (.double, "1e20", "1e+20"), (.double, "-inf", "-Infinity"), (.text, " a ", " a "),
            (.bytea, "\\x00 FF", "\\x00ff"), (.bytea, "a\\\\b\\001", "\\x615c6201"),
            (.bytea, "", "\\x"),
            (.timestamptz, "2026-01-01", "2026-01-01 00:00:00+00"),
            (.timestamptz, "2026-01-01T09:30:00.250Z", "2026-01-01 09:30:00.25+00"),
            (.timestamptz, "2026-01-01 09:30+02", "2026-01-01 07:30:00+00"),
            (.timestamptz, "2026-01-01 00:30:00 -0330", "2026-01-01 04:00:00+00"),
            (.timestamptz, "1969-12-31 23:59:59.9999994", "1969-12-31 23:59:59.999999+00"),
            (.timestamptz, "2025-12-31 24:00:00", "2026-01-01 00:00:00+00"),
            (.timestamptz, "2025-12-31 23:59:59.9999995", "2026-01-01 00:00:00+00"),
            (.timestamptz, "0044-03-15 12:00:00+00 BC", "0044-03-15 12:00:00+00 BC"),
            (.timestamptz, "2026-01-01 10:00 utc", "2026-01-01 10:00:00+00"),
            (.date, "2024-02-29", "2024-02-29"), (.date, "0001-1-1 bc", "0001-01-01 BC"),
            (.uuid, "{A0EEBC999C0B4EF8BB6D6BB9BD380A11}", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            (
                .uuid, "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
                "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
            ),
            (.jsonb, "{\"b\":1, \"a\":2.5}", "{\"a\": 2.5, \"b\": 1}"),
            (
                .array(.text), "{a,\"b c\",NULL,\"NULL\",\"\",\"x\\\"y\\\\\"}",
                "{a,\"b c\",NULL,\"NULL\",\"\",\"x\\\"y\\\\\"}"
            ),
            (.array(.text), " { a b , c\\,d } ", "{\"a b\",\"c,d\"}"), (.array(.int), "{}", "{}"),
            (.array(.int), "{1, 2,null}", "{1,2,NULL}"), (.array(.boolean), "{t,no}", "{t,f}"),
            (.array(.real), "{0.1}", "{0.1}"),
            (.array(.timestamptz), "{\"2026-01-01 00:00\"}", "{\"2026-01-01 00:00:00+00\"}"),
            (.array(.bytea), "{\"\\\\x01\"}", "{\"\\\\x01\"}"),
            (.vector(3), " [1, 2.50 ,3e-2] ", "[1,2.5,0.03]"),
            (.vector(nil), "[-0,1e-60]", "[-0,0]"),
            (.halfvec(2), "[0.1,65504]", "[0.099975586,65504]"), (.bit(4), "0101", "0101"),
            (.bit(nil), "b101", "101"), (.bit(12), "xF0a", "111100001010"),
        ] as [(ValueType, String, String)])
    func reads(type: ValueType, text: String, expected: String) throws {
        let value = try ValueText.parse(text, as: type)
        let printed = ValueText.text(of: value, as: type)
        #expect(printed == expected)
        #expect(try ValueText.parse(printed, as: type) == value)
    }

    @Test(
        "text that does not fit is refused with the right code",
        arguments: [
            (.boolean, "maybe", .invalidText), (.boolean, "o", .invalidText),
            (.real, "1e39", .numericOutOfRange), (.real, "1e-60", .numericOutOfRange),
            (.bytea, "\\x0", .invalidText), (.bytea, "\\xzz", .invalidText),
            (.bytea, "\\9", .invalidText), (.bytea, "\\777", .invalidText),
            (.bytea, "a\\", .invalidText),
            (.timestamptz, "yesterday", .invalidDatetime), (.timestamptz, "", .invalidDatetime),
            (.timestamptz, "2026-01-01 9", .invalidDatetime),
            (.timestamptz, "2026-13-01", .datetimeOverflow),
            (.timestamptz, "2026-02-29 00:00", .datetimeOverflow),
            (.timestamptz, "2026-01-01 24:01", .datetimeOverflow),
            (.timestamptz, "2026-01-01 10:60", .datetimeOverflow),
            (.timestamptz, "2026-01-01 10:00+20", .datetimeOverflow),
            (.timestamptz, "294247-01-11", .datetimeOverflow),
            (.timestamptz, "999999-01-01", .datetimeOverflow),
            (.timestamptz, "2026-01-01 10:00x", .invalidDatetime),
            (.date, "2026-01-01 10:00", .invalidDatetime), (.date, "0000-01-01", .datetimeOverflow),
            (.date, "26-01-01", .invalidDatetime),
            (.uuid, "a0eebc99", .invalidText),
            (.uuid, "a0eebc999c0b4ef8bb6d6bb9bd380a1g", .invalidText),
            (.uuid, "--a0eebc999c0b4ef8bb6d6bb9bd380a11", .invalidText),
            (.jsonb, "{", .invalidJSON), (.array(.int), "1,2", .invalidText),
            (.array(.int), "{1,,2}", .invalidText), (.array(.int), "{1,2", .invalidText),
            (.array(.int), "{{1},{2}}", .notSupported), (.array(.text), "{\"a}", .invalidText),
            (.array(.text), "{a\"b}", .invalidText), (.array(.text), "{\"a\"b}", .invalidText),
            (.array(.int), "{a}", .invalidText), (.array(.text), "{a\\}", .invalidText),
            (.vector(3), "[1,2]", .dataException), (.vector(nil), "[]", .dataException),
            (.vector(nil), "[1,NaN]", .dataException),
            (.vector(nil), "[-Infinity]", .dataException),
            (.vector(nil), "[4e38]", .numericOutOfRange), (.vector(nil), "1,2", .invalidText),
            (.vector(nil), "[1,2", .invalidText), (.vector(nil), "[1,,2]", .invalidText),
            (.vector(nil), "[1 2]", .invalidText), (.vector(nil), "[1,]", .invalidText),
            (.vector(nil), "[", .invalidText), (.vector(nil), "[a]", .invalidText),
            (.halfvec(nil), "[65520]", .numericOutOfRange), (.bit(3), "01", .dataException),
            (.bit(nil), "012", .invalidText), (.bit(nil), "", .dataException),
        ] as [(ValueType, String, DatabaseError.Code)])
    func refuses(type: ValueType, text: String, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) in try ValueText.parse(text, as: type) }
    }

    @Test("a wrong dimension says both")
    func dimensions() {
        let error = expectRefusal(.dataException) { () throws(DatabaseError) in
            try ValueText.parse("[1,2]", as: .vector(3))
        }
        #expect(error?.message == "expected 3 dimensions, not 2")
    }

    @Test(
        "vectors beyond the limit are refused", arguments: [ValueType.vector(nil), .halfvec(nil)])
    func limit(type: ValueType) throws {
        func literal(_ count: Int) -> String {
            "[" + repeatElement("1", count: count).joined(separator: ",") + "]"
        }
        _ = try ValueText.parse(literal(Limits.dimensionMax), as: type)
        expectRefusal(.programLimit) { () throws(DatabaseError) in
            try ValueText.parse(literal(Limits.dimensionMax + 1), as: type)
        }
    }

    @Test("any moment prints and reads back", arguments: 0..<4)
    func moments(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<5_000 {
            // 4713 BC to 294246.
            let microseconds = Int64.random(
                in: -210_000_000_000_000_000...9_223_371_331_200_000_000, using: &generator)
            let value = Value.timestamp(Timestamp(microseconds: microseconds))
            #expect(
                try ValueText.parse(ValueText.text(of: value), as: .timestamptz) == value,
                "seed \(seed)")
        }
    }

    @Test("the extremes of 64 bits print without trapping", arguments: [Int64.min, .max])
    func extremes(microseconds: Int64) {
        #expect(!ValueText.text(of: .timestamp(Timestamp(microseconds: microseconds))).isEmpty)
    }

    @Test("mutated literals never trap")
    func fuzz() {
        let types: [ValueType] = [
            .vector(nil), .vector(3), .halfvec(nil), .bit(nil), .array(.text), .array(.int),
            .timestamptz, .date, .uuid, .bytea, .double, .real, .bigint, .boolean,
        ]
        let samples = [
            "[1,2.5,-3e-2]", "[0.023456789553165436, 1e10 ,NaN]", "0101", "{a,\"b c\",NULL}",
            "{1,2,3}", "2026-01-01T09:30:00.123456+02:00", "0044-03-15 12:00 BC", "\\x00ff",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "-123.456e+78", "a\\\\b\\001", "true",
        ]
        Fuzzing.run("literals", samples: samples) { bytes throws(DatabaseError) in
            let text = String(decoding: bytes, as: UTF8.self)
            var refusal: DatabaseError?
            var accepted = 0
            for type in types {
                do throws(DatabaseError) {
                    let value = try ValueText.parse(text, as: type)
                    accepted += 1
                    let again = try? ValueText.parse(ValueText.text(of: value, as: type), as: type)
                    #expect(
                        again.map { Self.isSame($0, value) } == true, "\(text) as \(type)")
                } catch { refusal = error }
            }
            if accepted == 0, let refusal { throw refusal }
        }
    }

    /// Whether both are one value; NaN is one here.
    private static func isSame(_ left: Value, _ right: Value) -> Bool {
        if case .double(let left) = left, case .double(let right) = right, left.isNaN {
            return right.isNaN
        }
        return left == right
    }
}
