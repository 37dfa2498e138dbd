import NeedletailBitmap
import NeedletailCore
import NeedletailKernels
import NeedletailStorage

/// The distances of a stretch of slots from one query or more, computed by several threads and then
/// selected from by one, in slot order.
final class ScanWindow {
    /// Bytes of vectors that are worth a thread.
    private static let grainBytes = 1 << 20

    private let kernel: DistanceKernel
    private let queries: [PreparedQuery]
    private let threads: Int
    /// `capacity` places for each query.
    private let distances: UnsafeMutablePointer<Double>
    private let capacity: Int
    private var mask: [UInt64] = []
    private var firstSlot = 0
    private var count = 0

    /// - Parameters:
    ///   - capacity: slots from the start of a load to the end of its last block.
    ///   - threads: 0 for as many as there are cores.
    init(capacity: Int, kernel: DistanceKernel, queries: [PreparedQuery], threads: Int) {
        self.kernel = kernel
        self.queries = queries
        self.threads = threads == 0 ? .max : threads
        self.capacity = capacity
        distances = .allocate(capacity: capacity * queries.count)
    }

    deinit { distances.deallocate() }

    /// Computes the distances of `blocks`. Returns how many rows of them are live and have a
    /// vector.
    ///
    /// - Parameter start: the slot of the window's first place, a multiple of 64, not after the
    ///   first block.
    func load(
        _ blocks: ArraySlice<VectorBlock>, startingAt start: Int, live: SlotBitmap
    ) -> Int {
        guard let last = blocks.last else { return 0 }
        firstSlot = start
        count = min(Int(last.firstSlot.rawValue) + last.rowCount - start, capacity)
        let present = markPresent(blocks, live: live)
        let blocks = Array(blocks)
        let grain = max(
            1, Self.grainBytes / max(1, blocks[0].rowCount * kernel.rowBytes * queries.count))
        let cut = ScanCut(
            count: blocks.count, grain: grain, threads: min(threads, ScanPool.shared.threadCount))
        let (kernel, queries, capacity) = (kernel, queries, capacity)
        // SAFETY: every part writes the places of its own blocks, which do not overlap, and `run`
        // returns only when all parts have.
        nonisolated(unsafe) let distances = distances
        let end = count
        ScanPool.shared.run(parts: cut.parts, threads: threads) { part in
            for block in blocks[cut[part]] {
                let place = Int(block.firstSlot.rawValue) - start
                // A block stays near the processor while all queries read it.
                for (number, query) in queries.enumerated() {
                    kernel.scan(
                        query, base: block.vectors, stride: block.stride,
                        count: min(block.rowCount, end - place),
                        into: distances + number * capacity + place)
                }
            }
        }
        return present
    }

    /// Offers the distances from one query, nearest rows first tested by `accepts`.
    func offer(
        query: Int, to top: inout TopK, where accepts: ((Slot) throws(DatabaseError) -> Bool)?
    ) throws(DatabaseError) {
        guard count > 0 else { return }
        let first = UInt32(firstSlot)
        let distances = distances + query * capacity
        // SAFETY: `count` distances and as many bits are there; places without a row are masked.
        try mask.withUnsafeBufferPointer { words throws(DatabaseError) in
            if let accepts {
                try top.offer(
                    distances, count: count, firstSlot: first, mask: words.baseAddress
                ) { slot throws(DatabaseError) in try accepts(Slot(slot)) }
            } else {
                top.offer(distances, count: count, firstSlot: first, mask: words.baseAddress)
            }
        }
    }

    /// Sets the bits of slots that are live and have a vector.
    private func markPresent(_ blocks: ArraySlice<VectorBlock>, live: SlotBitmap) -> Int {
        mask = [UInt64](repeating: 0, count: (count + 63) / 64)
        for block in blocks {
            let place = Int(block.firstSlot.rawValue) - firstSlot
            for row in stride(from: 0, to: block.rowCount, by: 64) {
                let rows = min(64, block.rowCount - row)
                var bits = block.presence[row / 64]
                if rows < 64 { bits &= (1 << UInt64(rows)) - 1 }
                // Blocks have a power of two of rows, so a word of presence fits one word here.
                mask[(place + row) / 64] |= bits << UInt64((place + row) % 64)
            }
        }
        let words = live.words
        var present = 0
        for position in mask.indices {
            let word = firstSlot / 64 + position
            mask[position] &= word < words.count ? words[word] : 0
            present += mask[position].nonzeroBitCount
        }
        // What no block covers must not be compared.
        if present < count {
            for position in mask.indices where mask[position] != .max {
                let range = position * 64..<min(position * 64 + 64, count)
                for place in range where mask[position] & (1 << UInt64(place % 64)) == 0 {
                    for query in queries.indices { distances[query * capacity + place] = .nan }
                }
            }
        }
        return present
    }
}
