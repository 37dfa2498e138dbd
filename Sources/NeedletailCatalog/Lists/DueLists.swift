import NeedletailCore

/// The lists of an index that are to be looked over, the most urgent first.
struct DueLists {
    private(set) var lists: [UInt32]
    private var known: Set<UInt32>

    /// A list is looked over so many times in as many changes as it has entries, on average.
    private static let looksInLifetime: UInt64 = 4

    init(_ lists: [UInt32]) {
        self.lists = lists
        known = Set(lists)
    }

    /// A list that was made now: rows around it may be nearer to it, and its own to others.
    mutating func insertFirst(_ new: some Sequence<UInt32>) {
        lists.insert(contentsOf: new.filter { known.insert($0).inserted }, at: 0)
    }

    mutating func append(_ list: UInt32) {
        if known.insert(list).inserted { lists.append(list) }
    }

    /// Takes the first `count` out.
    mutating func removeFirst(_ count: Int) {
        known.subtract(lists.prefix(count))
        lists.removeFirst(count)
    }

    /// Rows went into a list of now `count` entries, or out of it. By their slots some rows make it
    /// due: so nobody has to count the changes of each list.
    mutating func noteChanges(
        of list: UInt32, _ slots: some Sequence<UInt32>, count: Int
    ) {
        guard !known.contains(list) else { return }
        let isDrawn = slots.contains { slot in
            var random = SplitMix64(seed: UInt64(list) << 32 | UInt64(slot))
            return random.next() % UInt64(max(1, count)) < Self.looksInLifetime
        }
        if isDrawn { append(list) }
    }
}
