/// Amounts as people write them: a whole number and a unit, `16MB` or `10 s`.
package enum Quantity {
    /// In powers of 1,024.
    package static let byteUnits = ["b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30]
    package static let millisecondUnits = ["ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000]

    /// The amount that `text` says in the smallest of `units`, which a number alone is taken for;
    /// `nil` where it says none, or one too large.
    package static func amount(_ text: String, _ units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let blank: (Character) -> Bool = { $0.isWhitespace }
        var unit = text.dropFirst(digits.count).drop(while: blank)
        while let last = unit.last, blank(last) { unit = unit.dropLast() }
        guard let amount = Int(digits), let factor = unit.isEmpty ? 1 : units[unit.lowercased()]
        else { return nil }
        let (number, overflow) = amount.multipliedReportingOverflow(by: factor)
        return overflow ? nil : number
    }
}
