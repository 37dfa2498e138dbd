extension LineEditor {
    /// Completes as far as all candidates agree; shows them where that is no progress.
    mutating func complete() -> Outcome {
        let before = buffer.textBeforeCursor
        let after = String(buffer.characters[buffer.cursor...])
        let completion = language.completion(before: before, after: after)
        guard let first = completion.candidates.first else { return .bell }
        let typed = String(before.suffix(completion.replaced))
        if completion.candidates.count == 1 {
            let needsSuffix = !after.hasPrefix(completion.suffix)
            replace(completion.replaced, with: first + (needsSuffix ? completion.suffix : ""))
            return .draw
        }
        let common = completion.candidates.dropFirst().reduce(first) { $0.commonPrefix(with: $1) }
        if common.count > typed.count {
            replace(completion.replaced, with: common)
        } else {
            candidates = completion.candidates
        }
        return .draw
    }

    private mutating func replace(_ count: Int, with text: String) {
        buffer.remove(buffer.cursor - count..<buffer.cursor)
        buffer.insert(text)
    }
}

extension String {
    /// What both start with, letter case aside; spelt as in this one.
    fileprivate func commonPrefix(with other: String) -> String {
        let same = zip(self, other).prefix { $0.lowercased() == $1.lowercased() }
        return String(same.map(\.0))
    }
}
