extension SlotBitmap {
    /// Keeps what is also in `other`.
    package mutating func formIntersection(_ other: SlotBitmap) {
        withWords { words in
            let shared = min(words.count, other.words.count)
            words.removeLast(words.count - shared)
            for index in 0..<shared { words[index] &= other.words[index] }
        }
    }

    /// Adds what is in `other`.
    package mutating func formUnion(_ other: SlotBitmap) {
        grow(toWords: other.words.count)
        withWords { words in
            for index in other.words.indices { words[index] |= other.words[index] }
        }
    }

    /// Removes what is in `other`.
    package mutating func subtract(_ other: SlotBitmap) {
        withWords { words in
            for index in 0..<min(words.count, other.words.count) {
                words[index] &= ~other.words[index]
            }
        }
    }

    /// Slots in both.
    package func intersection(_ other: SlotBitmap) -> SlotBitmap {
        var result = self
        result.formIntersection(other)
        return result
    }

    /// Slots in either.
    package func union(_ other: SlotBitmap) -> SlotBitmap {
        var result = self
        result.formUnion(other)
        return result
    }

    /// Slots here and not in `other`.
    package func subtracting(_ other: SlotBitmap) -> SlotBitmap {
        var result = self
        result.subtract(other)
        return result
    }

    /// How many slots are in both, without making the intersection.
    package func intersectionCount(_ other: SlotBitmap) -> Int {
        var total = 0
        for index in 0..<min(words.count, other.words.count) {
            total += (words[index] & other.words[index]).nonzeroBitCount
        }
        return total
    }

    /// Whether any slot is in both.
    package func intersects(_ other: SlotBitmap) -> Bool {
        for index in 0..<min(words.count, other.words.count)
        where words[index] & other.words[index] != 0 {
            return true
        }
        return false
    }
}
