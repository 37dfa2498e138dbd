/// Turns styles into terminal colours, or into nothing where colour is not wanted.
package struct Palette: Sendable, Hashable {
    package let isColoured: Bool

    package init(isColoured: Bool) { self.isColoured = isColoured }

    package static let plain = Palette(isColoured: false)

    /// `text` in `style`; always reset at its end.
    package func paint(_ text: String, _ style: TextStyle) -> String {
        guard isColoured, !text.isEmpty, let code = Self.code(style) else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    /// Codes of the 16-colour set, readable on light and dark backgrounds.
    private static func code(_ style: TextStyle) -> String? {
        switch style {
        case .plain: nil
        case .keyword: "1;34"
        case .string: "32"
        case .number: "36"
        case .comment, .faint: "2"
        case .parameter: "35"
        case .command: "1;35"
        case .prompt: "1"
        case .error: "1;31"
        }
    }
}
