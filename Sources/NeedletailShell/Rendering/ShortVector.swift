package import NeedletailCore
import NeedletailText

/// Vectors in a few characters, for people.
package enum ShortVector {
    /// Components shown before the rest is only counted.
    private static let shownComponents = 3
    /// Bits shown before the rest is only counted.
    private static let shownBits = 16

    /// `[0.12, -0.03, 0.55 … +381] ‖1.00‖`: the first components, how many more, and the length.
    package static func text(_ components: [Float]) -> String {
        let head = components.prefix(shownComponents).map { rounded($0) }.joined(separator: ", ")
        let hidden = components.count - shownComponents
        let rest = hidden > 0 ? " … +\(hidden)" : ""
        let squares = components.reduce(0.0) { $0 + Double($1) * Double($1) }
        return "[\(head)\(rest)] ‖\(DecimalText.fixed(squares.squareRoot(), places: 2))‖"
    }

    /// The first bits and how many more.
    package static func text(_ bits: BitVector) -> String {
        let shown = (0..<min(bits.count, shownBits)).map { bits[$0] ? "1" : "0" }.joined()
        let hidden = bits.count - shownBits
        return hidden > 0 ? "\(shown) … +\(hidden)" : shown
    }

    /// Two decimals, without needless zeros; very large and very small ones in powers of ten.
    private static func rounded(_ component: Float) -> String {
        let size = component.magnitude
        if size != 0, size < 0.005 || size >= 1e6 {
            return DecimalText.significant(Double(component), digits: 2)
        }
        return DecimalText.trimmed(DecimalText.fixed(Double(component), places: 2))
    }
}
