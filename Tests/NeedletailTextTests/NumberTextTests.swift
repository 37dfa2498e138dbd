import NeedletailCore
import NeedletailText
import Testing

@Suite struct NumberTextTests {
    @Test(
        "doubles print as PostgreSQL prints them",
        arguments: [
            (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (0.0001, "0.0001"),
            (0.00001, "1e-05"), (1e14, "100000000000000"), (1e15, "1e+15"), (1e20, "1e+20"),
            (123_456_789_012_345, "123456789012345"), (1.5e300, "1.5e+300"),
            (1_234_567_890_123_456, "1.234567890123456e+15"), (.leastNonzeroMagnitude, "5e-324"),
            (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.nan, "NaN"),
            (.infinity, "Infinity"), (-.infinity, "-Infinity"), (123.456, "123.456"),
            (0.30000000000000004, "0.30000000000000004"),
        ] as [(Double, String)])
    func doubles(value: Double, text: String) {
        #expect(NumberText.text(value) == text)
    }

    @Test(
        "floats print as PostgreSQL prints them",
        arguments: [
            (0.1, "0.1"), (123_456, "123456"), (1_000_000, "1e+06"), (1_234_567, "1.234567e+06"),
            (16_777_216, "1.6777216e+07"), (-0.0, "-0"), (1e-5, "1e-05"), (0.3, "0.3"),
            (3.4028235e38, "3.4028235e+38"), (1.5, "1.5"),
        ] as [(Float, String)])
    func floats(value: Float, text: String) {
        #expect(NumberText.text(value) == text)
    }

    @Test("any double survives its text", arguments: 0..<8)
    func doubleRoundTrip(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard !value.isNaN else { continue }
            let read = try NumberText.parseDouble(NumberText.text(value))
            #expect(read.bitPattern == value.bitPattern, "seed \(seed)")
        }
    }

    @Test("any float survives its text", arguments: 0..<8)
    func floatRoundTrip(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            let value = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
            guard !value.isNaN else { continue }
            let read = try NumberText.parseReal(NumberText.text(value))
            #expect(read.bitPattern == value.bitPattern, "seed \(seed)")
        }
    }

    @Test("decimals round to the same float and double as the standard library", arguments: 0..<8)
    func rounding(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<20_000 {
            let digits = String(generator.next() >> UInt64.random(in: 0..<60, using: &generator))
            let exponent = Int.random(in: -30...12, using: &generator)
            let text = "\(digits).\(generator.next() % 1_000)e\(exponent)"
            // The neighbourhood of a midpoint between two floats, where double rounding shows.
            let base = Float(
                bitPattern: UInt32.random(in: 0x3000_0000...0x5000_0000, using: &generator))
            let middle = (Double(base) + Double(base.nextUp)) / 2
            for text in [text, "\(middle)", "\(middle.nextUp)", "\(middle.nextDown)"] {
                #expect(try NumberText.parseReal(text) == Float(text), "seed \(seed): \(text)")
                #expect(try NumberText.parseDouble(text) == Double(text), "seed \(seed): \(text)")
            }
        }
    }

    @Test(
        "integers are read within their range",
        arguments: [
            (" 42 ", .smallint, 42), ("+7", .int, 7), ("-007", .bigint, -7),
            ("-9223372036854775808", .bigint, .min), ("9223372036854775807", .bigint, .max),
            ("00000000000000000000000000012", .int, 12), ("-32768", .smallint, -32_768),
        ] as [(String, ValueType, Int64)])
    func integers(text: String, type: ValueType, value: Int64) throws {
        #expect(try NumberText.parseInt(text, as: type) == value)
    }

    @Test(
        "integers out of range and other texts are refused",
        arguments: [
            ("32768", .smallint, .numericOutOfRange), ("2147483648", .int, .numericOutOfRange),
            ("9223372036854775808", .bigint, .numericOutOfRange),
            ("-9223372036854775809", .bigint, .numericOutOfRange),
            ("99999999999999999999999999", .bigint, .numericOutOfRange),
            ("", .int, .invalidText), (" ", .int, .invalidText), ("1.0", .int, .invalidText),
            ("1e3", .int, .invalidText), ("1 2", .int, .invalidText), ("abc", .int, .invalidText),
            ("-", .int, .invalidText), ("0x10", .int, .invalidText),
        ] as [(String, ValueType, DatabaseError.Code)])
    func refusedIntegers(text: String, type: ValueType, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) in
            try NumberText.parseInt(text, as: type)
        }
    }

    @Test(
        "doubles out of range and other texts are refused",
        arguments: [
            ("1e400", .numericOutOfRange), ("1e-400", .numericOutOfRange), ("", .invalidText),
            ("1,5", .invalidText), ("0x1p3", .invalidText), ("nano", .invalidText),
            ("1e", .invalidText), ("--1", .invalidText), (".", .invalidText),
        ] as [(String, DatabaseError.Code)])
    func refusedDoubles(text: String, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) in try NumberText.parseDouble(text) }
    }
}
