import NeedletailCore
import NeedletailText

/// Numbers as a person reads them.
enum CountText {
    /// Digits in groups of three: `1,234,567`.
    static func grouped(_ count: Int) -> String {
        let digits = String(count.magnitude)
        var out = count < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.utf8.count - place) % 3 == 0 { out.append(",") }
            out.append(digit)
        }
        return out
    }

    /// With `places` decimals.
    static func fixed(_ number: Double, places: Int) -> String {
        guard number.isFinite, abs(number) < 1e12 else { return "\(number)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let whole = Int64((abs(number) * scale).rounded())
        let (units, rest) = whole.quotientAndRemainder(dividingBy: Int64(scale))
        let sign = number < 0 && whole != 0 ? "-" : ""
        let digits = String(rest)
        guard places > 0 else { return "\(sign)\(units)" }
        return "\(sign)\(units)." + String(repeating: "0", count: places - digits.utf8.count)
            + digits
    }

    /// As a query shows it.
    static func distance(_ distance: Double) -> String {
        ValueText.text(of: .double(distance), as: .double)
    }

    /// `count` and a noun that follows it.
    static func plural(_ count: Int, _ one: String, _ many: String) -> String {
        count == 1 ? "1 \(one)" : "\(grouped(count)) \(many)"
    }
}
