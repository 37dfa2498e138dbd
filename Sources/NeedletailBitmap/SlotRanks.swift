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
