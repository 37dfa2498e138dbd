import CNeedletailKernels
import NeedletailKernels

/// Inverted lists in one piece of memory, for rows that do not change: how the lists of an index
/// are searched, without the storage.
package final class ListsInMemory: @unchecked Sendable {
    // SAFETY: the memory is written by `init` alone, and freed by `deinit`.
    package let layout: ListLayout
    package let centroids: ListCentroids
    private let coarse: UnsafeMutableRawPointer
    private let fine: UnsafeMutableRawPointer
    /// Of each list, the first of its entries among the second records, and one number more.
    private let firstEntries: [Int]
    /// Of each list, the first of its blocks, and one number more.
    private let firstBlocks: [Int]

    /// The lists of the rows 0..<`count`, with the numbers of rows as slots.
    ///
    /// - Parameters:
    ///   - rows: `count` rows of finite components, one after the other.
    ///   - assignments: in how many lists each row is, 1 or 2.
    package init(
        _ layout: ListLayout, centroids: ListCentroids, rows: UnsafePointer<Float>, count: Int,
        assignments: Int = 1, threads: Int
    ) {
        self.layout = layout
        self.centroids = centroids
        let assigned = centroids.assign(rows, rowCount: count, threads: threads)
        var members = [[UInt32]](repeating: [], count: centroids.count)
        for (row, place) in assigned.enumerated() { members[Int(place)].append(UInt32(row)) }
        if assignments > 1 {
            let second = centroids.assignSecond(rows, first: assigned, threads: threads)
            for (row, place) in second.enumerated() where place != assigned[row] {
                members[Int(place)].append(UInt32(row))
            }
        }
        var (entries, blocks) = ([0], [0])
        for list in members {
            entries.append(entries[entries.count - 1] + list.count)
            let own = layout.coarseBytes(entries: list.count) / layout.blockBytes
            blocks.append(blocks[blocks.count - 1] + own)
        }
        firstEntries = entries
        firstBlocks = blocks
        coarse = LargePages.allocate(
            byteCount: max(64, blocks[centroids.count] * layout.blockBytes))
        fine = LargePages.allocate(
            byteCount: max(64, layout.fineBytes(entries: entries[centroids.count])))
        fill(members, rows, threads)
    }

    deinit {
        coarse.deallocate()
        fine.deallocate()
    }

    private func fill(_ members: [[UInt32]], _ rows: UnsafePointer<Float>, _ threads: Int) {
        nonisolated(unsafe) let (rows, coarse, fine) = (rows, coarse, fine)
        let layout = layout
        _ = ScanPool.shared.map(count: members.count, grain: 1, threads: threads) { lists in
            guard let first = lists.first else { return }
            // SAFETY: every part writes the entries of its own lists, for which there is room.
            let encoder = centroids.encoder(at: first)
            for list in lists {
                centroids.withCentroid(at: list) { encoder.use(centroid: $0) }
                let blocks = (coarse + firstBlocks[list] * layout.blockBytes)
                    .assumingMemoryBound(to: UInt8.self)
                let size = layout.coarseBytes(entries: members[list].count)
                blocks.initialize(repeating: 0, count: size)
                for (entry, slot) in members[list].enumerated() {
                    let (block, place) = entry.quotientAndRemainder(
                        dividingBy: ListLayout.blockEntries)
                    let record = fine + layout.fineBytes(entries: firstEntries[list] + entry)
                    encoder.write(
                        rows + Int(slot) * layout.dimension, slot: slot,
                        block: blocks + block * layout.blockBytes, place: place,
                        fine: layout.fine == nil ? nil : record)
                }
            }
        }
    }

    /// Entries of a list.
    private func count(of list: Int) -> Int { firstEntries[list + 1] - firstEntries[list] }

    /// Compares a prepared query with the lists it has found.
    package func scan(_ query: ListQuery) {
        let probes = query.probes
        if let first = probes.first { prefetch(Int(first.list)) }
        for (rank, probe) in probes.enumerated() {
            if rank + 1 < probes.count { prefetch(Int(probes[rank + 1].list)) }
            scan(query, probe)
        }
    }

    /// Lists that each query of a batch looks into by itself, so that it knows what is far away
    /// before lists are shared.
    private static let ownProbes = 2

    /// As ``scan(_:)`` for many prepared queries, list by list: what one of them has brought near
    /// is there for the others.
    package func scan(_ queries: [ListQuery]) {
        var shared: [SharedProbe] = []
        for (number, query) in queries.enumerated() {
            for (rank, probe) in query.probes.enumerated() {
                if rank < Self.ownProbes {
                    scan(query, probe)
                } else {
                    shared.append(SharedProbe(probe: probe, query: number))
                }
            }
        }
        shared.sort { ($0.probe.list, $0.query) < ($1.probe.list, $1.query) }
        for (place, one) in shared.enumerated() {
            if place + 4 < shared.count, shared[place + 4].probe.list != one.probe.list {
                prefetch(Int(shared[place + 4].probe.list))
            }
            scan(queries[one.query], one.probe)
        }
    }

    @inline(__always)
    func scan(_ query: ListQuery, _ probe: ListProbe) {
        let list = Int(probe.list)
        let size = count(of: list)
        // SAFETY: the bytes of this list lie there.
        query.scan(
            probe,
            coarse: UnsafeRawBufferPointer(
                start: coarse + firstBlocks[list] * layout.blockBytes,
                count: layout.coarseBytes(entries: size)),
            fine: UnsafeRawBufferPointer(
                start: fine + layout.fineBytes(entries: firstEntries[list]),
                count: layout.fineBytes(entries: size)),
            count: size)
    }

    /// Asks for the beginning of a list; the processor sees by itself how it goes on.
    @inline(__always)
    private func prefetch(_ list: Int) {
        let bytes = (firstBlocks[list + 1] - firstBlocks[list]) * layout.blockBytes
        nt_prefetch_bytes(coarse + firstBlocks[list] * layout.blockBytes, min(bytes, 2_048))
    }
}

/// A list that one of many queries looks into.
private struct SharedProbe {
    let probe: ListProbe
    let query: Int
}
