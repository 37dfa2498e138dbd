package import NeedletailKernels

/// The memory of one search: of its walks, of what they propose, and of the distances to that.
///
/// Taken from a pool and given back; a search of the same form allocates nothing.
package final class SearchMemory {
    /// Rows whose distances are computed together.
    package static let batchMax = 64

    package let scratch = WalkScratch()
    private var lastQuery: WalkQuery?
    private var lastListQuery: ListQuery?
    private var lastCodeQuery: CodeListQuery?
    private var proposed: UnsafeMutablePointer<UInt32>
    private var proposedCapacity = 1
    private var lows: UnsafeMutablePointer<Float>
    private var lowsCapacity = 1
    /// Of a batch, the slots, their vectors and the distances to them: ``batchMax`` of each.
    package let slots: UnsafeMutablePointer<UInt32>
    package let vectors: UnsafeMutablePointer<UnsafeRawPointer>
    package let distances: UnsafeMutablePointer<Double>
    /// Whether a row of the batch has passed the filter already.
    package let isAccepted: UnsafeMutablePointer<Bool>

    package init() {
        // SAFETY: all are freed in `deinit`; the first two are exchanged for larger ones.
        proposed = .allocate(capacity: 1)
        lows = .allocate(capacity: 1)
        slots = .allocate(capacity: Self.batchMax)
        vectors = .allocate(capacity: Self.batchMax)
        distances = .allocate(capacity: Self.batchMax)
        isAccepted = .allocate(capacity: Self.batchMax)
    }

    deinit {
        proposed.deallocate()
        lows.deallocate()
        slots.deallocate()
        vectors.deallocate()
        distances.deallocate()
        isAccepted.deallocate()
    }

    /// A query of `layout`, to be prepared; the one that was asked for before is of no use then.
    package func query(_ layout: CodeLayout) -> WalkQuery {
        if let lastQuery, lastQuery.layout == layout { return lastQuery }
        let made = WalkQuery(layout)
        lastQuery = made
        return made
    }

    /// A query of records of `layout` one after the other, to be prepared; the one that was asked
    /// for before is of no use then.
    package func codeQuery(_ layout: CodeLayout) -> CodeListQuery {
        if let lastCodeQuery, lastCodeQuery.layout == layout { return lastCodeQuery }
        let made = CodeListQuery(layout)
        lastCodeQuery = made
        return made
    }

    /// A query of lists of `layout`, to be prepared; the one that was asked for before is of no use
    /// then.
    package func listQuery(_ layout: ListLayout) -> ListQuery {
        if let lastListQuery, lastListQuery.layout == layout { return lastListQuery }
        let made = ListQuery(layout)
        lastListQuery = made
        return made
    }

    /// Room for `count` slots that walks propose, in place of what was asked for before.
    package func rows(_ count: Int) -> UnsafeMutablePointer<UInt32> {
        if count > proposedCapacity {
            proposed.deallocate()
            proposed = .allocate(capacity: count)
            proposedCapacity = count
        }
        return proposed
    }

    /// As ``rows(_:)``, with the first `kept` of what was there before.
    func growRows(to count: Int, keeping kept: Int) -> UnsafeMutablePointer<UInt32> {
        guard count > proposedCapacity else { return proposed }
        let capacity = max(count, 2 * proposedCapacity)
        let larger = UnsafeMutablePointer<UInt32>.allocate(capacity: capacity)
        larger.update(from: proposed, count: min(kept, proposedCapacity))
        proposed.deallocate()
        proposed = larger
        proposedCapacity = capacity
        return proposed
    }

    /// Room for what `count` distances are at least, in place of what was asked for before.
    func lowerBounds(_ count: Int) -> UnsafeMutablePointer<Float> {
        if count > lowsCapacity {
            lows.deallocate()
            lows = .allocate(capacity: count)
            lowsCapacity = count
        }
        return lows
    }
}
