import CNeedletailKernels

/// The ways from match to match in one graph: of every node that a filter lets pass, those that do
/// among its neighbours and theirs, and beyond where these are few. A list is found when a walk
/// first wants it, and serves every later walk under the same filter.
///
/// What a list holds follows from the graph and the filter alone, so that no walk depends on those
/// before it.
package final class MatchLinks: @unchecked Sendable {
    // SAFETY: `words` and `ranks` are written to by `init` alone. A list is written by the one
    // thread that claims it, and read once it was published. All are freed by `deinit`.
    /// Nodes of a list at most.
    package static let degree = 48
    /// As many are looked for three links away, where fewer are nearer.
    package static let degreeWanted = 24
    /// In place of how many nodes a list has: it has none, for most links of its node lead to nodes
    /// that pass, and to go there takes no list.
    static let none: UInt32 = 1 << 16
    /// Numbers of one list: how many nodes it has, then the nodes.
    private static let stride = degree + 1

    /// The nodes that have a list, 64 to a word.
    private let words: UnsafeMutablePointer<UInt64>
    private let wordCount: Int
    /// How many have one before each word.
    private let ranks: UnsafeMutablePointer<UInt32>
    private let lists: UnsafeMutablePointer<UInt32>
    let count: Int

    /// Bytes that the lists of a graph may take.
    private static let bytesMax = 48 << 20

    /// Whether lists are worth their memory: not where they are too many, nor where most links
    /// lead to nodes that pass anyway.
    static func areKept(of count: Int, among nodeCount: Int) -> Bool {
        2 * count < nodeCount && count * stride * 4 <= bytesMax
    }

    init?(_ mask: NodeMask, nodeCount: Int) {
        guard Self.areKept(of: mask.count, among: nodeCount) else { return nil }
        (count, wordCount) = (mask.count, mask.wordCount)
        words = .allocate(capacity: max(1, wordCount))
        ranks = .allocate(capacity: max(1, wordCount))
        var before: UInt32 = 0
        for place in 0..<wordCount {
            words[place] = mask.words[place]
            ranks[place] = before
            before += UInt32(mask.words[place].nonzeroBitCount)
        }
        // Pages that no list is written to take no memory.
        lists = nt_zeroed_lists(max(1, mask.count * Self.stride))
    }

    deinit {
        words.deallocate()
        ranks.deallocate()
        nt_free_lists(lists)
    }

    var byteCount: Int { count * Self.stride * 4 + wordCount * 12 }

    /// The list of `node`; `nil` where it has none.
    @inline(__always)
    func list(of node: Int) -> UnsafeMutablePointer<UInt32>? {
        let word = words[node >> 6]
        let bit: UInt64 = 1 << UInt64(node & 63)
        guard word & bit != 0 else { return nil }
        return lists + (Int(ranks[node >> 6]) + (word & (bit - 1)).nonzeroBitCount) * Self.stride
    }

    /// Whether the lists do for `mask`, of the same graph: nearly all that passes has one.
    func serves(_ mask: NodeMask) -> Bool {
        var others = 0
        for place in 0..<min(wordCount, mask.wordCount) {
            others += (mask.words[place] & ~words[place]).nonzeroBitCount
        }
        return mask.wordCount == wordCount && 64 * others <= mask.count
            && 2 * mask.count >= count
    }
}
