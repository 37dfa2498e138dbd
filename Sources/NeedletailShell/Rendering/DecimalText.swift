#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers rounded for people. What programs read is never rounded.
package enum DecimalText {
    /// `places` digits after the point.
    package static func fixed(_ value: Double, places: Int) -> String {
        format("%.\(places)f", value)
    }

    /// At most `digits` significant digits, in powers of ten where that is shorter.
    package static func significant(_ value: Double, digits: Int) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return format("%.\(digits)g", value)
    }

    /// Without zeros at the end of the fraction.
    package static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var end = text.endIndex
        while end > text.startIndex, text[text.index(before: end)] == "0" {
            end = text.index(before: end)
        }
        if end > text.startIndex, text[text.index(before: end)] == "." {
            end = text.index(before: end)
        }
        return text[..<end] == "-0" ? "0" : String(text[..<end])
    }

    /// `39412` as `39,412`.
    package static func grouped(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// A duration with about three digits: `0.21 ms`, `35.1 ms`, `2.35 s`, `3:07 min`.
    package static func duration(nanoseconds: Int64) -> String {
        let milliseconds = Double(max(nanoseconds, 0)) / 1e6
        if milliseconds < 10 { return fixed(milliseconds, places: 2) + " ms" }
        if milliseconds < 100 { return fixed(milliseconds, places: 1) + " ms" }
        if milliseconds < 1_000 { return fixed(milliseconds, places: 0) + " ms" }
        if milliseconds < 60_000 { return fixed(milliseconds / 1_000, places: 2) + " s" }
        return clock(seconds: Int(milliseconds / 1_000)) + " min"
    }

    /// Minutes and seconds, with hours where there are any: `0:01`, `12:30`, `1:02:03`.
    package static func clock(seconds: Int) -> String {
        let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        let (minutes, rest) = (seconds / 60, seconds % 60)
        if minutes < 60 { return "\(minutes):\(two(rest))" }
        return "\(minutes / 60):\(two(minutes % 60)):\(two(rest))"
    }

    private static func format(_ pattern: String, _ value: Double) -> String {
        // The largest double has 309 digits before the point.
        var bytes = [CChar](repeating: 0, count: 352)
        let length = withVaList([value]) { arguments in
            // SAFETY: the buffer's real size is passed, and the pattern takes the one double given.
            vsnprintf(&bytes, bytes.count, pattern, arguments)
        }
        let written = min(max(Int(length), 0), bytes.count - 1)
        return String(decoding: bytes[..<written].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
