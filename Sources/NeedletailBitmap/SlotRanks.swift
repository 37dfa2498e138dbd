/// Where the slots of a set stand in its order, for arrays that have one element for each.
package struct SlotRanks: Sendable {
    private let words: [UInt64]
    /// Slots before each word.
    private let counts: [UInt32]
    /// How many slots are in the set.
    package let count: Int

    package init(_ slots: SlotBitmap) {
        words = slots.words
        var counts: [UInt32] = []
        counts.reserveCapacity(words.count)
        var count = 0
        for word in words {
            counts.append(UInt32(truncatingIfNeeded: count))
            count += word.nonzeroBitCount
        }
        self.counts = counts
        self.count = count
    }

    /// How many slots of the set are below `slot`; `nil` where it is not in the set.
    package func rank(of slot: UInt32) -> Int? {
        let place = Int(slot >> 6)
        guard place < words.count else { return nil }
        let word = words[place]
        let bit: UInt64 = 1 << UInt64(slot & 63)
        guard word & bit != 0 else { return nil }
        return Int(counts[place]) + (word & (bit - 1)).nonzeroBitCount
    }
}

extension SlotRanks {
    /// The slots whose ranks are in `ranks`, 64 to a word.
    package func slots(ofRanks ranks: [UInt64]) -> SlotBitmap {
        var result: [UInt64] = []
        result.reserveCapacity(words.count)
        for (place, word) in words.enumerated() {
            let first = Int(counts[place])
            guard word != 0, first / 64 < ranks.count else {
                result.append(0)
                continue
            }
            // The ranks of this word's slots, the first the lowest bit.
            var bits = ranks[first / 64] >> UInt64(first % 64)
            if first % 64 != 0, first / 64 + 1 < ranks.count {
                bits |= ranks[first / 64 + 1] << UInt64(64 - first % 64)
            }
            guard word != .max else {
                result.append(bits)
                continue
            }
            var (rest, found): (UInt64, UInt64) = (word, 0)
            while rest != 0, bits != 0 {
                if bits & 1 == 1 { found |= rest & (0 &- rest) }
                rest &= rest &- 1
                bits >>= 1
            }
            result.append(found)
        }
        return SlotBitmap(words: result)
    }
}
