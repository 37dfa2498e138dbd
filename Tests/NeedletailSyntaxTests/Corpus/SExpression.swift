/// A tree as nested lists, for people and for comparison.
indirect enum SExpression {
    case atom(String)
    case list([SExpression])

    /// A list that starts with a word. Absent parts are left out.
    static func node(_ name: String, _ parts: [SExpression?]) -> SExpression {
        .list([.atom(name)] + parts.compactMap { $0 })
    }

    static func node(_ name: String, _ parts: SExpression?...) -> SExpression {
        node(name, parts)
    }

    /// A word where `condition` holds.
    static func flag(_ word: String, _ condition: Bool) -> SExpression? {
        condition ? .atom(word) : nil
    }

    private var line: String {
        switch self {
        case .atom(let text): text
        case .list(let parts): "(" + parts.map(\.line).joined(separator: " ") + ")"
        }
    }

    /// On one line where it fits 90 columns, otherwise one part a line.
    func rendered(indent: Int = 0) -> String {
        let flat = line
        guard case .list(let parts) = self, let first = parts.first,
            flat.count + indent > 90, parts.count > 1
        else { return flat }
        let blanks = String(repeating: " ", count: indent + 2)
        return "(" + first.rendered(indent: indent + 1)
            + parts.dropFirst().map { "\n\(blanks)" + $0.rendered(indent: indent + 2) }.joined()
            + ")"
    }
}
