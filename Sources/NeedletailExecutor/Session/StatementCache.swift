import NeedletailCore

/// Statements parsed before, by their text.
///
/// A text is kept from its second use on: one with its values written into it is rarely seen again
/// and would only push out others. What was not used for as long as it takes for
/// ``Limits/cachedStatementsMax`` others to come is forgotten.
struct StatementCache {
    private var recent: [String: PreparedText] = [:]
    private var older: [String: PreparedText] = [:]
    /// Hashes of texts used once, recently.
    private var seen: Set<Int> = []
    /// Longer texts are most likely bulk data.
    private static let textBytesMax = 16_384

    mutating func lookUp(_ text: String) -> PreparedText? {
        if let found = recent[text] { return found }
        guard let found = older[text] else { return nil }
        keep(found)
        return found
    }

    mutating func remember(_ prepared: PreparedText) {
        guard prepared.text.utf8.count <= Self.textBytesMax else { return }
        let hash = prepared.text.hashValue
        guard seen.remove(hash) != nil else {
            if seen.count >= 4 * Limits.cachedStatementsMax {
                seen.removeAll(keepingCapacity: true)
            }
            seen.insert(hash)
            return
        }
        keep(prepared)
    }

    private mutating func keep(_ prepared: PreparedText) {
        if recent.count >= Limits.cachedStatementsMax {
            older = recent
            recent = [:]
        }
        recent[prepared.text] = prepared
    }
}
