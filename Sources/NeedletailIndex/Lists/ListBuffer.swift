import CNeedletailKernels
import NeedletailKernels

/// The entries of one list in memory, for changing them. Their order means nothing.
package struct ListBuffer: Sendable {
    package let layout: ListLayout
    package private(set) var count = 0
    /// Whole blocks of coarse codes; see `needletail_lists.h` for how they lie.
    package private(set) var coarse: [UInt8] = []
    /// A second record for each entry, or nothing.
    package private(set) var fine: [UInt8] = []

    /// A list without entries.
    package init(_ layout: ListLayout) { self.layout = layout }

    /// The list whose bytes are given; `nil` where they are not those of `count` entries.
    package init?(
        _ layout: ListLayout, coarse: UnsafeRawBufferPointer, fine: UnsafeRawBufferPointer,
        count: Int
    ) {
        // SAFETY: the bytes are only copied.
        guard Self.isWhole(layout, coarse: coarse.count, fine: fine.count, count: count) else {
            return nil
        }
        self.layout = layout
        self.count = count
        self.coarse = Array(coarse)
        self.fine = Array(fine)
    }

    /// Whether a list of `count` entries has so many bytes.
    package static func isWhole(
        _ layout: ListLayout, coarse: Int, fine: Int, count: Int
    ) -> Bool {
        guard count >= 0, count <= coarse else { return false }
        return coarse == layout.coarseBytes(entries: count)
            && fine == layout.fineBytes(entries: count)
    }

    /// The slots of all entries, in the order in which they lie.
    package var slots: [UInt32] {
        coarse.withUnsafeBytes { layout.slots($0, entries: count) }
    }

    /// All that is kept of one entry: a block without others, and its second record.
    package func bytes(of entry: Int) -> [UInt8] {
        precondition((0..<count).contains(entry), "there is no such entry")
        let (size, entries) = (layout.blockBytes, ListLayout.blockEntries)
        var block = [UInt8](repeating: 0, count: size)
        coarse.withUnsafeBufferPointer { coarse in
            block.withUnsafeMutableBufferPointer { block in
                // SAFETY: the entry is in the list, so its block is whole, and so is the other.
                guard let from = coarse.baseAddress, let to = block.baseAddress else { return }
                nt_list_move(
                    from + entry / entries * size, entry % entries, to, 0, layout.dimension)
            }
        }
        let record = layout.fineRecordBytes
        return block + fine[entry * record..<(entry + 1) * record]
    }

    package mutating func reserve(_ entries: Int) {
        coarse.reserveCapacity(layout.coarseBytes(entries: entries))
        fine.reserveCapacity(layout.fineBytes(entries: entries))
    }

    /// Adds the entry of a row.
    ///
    /// - Parameters:
    ///   - vector: finite components; brought to length 1 by cosine.
    ///   - encoder: of this list, of the same layout.
    package mutating func append(
        slot: UInt32, vector: UnsafePointer<Float>, encoder: ListEncoder
    ) {
        precondition(encoder.layout == layout, "the encoder has another layout")
        let entry = count
        if entry % ListLayout.blockEntries == 0 {
            coarse.append(contentsOf: repeatElement(0, count: layout.blockBytes))
        }
        let recordBytes = layout.fineRecordBytes
        fine.append(contentsOf: repeatElement(0, count: recordBytes))
        count += 1
        let (block, place) = entry.quotientAndRemainder(dividingBy: ListLayout.blockEntries)
        coarse.withUnsafeMutableBufferPointer { coarse in
            fine.withUnsafeMutableBytes { fine in
                // SAFETY: room for the entry was added to both just now.
                guard let base = coarse.baseAddress else { return }
                let record =
                    recordBytes == 0
                    ? nil
                    : fine.baseAddress.map {
                        $0 + entry * recordBytes
                    }
                encoder.write(
                    vector, slot: slot, block: base + block * layout.blockBytes, place: place,
                    fine: record)
            }
        }
    }

    /// Takes the entry of a row out; the last one moves to its place.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    package mutating func remove(slot: UInt32) -> Bool {
        guard let entry = (0..<count).first(where: { coarse.loadWord(at: slotPlace($0)) == slot })
        else { return false }
        let last = count - 1
        move(last, to: entry)
        count = last
        coarse.removeLast(coarse.count - layout.coarseBytes(entries: count))
        fine.removeLast(fine.count - layout.fineBytes(entries: count))
        clear(last)
        return true
    }

    private mutating func move(_ from: Int, to entry: Int) {
        guard from != entry else { return }
        let (size, entries) = (layout.blockBytes, ListLayout.blockEntries)
        coarse.withUnsafeMutableBufferPointer { coarse in
            // SAFETY: both entries are in the list, so their blocks are whole.
            guard let base = coarse.baseAddress else { return }
            nt_list_move(
                base + from / entries * size, from % entries, base + entry / entries * size,
                entry % entries, layout.dimension)
        }
        let bytes = layout.fineRecordBytes
        guard bytes > 0 else { return }
        fine.withUnsafeMutableBytes { fine in
            guard let base = fine.baseAddress else { return }
            (base + entry * bytes).copyMemory(from: base + from * bytes, byteCount: bytes)
        }
    }

    /// Leaves nothing of an entry that was taken out of a block that stays, so that equal lists
    /// have equal bytes.
    private mutating func clear(_ entry: Int) {
        let (size, entries) = (layout.blockBytes, ListLayout.blockEntries)
        let block = entry / entries * size
        guard block < coarse.count else { return }
        let empty = [UInt8](repeating: 0, count: size)
        coarse.withUnsafeMutableBufferPointer { coarse in
            // SAFETY: the block is in the list, and `empty` is one block.
            guard let base = coarse.baseAddress else { return }
            nt_list_move(empty, 0, base + block, entry % entries, layout.dimension)
        }
    }

    private func slotPlace(_ entry: Int) -> Int {
        let (block, place) = entry.quotientAndRemainder(dividingBy: ListLayout.blockEntries)
        return (block + 1) * layout.blockBytes - (ListLayout.blockEntries - place) * 4
    }
}

extension [UInt8] {
    fileprivate func loadWord(at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(self[place + $1]) << UInt32(8 * $1) }
    }
}
