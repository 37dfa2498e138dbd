import CNeedletailKernels

/// The nearest `k` of a stream of candidates, **and every other candidate as near as the k-th**.
///
/// Ties at the k-th place are all kept, because whoever asks breaks them by primary key. NaN is
/// never kept. What is kept depends on the candidates alone, not on how they were cut into blocks.
///
/// A block costs one vector comparison for every two distances; a candidate that is kept costs
/// O(log k). Memory is O(k + ties).
package struct TopK: Sendable {
    /// A row and how far it is.
    package typealias Candidate = (distance: Double, slot: UInt32)

    package let k: Int
    /// What is farther is not kept, however few there are.
    private let farthest: Double
    /// A largest-first heap of the k smallest distances so far.
    private var nearest = DistanceHeap()
    /// Everything within the threshold, and some that no longer is.
    private var kept: [Candidate] = []
    /// How long `kept` may grow before what is no longer within the threshold is dropped.
    private var keptMax: Int
    /// Room for a block; there once a block was offered.
    private var positions: [UInt32] = []

    /// Distances compared at a time, so that the threshold falls while a long block is read.
    private static let blockRows = 1_024
    /// Candidates that there is room for once there is one.
    private static let roomAtFirst = 64

    package init(k: Int, within farthest: Double = .infinity) {
        precondition(k >= 0, "k is not negative")
        self.k = k
        self.farthest = farthest
        keptMax = max(4 * min(k, 1 << 20), Self.blockRows)
    }

    /// The k-th smallest distance so far; the farthest there may be until there are k. A candidate
    /// further away than this cannot be among the results. Minus infinity where k is 0.
    package var threshold: Double {
        if k == 0 { return -.infinity }
        return nearest.count < k ? farthest : nearest.largest
    }

    /// Whether there are k.
    package var isFull: Bool { nearest.count >= k }

    /// Takes one candidate.
    package mutating func offer(_ distance: Double, slot: UInt32) {
        // NaN compares false, and so does everything where k is 0 except minus infinity.
        guard k > 0, distance <= threshold else { return }
        if kept.isEmpty { makeRoom() }
        if nearest.count < k {
            nearest.push(distance)
        } else if distance < nearest.largest {
            nearest.replaceLargest(with: distance)
        }
        kept.append((distance, slot))
        if kept.count >= keptMax { compact() }
    }

    private mutating func makeRoom() {
        let room = min(k, Self.roomAtFirst)
        nearest.reserve(room)
        kept.reserveCapacity(2 * room)
    }

    private mutating func compact() {
        let limit = threshold
        kept.removeAll { $0.distance > limit }
        keptMax = max(keptMax, 2 * kept.count)
    }

    /// Takes over what `other` kept, as if its candidates had been offered here. Both have one k.
    package mutating func merge(_ other: TopK) {
        for candidate in other.kept { offer(candidate.distance, slot: candidate.slot) }
    }

    /// What is kept, nearest first, equal distances by slot: at least `k` where as many were
    /// offered, more where the k-th has ties. What is farther than `farthest` is left out.
    package func candidates(within farthest: Double = .infinity) -> [Candidate] {
        let limit = min(threshold, farthest)
        return kept.filter { $0.distance <= limit }
            .sorted { ($0.distance, $0.slot) < ($1.distance, $1.slot) }
    }
}

extension TopK {
    /// Takes the rows of a block whose distances lie at `distances`: row i is slot `firstSlot + i`.
    ///
    /// - Parameter mask: where given, bit i % 64 of word i / 64 says whether row i takes part.
    package mutating func offer(
        _ distances: UnsafePointer<Double>, count: Int, firstSlot: UInt32,
        mask: UnsafePointer<UInt64>? = nil
    ) {
        offer(distances, count: count, firstSlot: firstSlot, mask: mask) { _ in true }
    }

    /// As above, for rows that also pass `test`, which is called with the slots of candidates
    /// within the threshold alone, in ascending order.
    ///
    /// - Throws: what `test` throws; the candidates before that one have been taken.
    package mutating func offer<Failure: Error>(
        _ distances: UnsafePointer<Double>, count: Int, firstSlot: UInt32,
        mask: UnsafePointer<UInt64>? = nil, where test: (UInt32) throws(Failure) -> Bool
    ) throws(Failure) {
        precondition(
            count <= Int(UInt32.max - firstSlot) + 1, "slots of a block do not pass UInt32.max")
        try select(distances, count: count) { (top, position) throws(Failure) in
            // SAFETY: `position` is below `count`, for which the caller vouches.
            let word = mask?[position / 64] ?? .max
            guard word & (1 << UInt64(position % 64)) != 0 else { return }
            let slot = firstSlot + UInt32(position)
            guard try test(slot) else { return }
            top.offer(distances[position], slot: slot)
        }
    }

    /// Takes a list of rows: distance i is that of slot `slots[i]`.
    package mutating func offer(
        _ distances: UnsafePointer<Double>, slots: UnsafePointer<UInt32>, count: Int
    ) {
        offer(distances, slots: slots, count: count) { _ in true }
    }

    /// As above, for rows that also pass `test`, which is called with the slots of candidates
    /// within the threshold alone, in the order of the list.
    ///
    /// - Throws: what `test` throws; the candidates before that one have been taken.
    package mutating func offer<Failure: Error>(
        _ distances: UnsafePointer<Double>, slots: UnsafePointer<UInt32>, count: Int,
        where test: (UInt32) throws(Failure) -> Bool
    ) throws(Failure) {
        try select(distances, count: count) { (top, position) throws(Failure) in
            // SAFETY: `position` is below `count`, for which the caller vouches.
            guard try test(slots[position]) else { return }
            top.offer(distances[position], slot: slots[position])
        }
    }

    /// Calls `body` with the positions within the threshold as it is at that moment.
    private mutating func select<Failure: Error>(
        _ distances: UnsafePointer<Double>, count: Int,
        _ body: (inout TopK, Int) throws(Failure) -> Void
    ) throws(Failure) {
        guard k > 0 else { return }
        if positions.isEmpty { positions = [UInt32](repeating: 0, count: Self.blockRows) }
        for first in stride(from: 0, to: count, by: Self.blockRows) {
            let rows = min(Self.blockRows, count - first)
            // SAFETY: `rows` distances start there, and `positions` has room for a whole block.
            let found = nt_select_within(distances + first, rows, threshold, &positions)
            for index in 0..<found {
                let position = first + Int(positions[index])
                if distances[position] <= threshold { try body(&self, position) }
            }
        }
    }
}
