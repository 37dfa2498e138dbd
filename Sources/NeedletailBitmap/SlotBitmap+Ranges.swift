extension SlotBitmap {
    /// The set of every slot in `range`.
    package init(range: Range<UInt32>) {
        self.init()
        insert(range)
    }

    /// Puts every slot of `range` in.
    package mutating func insert(_ range: Range<UInt32>) {
        guard !range.isEmpty else { return }
        grow(toWords: Int((range.upperBound - 1) >> 6) + 1)
        update(range) { $0 | $1 }
    }

    /// Takes every slot of `range` out.
    package mutating func remove(_ range: Range<UInt32>) {
        let end = min(UInt64(range.upperBound), UInt64(capacity))
        guard UInt64(range.lowerBound) < end else { return }
        update(range.lowerBound..<UInt32(truncatingIfNeeded: end)) { $0 & ~$1 }
    }

    /// How many slots of `range` are in the set.
    package func count(in range: Range<UInt32>) -> Int {
        var total = 0
        for (word, mask) in Self.masks(range) where word < words.count {
            total += (words[word] & mask).nonzeroBitCount
        }
        return total
    }

    /// Combines each word that `range` touches with the mask of its bits. The words must exist.
    private mutating func update(_ range: Range<UInt32>, _ body: (UInt64, UInt64) -> UInt64) {
        withWords { words in
            for (word, mask) in Self.masks(range) { words[word] = body(words[word], mask) }
        }
    }

    /// The words that `range` touches, each with the bits of the range in it.
    private static func masks(
        _ range: Range<UInt32>
    ) -> LazyMapSequence<Range<Int>, (word: Int, mask: UInt64)> {
        let first = Int(range.lowerBound >> 6)
        let end = range.isEmpty ? first : Int((range.upperBound - 1) >> 6) + 1
        return (first..<end).lazy.map { word in
            var mask = UInt64.max
            if word == first { mask &= .max << UInt64(range.lowerBound & 63) }
            if word == end - 1 { mask &= .max >> UInt64(63 - (range.upperBound - 1) & 63) }
            return (word, mask)
        }
    }
}
