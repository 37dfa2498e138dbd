/// A decimal number as it was written: sign, significant digits and a power of ten.
///
/// Its value is `mantissa * 10^exponent`, exactly, unless `isTruncated`.
struct DecimalNumber {
    /// What counts as a number.
    enum Grammar {
        /// RFC 8259: no plus sign, no leading zeros, digits on both sides of the point.
        case json
        /// SQL input: `+1`, `007`, `1.` and `.5` are numbers too.
        case sql
    }

    var isNegative = false
    /// The first 19 significant digits.
    var mantissa: UInt64 = 0
    var exponent = 0
    /// More than 19 significant digits were written.
    var isTruncated = false
    /// Written without a point and without an exponent.
    var isInteger = true
    /// Offset just past the last byte.
    var end = 0

    /// Reads the longest number that starts at `start`.
    ///
    /// On failure, `nil`, and `failure` tells which byte cannot continue a number.
    static func scan(
        _ bytes: [UInt8], from start: Int, end: Int, grammar: Grammar, failure: inout Int
    ) -> DecimalNumber? {
        var number = DecimalNumber()
        var position = start
        if position < end, bytes[position] == UInt8(ascii: "-") {
            number.isNegative = true
            position += 1
        } else if grammar == .sql, position < end, bytes[position] == UInt8(ascii: "+") {
            position += 1
        }
        let whole = position
        var significant = 0
        number.takeDigits(bytes, &position, end, &significant, afterPoint: false)
        let wholeDigits = position - whole
        var fractionDigits = 0
        if grammar == .json, wholeDigits > 1, bytes[whole] == UInt8(ascii: "0") {
            failure = whole + 1
            return nil
        }
        if position < end, bytes[position] == UInt8(ascii: "."),
            grammar == .sql || wholeDigits > 0
        {
            position += 1
            number.isInteger = false
            let fraction = position
            number.takeDigits(bytes, &position, end, &significant, afterPoint: true)
            fractionDigits = position - fraction
        }
        let isMissingDigits =
            switch grammar {
            case .json: wholeDigits == 0 || (!number.isInteger && fractionDigits == 0)
            case .sql: wholeDigits + fractionDigits == 0
            }
        guard !isMissingDigits, number.takeExponent(bytes, &position, end) else {
            failure = position
            return nil
        }
        number.end = position
        return number
    }

    @inline(__always)
    private mutating func takeDigits(
        _ bytes: [UInt8], _ position: inout Int, _ end: Int, _ significant: inout Int,
        afterPoint: Bool
    ) {
        while position < end {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            if significant < 19 {
                // Nineteen nines fit 64 bits, so this cannot overflow.
                mantissa = mantissa &* 10 &+ UInt64(digit)
                if mantissa != 0 { significant += 1 }
                if afterPoint { exponent -= 1 }
            } else {
                isTruncated = true
                if !afterPoint { exponent += 1 }
            }
            position += 1
        }
    }

    /// Reads `e+12` if it is there. False if an exponent starts and has no digits.
    private mutating func takeExponent(
        _ bytes: [UInt8], _ position: inout Int, _ end: Int
    ) -> Bool {
        guard position < end, bytes[position] | 0x20 == UInt8(ascii: "e") else { return true }
        position += 1
        isInteger = false
        var isDown = false
        if position < end,
            bytes[position] == UInt8(ascii: "-") || bytes[position] == UInt8(ascii: "+")
        {
            isDown = bytes[position] == UInt8(ascii: "-")
            position += 1
        }
        let first = position
        var written = 0
        while position < end {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            // Saturates: beyond a billion no double is left, however long the mantissa.
            if written < 1_000_000_000 { written = written * 10 + Int(digit) }
            position += 1
        }
        exponent += isDown ? -written : written
        return position > first
    }
}
