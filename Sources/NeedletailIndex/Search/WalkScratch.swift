package import NeedletailBitmap

/// The memory of one walk: which nodes were seen, the best so far, and lists for one expansion.
///
/// Taken from a pool and given back; a walk allocates nothing.
package final class WalkScratch {
    private var wordCapacity = 0
    private(set) var visited: UnsafeMutablePointer<UInt64>
    /// All zero but for the time that one list is put together.
    private(set) var marks: UnsafeMutablePointer<UInt64>
    /// Words of ``visited`` that are not zero.
    private(set) var touched: UnsafeMutablePointer<UInt32>
    private(set) var candidates: UnsafeMutablePointer<Candidate>
    private var candidateCapacity = 0
    let nodes: UnsafeMutablePointer<UInt32>
    let distances: UnsafeMutablePointer<Float>
    static let expansionMax = 1_024
    /// Takes down which records and links are read; `nil` where nobody asks.
    package var pages: PageTally?

    package init() {
        // SAFETY: all are freed in `deinit`; `reserve` exchanges four of them.
        visited = .allocate(capacity: 1)
        marks = .allocate(capacity: 1)
        touched = .allocate(capacity: 1)
        candidates = .allocate(capacity: 1)
        nodes = .allocate(capacity: Self.expansionMax)
        distances = .allocate(capacity: Self.expansionMax)
    }

    deinit {
        visited.deallocate()
        marks.deallocate()
        touched.deallocate()
        candidates.deallocate()
        nodes.deallocate()
        distances.deallocate()
    }

    /// Makes room for a graph of `nodeCount` nodes and a pool of `ef` candidates.
    func reserve(nodeCount: Int, ef: Int) {
        let words = (nodeCount + 63) / 64
        if words > wordCapacity {
            visited.deallocate()
            marks.deallocate()
            touched.deallocate()
            visited = .allocate(capacity: words)
            visited.initialize(repeating: 0, count: words)
            marks = .allocate(capacity: words)
            marks.initialize(repeating: 0, count: words)
            touched = .allocate(capacity: words)
            wordCapacity = words
        }
        if ef + 1 > candidateCapacity {
            candidates.deallocate()
            candidates = .allocate(capacity: ef + 1)
            candidateCapacity = ef + 1
        }
    }
}

extension PageTally {
    /// Adds the records of nodes.
    @inline(never)
    func add(records nodes: UnsafePointer<UInt32>, _ count: Int, of graph: GraphView) {
        for place in 0..<count { add(graph.record(Int(nodes[place])), count: graph.recordBytes) }
    }

    /// Adds a list of links.
    @inline(never)
    func add(links list: UnsafePointer<UInt32>, _ degree: Int) { add(list, count: 4 * degree) }
}
