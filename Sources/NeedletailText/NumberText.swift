import NeedletailCore

/// Numbers as PostgreSQL writes them: the fewest digits that read back as the same number, no
/// `.0`, an exponent of at least two digits (`1e+20`), and `NaN`, `Infinity`, `-0`.
package enum NumberText {
    package static func text(_ value: Double) -> String {
        var out: [UInt8] = []
        append(value, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    package static func text(_ value: Float) -> String {
        var out: [UInt8] = []
        append(value, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends at most 24 bytes.
    package static func append(_ value: Double, into out: inout [UInt8]) {
        guard value.isFinite else { return appendSpecial(value, into: &out) }
        // Integers below 1e15 need no shortest-digits search.
        if value.magnitude < 1e15, value == value.rounded(.towardZero),
            value != 0 || value.sign == .plus
        {
            return append(Int64(value), into: &out)
        }
        appendShortest(value.description, exponentFrom: 15, into: &out)
    }

    /// Appends at most 16 bytes.
    package static func append(_ value: Float, into out: inout [UInt8]) {
        guard value.isFinite else { return appendSpecial(Double(value), into: &out) }
        appendShortest(value.description, exponentFrom: 6, into: &out)
    }

    package static func append(_ value: Int64, into out: inout [UInt8]) {
        var rest = value.magnitude
        if value < 0 { out.append(UInt8(ascii: "-")) }
        let first = out.count
        repeat {
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest != 0
        out[first...].reverse()
    }

    private static func appendSpecial(_ value: Double, into out: inout [UInt8]) {
        if value.isNaN {
            out.append(contentsOf: "NaN".utf8)
        } else {
            out.append(contentsOf: (value < 0 ? "-Infinity" : "Infinity").utf8)
        }
    }

    /// Rewrites Swift's shortest form, which chooses other places for the exponent and keeps `.0`.
    private static func appendShortest(
        _ swift: String, exponentFrom: Int, into out: inout [UInt8]
    ) {
        // Digits as they stand, zeros in front included: at most 21 or so.
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { digits in
            // SAFETY: `digits` has 24 bytes, and `count` stops there.
            var count = 0
            var pointPlace: Int?
            var written = 0
            var isExponent = false
            var isDown = false
            for byte in swift.utf8 {
                switch byte {
                case UInt8(ascii: "-") where isExponent: isDown = true
                case UInt8(ascii: "-"): out.append(byte)
                case UInt8(ascii: "."): pointPlace = count
                case UInt8(ascii: "e"): isExponent = true
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    if isExponent {
                        written = written * 10 + Int(byte - UInt8(ascii: "0"))
                    } else if count < digits.count {
                        digits[count] = byte
                        count += 1
                    }
                default: break
                }
            }
            let point = (pointPlace ?? count) + (isDown ? -written : written)
            appendDigits(digits, count, point: point, exponentFrom: exponentFrom, into: &out)
        }
    }

    /// Appends `0.digits * 10^point`, dropping zeros at both ends.
    private static func appendDigits(
        _ digits: UnsafeMutableRawBufferPointer, _ count: Int, point: Int, exponentFrom: Int,
        into out: inout [UInt8]
    ) {
        let zero = UInt8(ascii: "0")
        var first = 0
        var last = count
        while first < last, digits[first] == zero { first += 1 }
        while last > first, digits[last - 1] == zero { last -= 1 }
        guard first < last else { return out.append(zero) }
        let exponent = point - first - 1
        let length = last - first
        if exponent < -4 || exponent >= exponentFrom {
            out.append(digits[first])
            if length > 1 {
                out.append(UInt8(ascii: "."))
                out.append(contentsOf: digits[first + 1..<last])
            }
            out.append(UInt8(ascii: "e"))
            out.append(UInt8(ascii: exponent < 0 ? "-" : "+"))
            if abs(exponent) < 10 { out.append(zero) }
            append(Int64(abs(exponent)), into: &out)
        } else if exponent < 0 {
            out.append(contentsOf: [zero, UInt8(ascii: ".")])
            out.append(contentsOf: repeatElement(zero, count: -exponent - 1))
            out.append(contentsOf: digits[first..<last])
        } else if length <= exponent + 1 {
            out.append(contentsOf: digits[first..<last])
            out.append(contentsOf: repeatElement(zero, count: exponent + 1 - length))
        } else {
            out.append(contentsOf: digits[first..<first + exponent + 1])
            out.append(UInt8(ascii: "."))
            out.append(contentsOf: digits[first + exponent + 1..<last])
        }
    }
}
