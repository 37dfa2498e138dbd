/// An incremental search backwards through the history (Control-R).
package struct HistorySearch: Sendable, Hashable {
    /// What is looked for.
    package var needle = ""
    /// The entry that matches, or `nil` before the first character and where nothing matches.
    package var match: Int?
    /// Whether the last look found nothing.
    package var failed = false
    let original: EditBuffer
}

extension LineEditor {
    enum SearchStep {
        case done(Outcome)
        /// The search is over and the key is for the editor.
        case passOn
    }

    mutating func startSearch() {
        search = HistorySearch(original: buffer)
    }

    mutating func handleSearch(_ key: Key) -> SearchStep {
        switch key {
        case .text(let text), .paste(let text):
            search?.needle += text.split(separator: "\n").first.map(String.init) ?? ""
            return .done(look(before: (search?.match ?? history.entries.count - 1) + 1))
        case .backspace:
            guard search?.needle.isEmpty == false else { return .done(.bell) }
            search?.needle.removeLast()
            return .done(look(before: history.entries.count))
        case .control("r"):
            return .done(look(before: search?.match ?? history.entries.count))
        case .control("g"), .control("c"):
            if let original = search?.original { buffer = original }
            search = nil
            return .done(.draw)
        default:
            // Escape only leaves; any other key also does its work on what was found.
            if let match = search?.match { historyPosition = match }
            search = nil
            return key == .escape ? .done(.draw) : .passOn
        }
    }

    private mutating func look(before limit: Int) -> Outcome {
        guard let search, !search.needle.isEmpty else {
            self.search?.match = nil
            self.search?.failed = false
            return .draw
        }
        guard let found = history.lastIndex(containing: search.needle, before: limit) else {
            self.search?.failed = true
            return .bell
        }
        self.search?.match = found
        self.search?.failed = false
        let entry = history.entries[found]
        buffer = EditBuffer(entry)
        if let range = entry.firstRange(of: search.needle) {
            buffer.move(to: entry.distance(from: entry.startIndex, to: range.lowerBound))
        }
        return .draw
    }
}

extension String {
    /// The first place of `needle`, which must not be empty.
    func firstRange(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) {
                return start..<index(start, offsetBy: needle.count)
            }
            start = index(after: start)
        }
        return nil
    }
}
