import NeedletailCore

/// Statements prepared before, by their text.
///
/// A text is kept from its second use on: one with its values written into it is rarely seen again
/// and would only push out others. What was not used for as long as it takes for
/// ``Limits/cachedStatementsMax`` others to come is forgotten.
struct StatementCache<Entry> {
    private var recent: [TextBytes: Entry] = [:]
    private var older: [TextBytes: Entry] = [:]
    /// Hashes of texts used once, recently.
    private var seen: Set<Int> = []
    /// Longer texts are most likely bulk data.
    private static var textBytesMax: Int { 16_384 }

    mutating func lookUp(_ text: String) -> Entry? {
        let text = TextBytes(text)
        if let found = recent[text] { return found }
        guard let found = older[text] else { return nil }
        keep(found, text)
        return found
    }

    /// - Parameter entry: called from the second use on.
    mutating func remember(_ text: String, _ entry: () -> Entry) {
        guard text.utf8.count <= Self.textBytesMax else { return }
        let hash = text.hashValue
        guard seen.remove(hash) != nil else {
            if seen.count >= 4 * Limits.cachedStatementsMax {
                seen.removeAll(keepingCapacity: true)
            }
            seen.insert(hash)
            return
        }
        keep(entry(), TextBytes(text))
    }

    private mutating func keep(_ entry: Entry, _ text: TextBytes) {
        if recent.count >= Limits.cachedStatementsMax {
            older = recent
            recent = [:]
        }
        recent[text] = entry
    }
}

extension StatementCache: Sendable where Entry: Sendable {}
