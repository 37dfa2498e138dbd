import CNeedletailKernels
package import NeedletailKernels

/// Records of rows that are in no graph, compared one after the other. Immutable.
///
/// Where there is a ``CodeCenter``, one-bit codes lie in front of the records: most rows are told
/// to be far by these alone.
package final class CodeList: @unchecked Sendable {
    // SAFETY: written to by `init` alone, and freed by `deinit`.
    package let layout: CodeLayout
    /// What it was made for, ascending: those without a vector among them.
    package let covered: [UInt32]
    /// The rows that have a record, in the order of the records.
    package let slots: [UInt32]
    package let center: CodeCenter?
    private let records: UnsafeMutablePointer<UInt8>
    /// Whole blocks, in the order of the records.
    private let blocks: UnsafeMutablePointer<UInt8>
    /// The most that a record has lost, and the greatest length of a vector.
    let residualMax: Float
    let lengthMax: Float

    /// Records of the vectors that `read` writes for `covered`; it returns `false` where there is
    /// none.
    ///
    /// - Parameters:
    ///   - center: what one-bit codes are seen from.
    ///   - old: a list whose records are copied where `isKept` says that the vector is the same.
    ///     One-bit codes that are seen from another point, or are not there, are made anew.
    package init<Failure: Error>(
        _ layout: CodeLayout, of covered: [UInt32], center: CodeCenter? = nil,
        from old: CodeList? = nil, where isKept: (UInt32) -> Bool = { _ in false },
        read: (UInt32, UnsafeMutablePointer<Float>) throws(Failure) -> Bool
    ) throws(Failure) {
        let bytes = layout.recordBytes
        let blockBytes = center?.layout.blockBytes ?? 0
        // SAFETY: a record for each of `covered`, blocks for as many, a vector; the last and, on
        // failure, the others are freed here.
        let records = Self.zeros(covered.count * bytes)
        let blocks = Self.zeros(center?.layout.coarseBytes(entries: covered.count) ?? 0)
        let vector = UnsafeMutablePointer<Float>.allocate(capacity: layout.dimension)
        defer { vector.deallocate() }
        let encoder = center?.encoder()
        let hasBlocks = center == nil || old?.center === center
        var slots: [UInt32] = []
        var (residualMax, lengthMax): (Float, Float) = (0, old?.lengthMax ?? 0)
        var place = 0
        do throws(Failure) {
            for slot in covered {
                let record = UnsafeMutableRawPointer(records + slots.count * bytes)
                let (number, entry) = slots.count.quotientAndRemainder(
                    dividingBy: ListLayout.blockEntries)
                let block = blocks + number * blockBytes
                if let old {
                    while place < old.slots.count, old.slots[place] < slot { place += 1 }
                }
                if let old, place < old.slots.count, old.slots[place] == slot, isKept(slot) {
                    record.copyMemory(from: old.records + place * bytes, byteCount: bytes)
                    if !hasBlocks {
                        guard try read(slot, vector) else { continue }
                        encoder?.write(vector, slot: slot, block: block, place: entry, fine: nil)
                    } else if center != nil {
                        nt_list_move(
                            old.blocks + place / ListLayout.blockEntries * blockBytes,
                            place % ListLayout.blockEntries, block, entry, layout.dimension)
                    }
                } else {
                    guard try read(slot, vector) else { continue }
                    encoder?.write(vector, slot: slot, block: block, place: entry, fine: nil)
                    layout.encode(vector, into: record)
                    lengthMax = max(lengthMax, Self.length(vector, layout.dimension))
                }
                residualMax = max(
                    residualMax, record.load(fromByteOffset: WalkRecord.residual, as: Float.self))
                slots.append(slot)
            }
        } catch {
            records.deallocate()
            blocks.deallocate()
            throw error
        }
        self.layout = layout
        self.covered = covered
        self.slots = slots
        self.center = center
        self.records = records
        self.blocks = blocks
        self.residualMax = residualMax
        self.lengthMax = lengthMax
    }

    private static func zeros(_ count: Int) -> UnsafeMutablePointer<UInt8> {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(1, count), alignment: 64)
            .bindMemory(to: UInt8.self, capacity: max(1, count))
        bytes.initialize(repeating: 0, count: max(1, count))
        return bytes
    }

    private static func length(_ vector: UnsafePointer<Float>, _ dimension: Int) -> Float {
        var squares = 0.0
        for place in 0..<dimension { squares += Double(vector[place]) * Double(vector[place]) }
        return Float(squares.squareRoot())
    }

    deinit {
        records.deallocate()
        blocks.deallocate()
    }

    /// The rows of `lists` that may be among the `k` nearest to `query`: none is missing, whatever
    /// their records have lost, but for what ``CodeListQuery/confidence`` says of one-bit codes.
    /// All have the layout of the query, of integers or bits.
    package static func nearest(
        _ lists: [CodeList], to query: CodeListQuery, k: Int
    ) -> [UInt32] {
        let count = lists.reduce(0) { $0 + $1.slots.count }
        guard count > 2 * k, k > 0 else { return lists.flatMap(\.slots) }
        query.begin(
            k: k, residual: lists.reduce(0) { max($0, $1.residualMax) },
            length: lists.reduce(0) { max($0, $1.lengthMax) })
        for list in lists { list.offer(to: query) }
        return query.found()
    }

    private func offer(to query: CodeListQuery) {
        let (blocks, blockBytes) = (UnsafePointer(blocks), center?.layout.blockBytes ?? 0)
        slots.withUnsafeBufferPointer { slots in
            // SAFETY: as many records, and blocks for them, begin at `first`.
            guard let numbers = slots.baseAddress else { return }
            var first = 0
            while first < slots.count {
                let size = min(query.turn, slots.count - first)
                let own = blocks + first / ListLayout.blockEntries * blockBytes
                query.offer(
                    numbers + first, records: records + first * layout.recordBytes,
                    blocks: center.map { ($0, own) }, count: size)
                first += size
            }
        }
    }
}
