extension SlotBitmap {
    /// The slots of the set in ascending order.
    package var slots: Slots { Slots(words) }

    /// Iterates over the set bits of words.
    package struct Slots: Sequence, IteratorProtocol {
        @usableFromInline let words: [UInt64]
        @usableFromInline var index = 0
        @usableFromInline var rest: UInt64

        init(_ words: [UInt64]) {
            self.words = words
            rest = words.first ?? 0
        }

        @inlinable
        package mutating func next() -> UInt32? {
            while rest == 0 {
                index += 1
                guard index < words.count else { return nil }
                rest = words[index]
            }
            let bit = rest.trailingZeroBitCount
            rest &= rest &- 1
            return UInt32(truncatingIfNeeded: index << 6 | bit)
        }
    }

    /// Calls `body` with each slot in ascending order; faster than iteration.
    package func forEachSlot<Failure: Error>(
        _ body: (UInt32) throws(Failure) -> Void
    ) throws(Failure) {
        for index in words.indices {
            var rest = words[index]
            while rest != 0 {
                try body(UInt32(truncatingIfNeeded: index << 6 | rest.trailingZeroBitCount))
                rest &= rest &- 1
            }
        }
    }

    /// The smallest slot of the set that is at least `slot`.
    package func first(atLeast slot: UInt32) -> UInt32? {
        var index = Int(slot >> 6)
        guard index < words.count else { return nil }
        var rest = words[index] & (.max << UInt64(slot & 63))
        while rest == 0 {
            index += 1
            guard index < words.count else { return nil }
            rest = words[index]
        }
        return UInt32(truncatingIfNeeded: index << 6 | rest.trailingZeroBitCount)
    }

    /// The largest slot of the set.
    package var last: UInt32? {
        guard let index = words.lastIndex(where: { $0 != 0 }) else { return nil }
        return UInt32(truncatingIfNeeded: index << 6 | (63 - words[index].leadingZeroBitCount))
    }
}
