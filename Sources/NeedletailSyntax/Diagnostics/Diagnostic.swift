package import NeedletailCore

/// An error as a person reads it: the message, the line it is about, a mark under the place, the
/// hint.
package struct Diagnostic: Sendable, Hashable {
    /// Where the place is, both from 1; columns count characters.
    package struct Place: Sendable, Hashable {
        package let line: Int
        package let column: Int
        /// The line, tabs and control characters replaced, cut to about 100 columns.
        package let source: String
        /// Blanks and carets, as wide on a terminal as what they stand under.
        package let underline: String
    }

    package let error: DatabaseError
    /// `nil` where the error has no position.
    package let place: Place?

    /// - Parameter text: the statement that `error` counts its position in.
    package init(_ error: DatabaseError, in text: String) {
        self.error = error
        place = error.position.map { Self.place($0, Array(text.utf8)) }
    }

    /// ```
    /// ERROR 42703: column "titel" does not exist
    /// LINE 1:8: SELECT titel FROM docs
    ///                  ^^^^^
    /// HINT: Did you mean "title"?
    /// ```
    package var lines: [String] {
        var lines = ["ERROR \(error.code.rawValue): \(error.message)"]
        if let place {
            let label = "LINE \(place.line):\(place.column): "
            lines.append(label + place.source)
            lines.append(String(repeating: " ", count: label.count) + place.underline)
        }
        if let hint = error.hint { lines.append("HINT: \(hint)") }
        return lines
    }

    private static func place(_ position: SourceRange, _ bytes: [UInt8]) -> Place {
        var lower = min(max(0, position.lower), bytes.count)
        var upper = min(max(lower, position.upper), bytes.count)
        if bytes[lower...].allSatisfy(isBlank) {
            // The end of the text: point behind its last word.
            while lower > 0, isBlank(bytes[lower - 1]) { lower -= 1 }
            upper = lower
        }
        let lineStart = bytes[..<lower].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let lineEnd = bytes[lower...].firstIndex(of: 0x0A) ?? bytes.count
        let before = String(decoding: bytes[lineStart..<lower], as: UTF8.self)
        let marked = String(decoding: bytes[lower..<min(upper, lineEnd)], as: UTF8.self)
        let after = String(decoding: bytes[min(upper, lineEnd)..<lineEnd], as: UTF8.self)
        let line = bytes[..<lineStart].reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let window = SourceWindow(before: before, marked: marked, after: after)
        return Place(
            line: line, column: before.count + 1, source: window.source,
            underline: window.underline)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }
}
