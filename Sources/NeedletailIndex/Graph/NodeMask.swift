import Synchronization

/// The nodes of one graph that a filter lets pass: those with at least one row that does.
package final class NodeMask: @unchecked Sendable {
    // SAFETY: written to by `init` alone, and freed by `deinit`.
    /// 64 nodes each, the first the lowest bit.
    let words: UnsafeMutablePointer<UInt64>
    let wordCount: Int
    /// How many nodes pass.
    package let count: Int
    /// Some of them, evenly spread; the nodes of a graph are in random order.
    let sample: [UInt32]

    private let nodeCount: Int
    private let matchLinks: Mutex<MatchLinks?>
    static let sampleMax = 64

    /// - Parameters:
    ///   - earlier: one of the same graph and the same filter, a few changes ago.
    ///   - fill: calls its argument with every node that passes, in any order, as often as it
    ///     likes; nodes that the graph does not have are left out.
    package init(
        nodeCount: Int, after earlier: NodeMask? = nil, _ fill: ((UInt32) -> Void) -> Void
    ) {
        let wordCount = (nodeCount + 63) / 64
        // SAFETY: a word for every node below `nodeCount`, and no other is written to.
        let words = UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, wordCount))
        words.initialize(repeating: 0, count: max(1, wordCount))
        fill { node in
            guard Int(node) < nodeCount else { return }
            words[Int(node >> 6)] |= 1 << UInt64(node & 63)
        }
        self.words = words
        self.wordCount = wordCount
        var count = 0
        for place in 0..<wordCount { count += words[place].nonzeroBitCount }
        self.count = count
        sample = Self.spread(words, wordCount, count)
        self.nodeCount = nodeCount
        matchLinks = Mutex(nil)
        let links = earlier?.matchLinks.withLock { $0 }
        if let links, links.serves(self) { matchLinks.withLock { $0 = links } }
    }

    deinit { words.deallocate() }

    package var sampleCount: Int { sample.count }

    package var byteCount: Int {
        wordCount * 8 + matchLinks.withLock { $0?.byteCount ?? 0 }
    }

    /// The ways between the nodes that pass, where it is worth keeping them.
    var links: MatchLinks? {
        matchLinks.withLock { known in
            if known == nil { known = MatchLinks(self, nodeCount: nodeCount) }
            return known
        }
    }

    /// Whether ``links`` are kept once they were wanted.
    package var keepsLinks: Bool { Self.keepsLinks(of: count, among: nodeCount) }

    /// The same of a mask in which `count` nodes of `nodeCount` pass.
    package static func keepsLinks(of count: Int, among nodeCount: Int) -> Bool {
        MatchLinks.areKept(of: count, among: nodeCount)
    }

    @inline(__always)
    func contains(_ node: Int) -> Bool { words[node >> 6] >> UInt64(node & 63) & 1 == 1 }

    private static func spread(
        _ words: UnsafeMutablePointer<UInt64>, _ wordCount: Int, _ count: Int
    ) -> [UInt32] {
        let step = max(1, count / sampleMax)
        var sample: [UInt32] = []
        var (seen, next) = (0, 0)
        for place in 0..<wordCount {
            var word = words[place]
            let inWord = word.nonzeroBitCount
            while next < seen + inWord, sample.count < sampleMax {
                for _ in 0..<(next - seen) where word != 0 { word &= word &- 1 }
                sample.append(UInt32(place * 64 + word.trailingZeroBitCount))
                // The rest of the word is looked at from its start again.
                word = words[place]
                next += step
            }
            seen += inWord
        }
        return sample
    }
}
