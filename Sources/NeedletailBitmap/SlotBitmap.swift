/// A set of slots as bits: word `slot / 64`, bit `slot % 64`.
///
/// Grows as bits are set; what lies past its words is not in the set. Two bitmaps are equal when
/// they hold the same slots, whatever their lengths. A value: copies share storage until written.
package struct SlotBitmap: Sendable {
    /// 64 slots each. Words past the end read as zero.
    package private(set) var words: [UInt64]

    package init() { words = [] }

    /// An empty set with room for the slots `0 ..< capacity`, so that setting them allocates
    /// nothing.
    package init(capacity: Int) {
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
    }

    /// The set whose words are given.
    package init(words: [UInt64]) { self.words = words }

    /// Slots that have a word, set or not.
    @inlinable
    package var capacity: Int { words.count * 64 }

    /// Whether `slot` is in the set.
    @inlinable
    package func contains(_ slot: UInt32) -> Bool {
        let word = Int(slot >> 6)
        guard word < words.count else { return false }
        return words[word] & (1 << UInt64(slot & 63)) != 0
    }

    /// Puts `slot` in. Returns whether it was absent.
    @discardableResult
    package mutating func insert(_ slot: UInt32) -> Bool {
        let word = Int(slot >> 6)
        grow(toWords: word + 1)
        let bit: UInt64 = 1 << UInt64(slot & 63)
        let absent = words[word] & bit == 0
        words[word] |= bit
        return absent
    }

    /// Takes `slot` out. Returns whether it was there.
    @discardableResult
    package mutating func remove(_ slot: UInt32) -> Bool {
        let word = Int(slot >> 6)
        guard word < words.count else { return false }
        let bit: UInt64 = 1 << UInt64(slot & 63)
        let present = words[word] & bit != 0
        words[word] &= ~bit
        return present
    }

    /// How many slots are in the set. Linear in its words.
    package var count: Int {
        var total = 0
        for word in words { total += word.nonzeroBitCount }
        return total
    }

    /// Whether no slot is in the set.
    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    /// Ensures `count` words, at least doubling so that repeated growth stays linear.
    mutating func grow(toWords count: Int) {
        guard count > words.count else { return }
        if count > words.capacity { words.reserveCapacity(max(count, words.count * 2)) }
        words.append(contentsOf: repeatElement(0, count: count - words.count))
    }

    mutating func withWords<R>(_ body: (inout [UInt64]) -> R) -> R { body(&words) }

    /// Reads the words in place. The pointer is not valid after `body`.
    package func withUnsafeWords<R>(_ body: (UnsafeBufferPointer<UInt64>) -> R) -> R {
        // SAFETY: the array keeps its words alive during `body`, and the pointer has their count.
        words.withUnsafeBufferPointer(body)
    }
}

extension SlotBitmap: Hashable {
    package static func == (left: SlotBitmap, right: SlotBitmap) -> Bool {
        let shared = min(left.words.count, right.words.count)
        return left.words[..<shared] == right.words[..<shared]
            && left.words[shared...].allSatisfy { $0 == 0 }
            && right.words[shared...].allSatisfy { $0 == 0 }
    }

    package func hash(into hasher: inout Hasher) {
        let used = (words.lastIndex { $0 != 0 } ?? -1) + 1
        hasher.combine(words[..<used])
    }
}

extension SlotBitmap: ExpressibleByArrayLiteral {
    package init(arrayLiteral slots: UInt32...) { self.init(slots) }

    /// The set of the given slots.
    package init(_ slots: some Sequence<UInt32>) {
        self.init()
        for slot in slots { insert(slot) }
    }
}
