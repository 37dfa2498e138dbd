/// Finds the word that somebody may have meant.
enum EditDistance {
    /// Steps from one word to the other: insert, delete or replace a byte, or swap two neighbours
    /// (the restricted distance of Damerau, 1964). ASCII case does not count.
    static func between(_ left: String, _ right: String) -> Int {
        let left = Array(Identifier.folded(left).utf8)
        let right = Array(Identifier.folded(right).utf8)
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let cost = left[row] == right[column] ? 0 : 1
                var best = min(
                    previous[column] + cost, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            beforePrevious = previous
            previous = current
        }
        return previous.last ?? 0
    }

    /// The first of the keywords that are nearest to `word`, if one is near enough: one step for
    /// short words, two from six letters on.
    static func nearest(to word: String, among keywords: some Sequence<Keyword>) -> Keyword? {
        let length = word.utf8.count
        guard length >= 2, length <= 2 * Keyword.longestBytes else { return nil }
        var best: (keyword: Keyword, distance: Int)?
        for keyword in keywords where keyword.rawValue.utf8.count >= 2 {
            let distance = between(word, keyword.rawValue)
            if distance > 0, distance < best?.distance ?? .max { best = (keyword, distance) }
        }
        guard let best, best.distance <= (length >= 6 ? 2 : 1), best.distance < length - 1 else {
            return nil
        }
        return best.keyword
    }
}
