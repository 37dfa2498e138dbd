package import NeedletailCore
import NeedletailText

/// One cell of a table, ready to be padded.
package struct Cell: Sendable, Hashable {
    package var text: String
    package var isNull: Bool

    package init(_ text: String, isNull: Bool = false) {
        self.text = text
        self.isNull = isNull
    }
}

/// Values as text, in the manner of one mode.
package struct CellText: Sendable {
    package enum Booleans: Sendable { case words, letters }
    package enum Breaks: Sendable {
        /// Kept, for the renderer to deal with.
        case kept
        /// Shown as a sign, so that a cell is one line.
        case signs
    }

    /// Significant digits of a rounded double.
    private static let roundedDigits = 6

    package var vectors: VectorStyle
    package var nullText: String
    package var booleans: Booleans
    /// Whether doubles are rounded to six digits.
    package var isRounded: Bool
    package var breaks: Breaks

    /// The text of `value` in a column of type `type`, safe to send to a terminal.
    package func cell(_ value: Value, type: ValueType) -> Cell {
        var cell = rawCell(value, type: type)
        cell.text = ControlSigns.visible(cell.text, breaks: breaks)
        return cell
    }

    /// The text of `value` as it is, for files and programs.
    package func rawCell(_ value: Value, type: ValueType) -> Cell {
        switch value {
        case .null: return Cell(nullText, isNull: true)
        case .bool(let flag) where booleans == .letters: return Cell(flag ? "t" : "f")
        case .double(let number) where isRounded:
            return Cell(DecimalText.significant(number, digits: Self.roundedDigits))
        case .vector(let components) where vectors == .short:
            return Cell(ShortVector.text(components))
        case .halfvec(let half) where vectors == .short:
            return Cell(ShortVector.text(HalfFloat.floats(half)))
        case .bits(let bits) where vectors == .short: return Cell(ShortVector.text(bits))
        case .vector(let components) where vectors == .none:
            return Cell("vector(\(components.count))")
        case .halfvec(let half) where vectors == .none: return Cell("halfvec(\(half.bits.count))")
        case .bits(let bits) where vectors == .none: return Cell("bit(\(bits.count))")
        case .text(let text): return Cell(text)
        default: return Cell(ValueText.text(of: value, as: type))
        }
    }
}

/// Makes control characters harmless, so that data cannot steer the terminal.
package enum ControlSigns {
    /// `text` with controls spelt out as `\x1B`, `\r`; tabs as spaces, line ends by `breaks`.
    package static func visible(_ text: String, breaks: CellText.Breaks) -> String {
        let isClean = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != 0xC2 }
        if isClean { return text }
        var shown = String.UnicodeScalarView()
        var column = 0
        for scalar in text.unicodeScalars {
            column += 1
            switch scalar.value {
            case 0x0A where breaks == .kept:
                shown.append(scalar)
                column = 0
            case 0x0A: shown.append("↵")
            case 0x09 where breaks == .kept:
                // Eight columns to a stop, as psql expands them.
                let spaces = 8 - (column - 1) % 8
                shown.append(contentsOf: repeatElement(" ", count: spaces))
                column += spaces - 1
            case 0x09: shown.append(" ")
            case 0x0D: shown.append(contentsOf: "\\r".unicodeScalars)
            case 0..<0x20, 0x7F..<0xA0:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let padded = digits.count < 2 ? "0" + digits : digits
                shown.append(contentsOf: "\\x\(padded)".unicodeScalars)
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }
}
