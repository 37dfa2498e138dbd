/// What a stretch of text is, for colouring.
package enum TextStyle: Sendable, Hashable {
    case plain, keyword, string, number, comment, parameter, command
    case prompt, faint, error
}

/// A stretch of text in one style, in UTF-8 bytes.
package struct StyledRange: Sendable, Hashable {
    package var range: Range<Int>
    package var style: TextStyle

    package init(_ range: Range<Int>, _ style: TextStyle) {
        self.range = range
        self.style = style
    }
}

/// What could stand at the cursor.
package struct Completion: Sendable, Hashable {
    /// How many characters before the cursor are replaced.
    package var replaced: Int
    /// The texts that fit, in the order to show them.
    package var candidates: [String]
    /// What follows a candidate that was the only one, such as a space.
    package var suffix: String

    package init(replaced: Int, candidates: [String], suffix: String = " ") {
        self.replaced = replaced
        self.candidates = candidates
        self.suffix = suffix
    }

    package static let none = Completion(replaced: 0, candidates: [])
}

/// What the editor asks about the text it edits; it knows no SQL itself.
package protocol EditingLanguage: AnyObject {
    /// Whether Enter should hand the text over rather than start a new line.
    func isComplete(_ text: String) -> Bool
    /// The prompt of every line of `text`, all of one width; the first is the main prompt.
    func prompts(for text: String) -> [String]
    /// Styles of `text`, in order, without overlap; gaps are plain.
    func styles(for text: String) -> [StyledRange]
    /// What could stand between `before` and `after`.
    func completion(before: String, after: String) -> Completion
}
