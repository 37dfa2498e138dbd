import CNeedletailKernels
package import NeedletailBitmap
package import NeedletailKernels

/// One query over lists, and its memory, used for one query after another by one thread.
///
/// ``prepare(_:k:centroids:probes:)`` once, ``scan(_:coarse:fine:count:passing:)`` for each of
/// ``probes`` in their order, then ``candidates()``.
package final class ListQuery {
    package let layout: ListLayout
    /// The lists to scan, the nearest first.
    package internal(set) var probes: [ListProbe] = []
    /// Entries that were compared by their coarse codes, and by their second ones.
    package private(set) var scanned = 0
    package private(set) var refined = 0

    /// Whether a row may be in several of the lists.
    package var rowsMayRepeat = false

    /// Of how many standard deviations an estimate may be off before an entry is lost.
    package var confidence: Float = 1.9

    private let coarseQuery: CoarseQuery
    // SAFETY: allocated by `init`, freed by `deinit`; a vector of the layout's dimension, lists of
    // entries for a turn of a scan, and ``kept`` with one place more than are ever in use.
    private let vector: UnsafeMutablePointer<Float>
    let places: UnsafeMutablePointer<UInt32>
    let lows: UnsafeMutablePointer<Float>
    let distances: UnsafeMutablePointer<Float>
    private var kept: UnsafeMutablePointer<ListCandidate>
    private var keptCapacity = 0
    private var keptCount = 0
    private var k = 1
    private let fineQuery: WalkQuery?
    /// For centroids.
    let centroidQuery: WalkQuery
    let nearCentroids = NearestFew()
    let ranked = NearestFew()
    private let tier: KernelTier
    /// Entries of a turn of a scan.
    static let turn = 256

    package init(_ layout: ListLayout, tier: KernelTier = .selected) {
        self.layout = layout
        self.tier = tier
        fineQuery = layout.fineLayout.map { WalkQuery($0, tier: tier) }
        centroidQuery = WalkQuery(
            CodeLayout(kind: .int8, metric: .l2, dimension: layout.dimension), tier: tier)
        coarseQuery = CoarseQuery(layout, tier: tier)
        vector = .allocate(capacity: layout.dimension)
        places = .allocate(capacity: Self.turn)
        lows = .allocate(capacity: Self.turn)
        distances = .allocate(capacity: Self.turn)
        kept = .allocate(capacity: 1)
    }

    deinit {
        vector.deallocate()
        places.deallocate()
        lows.deallocate()
        distances.deallocate()
        kept.deallocate()
    }

    /// Makes a query ready and finds the lists to scan.
    ///
    /// - Parameters:
    ///   - vector: finite components; brought to length 1 by cosine.
    ///   - k: how many of the nearest rows are wanted.
    ///   - kept: how many candidates are kept at most; at least `k`. Without second records, or
    ///     with coarse ones, more are needed for the same answers.
    ///   - probes: how many lists at most.
    package func prepare(
        _ given: UnsafePointer<Float>, k: Int, kept wanted: Int, centroids: ListCentroids,
        probes count: Int
    ) {
        precondition(centroids.layout == layout, "the centroids have another layout")
        let dimension = layout.dimension
        vector.update(from: given, count: dimension)
        normalize(vector, layout)
        if let fineQuery, !layout.finesAreResiduals { fineQuery.prepare(vector) }
        if !centroids.origin.isEmpty {
            for place in 0..<dimension { vector[place] -= centroids.origin[place] }
        }
        if let fineQuery, layout.finesAreResiduals { fineQuery.prepare(vector) }
        coarseQuery.prepare(vector)
        findProbes(centroids, count: count, vector: vector)
        self.k = max(1, k)
        keptCount = 0
        (scanned, refined) = (0, 0)
        let capacity = max(wanted, self.k)
        if capacity != keptCapacity {
            kept.deallocate()
            kept = .allocate(capacity: capacity + 1)
            keptCapacity = capacity
        }
    }

    /// The entries of whole blocks, and of a part of the last, that may be near enough: how many of
    /// ``places`` and ``lows``.
    @inline(__always)
    func scanBlocks(
        _ list: inout nt_list_view, _ blocks: UnsafePointer<UInt8>, _ count: Int
    ) -> Int {
        coarseQuery.scan(&list, blocks, count, places, lows)
    }

    /// Compares the entries of a list: those that by their coarse codes may be among the nearest
    /// by their second ones, where there are any.
    ///
    /// - Parameters:
    ///   - coarse: ``ListLayout/coarseBytes(entries:)`` bytes, aligned to 4.
    ///   - fine: ``ListLayout/fineBytes(entries:)`` bytes; nothing where the layout has none.
    ///   - passing: the slots that may be candidates; all where there is none.
    /// - Returns: `false`, and nothing is compared, where the bytes are not those of `count`
    ///   entries.
    @discardableResult
    package func scan(
        _ probe: ListProbe, coarse: UnsafeRawBufferPointer, fine: UnsafeRawBufferPointer,
        count: Int, passing: SlotBitmap? = nil
    ) -> Bool {
        guard ListBuffer.isWhole(layout, coarse: coarse.count, fine: fine.count, count: count)
        else { return false }
        guard let blocks = coarse.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            return true
        }
        // Without second records the estimates themselves are what counts.
        let certainty = layout.fine == nil ? 0 : confidence
        var list = coarseQuery.view(probe, confidence: certainty)
        var first = 0
        while first < count {
            // Little at first, until there is something to compare with.
            let isEarly = keptCount < keptCapacity
            let size = min(count - first, isEarly ? ListLayout.blockEntries : Self.turn)
            list.limit = limit
            let block = blocks + first / ListLayout.blockEntries * layout.blockBytes
            let near = scanBlocks(&list, block, size)
            scanned += size
            compare(near, list, block, fine, first, passing)
            first += size
        }
        return true
    }

    /// Entries that are farther than this are of no use.
    private var limit: Float {
        keptCount < keptCapacity ? .infinity : kept[keptCount - 1].distance
    }

    private func compare(
        _ near: Int, _ list: nt_list_view, _ block: UnsafePointer<UInt8>,
        _ fine: UnsafeRawBufferPointer, _ first: Int, _ passing: SlotBitmap?
    ) {
        var count = near
        if let passing {
            count = 0
            for at in 0..<near where passing.contains(slot(of: places[at], block)) {
                places[count] = places[at]
                lows[count] = lows[at]
                count += 1
            }
        }
        refined += count
        guard let fineQuery, let base = fine.baseAddress else {
            for at in 0..<count { keep(lows[at], slot(of: places[at], block)) }
            return
        }
        let records = base.assumingMemoryBound(to: UInt8.self) + first * layout.fineRecordBytes
        walkScore(fineQuery.raw, base: records, nodes: places, count: count, into: distances)
        let shift = layout.finesAreResiduals ? list.distance : 0
        for at in 0..<count { keep(distances[at] + shift, slot(of: places[at], block)) }
    }

    @inline(__always)
    private func slot(of place: UInt32, _ block: UnsafePointer<UInt8>) -> UInt32 {
        let (number, entry) = Int(place).quotientAndRemainder(
            dividingBy: ListLayout.blockEntries)
        return nt_list_slots(block + number * layout.blockBytes, layout.blockBytes)[entry]
    }

    /// Puts a candidate where it belongs; of one row the nearest entry counts.
    private func keep(_ distance: Float, _ slot: UInt32) {
        let found = ListCandidate(distance: distance.isNaN ? .infinity : distance, slot: slot)
        var place = keptCount
        while place > 0, found < kept[place - 1] { place -= 1 }
        guard place < keptCapacity else { return }
        var end = keptCount
        if rowsMayRepeat {
            for before in 0..<place where kept[before].slot == slot { return }
            for after in place..<keptCount where kept[after].slot == slot { end = after }
        }
        (kept + place + 1).update(from: kept + place, count: end - place)
        kept[place] = found
        if end == keptCount { keptCount = min(keptCount + 1, keptCapacity) }
    }

    /// How many rows there are to compare by their stored vectors.
    package var candidateCount: Int { keptCount }

    /// Writes the rows to compare by their stored vectors, ``candidateCount`` of them: the nearest
    /// first by their codes.
    package func candidates(into slots: UnsafeMutablePointer<UInt32>) {
        for place in 0..<keptCount { slots[place] = kept[place].slot }
    }

    /// The rows to compare by their stored vectors, the nearest first by their codes.
    package func candidates() -> [UInt32] {
        (0..<keptCount).map { kept[$0].slot }
    }
}

/// A row and its distance, ordered by distance and then by slot.
struct ListCandidate: Comparable {
    var distance: Float
    var slot: UInt32

    @inline(__always)
    static func < (left: ListCandidate, right: ListCandidate) -> Bool {
        left.distance != right.distance
            ? left.distance < right.distance : left.slot < right.slot
    }
}
