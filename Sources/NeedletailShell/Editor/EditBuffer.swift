/// The text under edit and the cursor in it, in grapheme clusters.
///
/// Every operation keeps `0 <= cursor <= characters.count` and leaves the text as clusters a
/// terminal would show, even when a combining mark is typed after its letter.
package struct EditBuffer: Sendable, Hashable {
    package private(set) var characters: [Character]
    /// Index of the character the cursor is on; `characters.count` at the end.
    package private(set) var cursor: Int

    package init(_ text: String = "") {
        characters = Array(text.withUnixLineEnds)
        cursor = characters.count
    }

    package var text: String { String(characters) }
    package var textBeforeCursor: String { String(characters[..<cursor]) }
    package var isEmpty: Bool { characters.isEmpty }

    /// Moves the cursor, clamped to the text.
    package mutating func move(to position: Int) {
        cursor = min(max(position, 0), characters.count)
    }

    /// Inserts at the cursor and moves past it. Control characters other than line ends and tabs
    /// are dropped.
    package mutating func insert(_ text: String) {
        let clean = String(String.UnicodeScalarView(text.unicodeScalars.filter(Self.isAccepted)))
        guard !clean.isEmpty else { return }
        // Neighbours take part, because new scalars may join their clusters.
        let start = max(cursor - 1, 0)
        let end = min(cursor + 1, characters.count)
        let head = String(characters[start..<cursor]) + clean
        let joined = Array(head + String(characters[cursor..<end]))
        characters.replaceSubrange(start..<end, with: joined)
        cursor = start + head.count
    }

    private static func isAccepted(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\t" || (scalar.value >= 0x20 && scalar.value != 0x7F)
    }

    /// Removes a stretch, leaving the cursor at its start, and returns it.
    @discardableResult
    package mutating func remove(_ range: Range<Int>) -> String {
        let clamped = range.clamped(to: 0..<characters.count)
        let removed = String(characters[clamped])
        // What met may join (a letter and a mark after it), so the text is cut into clusters anew.
        let head = String(characters[..<clamped.lowerBound])
        let tail = String(characters[clamped.upperBound...])
        characters = Array(head + tail)
        cursor = min(head.count, characters.count)
        return removed
    }

    /// Exchanges the two characters around the cursor (at the end: the two before it).
    package mutating func transpose() -> Bool {
        let right = cursor == characters.count ? cursor - 1 : cursor
        guard right >= 1 else { return false }
        characters.swapAt(right - 1, right)
        cursor = right + 1
        return true
    }
}

// MARK: - Words and lines

extension EditBuffer {
    /// Start of the line the cursor is in.
    package var lineStart: Int {
        (characters[..<cursor].lastIndex(of: "\n") ?? -1) + 1
    }

    /// End of the line the cursor is in, before its line end.
    package var lineEnd: Int {
        characters[cursor...].firstIndex(of: "\n") ?? characters.count
    }

    /// Where the word before the cursor starts; words are letters, digits and underscores.
    package var wordStart: Int {
        var position = cursor
        while position > 0, !Self.isWord(characters[position - 1]) { position -= 1 }
        while position > 0, Self.isWord(characters[position - 1]) { position -= 1 }
        return position
    }

    /// Where the word after the cursor ends.
    package var wordEnd: Int {
        var position = cursor
        while position < characters.count, !Self.isWord(characters[position]) { position += 1 }
        while position < characters.count, Self.isWord(characters[position]) { position += 1 }
        return position
    }

    /// Where the stretch without white space before the cursor starts.
    package var blankSeparatedStart: Int {
        var position = cursor
        while position > 0, characters[position - 1].isWhitespace { position -= 1 }
        while position > 0, !characters[position - 1].isWhitespace { position -= 1 }
        return position
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// Moves to the line above, same column where it has one. False on the first line.
    package mutating func moveUp() -> Bool {
        let start = lineStart
        guard start > 0 else { return false }
        let column = cursor - start
        cursor = start - 1
        cursor = min(lineStart + column, start - 1)
        return true
    }

    /// Moves to the line below, same column where it has one. False on the last line.
    package mutating func moveDown() -> Bool {
        let end = lineEnd
        guard end < characters.count else { return false }
        let column = cursor - lineStart
        cursor = end + 1
        cursor = min(cursor + column, lineEnd)
        return true
    }
}
