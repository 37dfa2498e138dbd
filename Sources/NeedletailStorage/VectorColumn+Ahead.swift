package import NeedletailCore

/// Reading of a table that is larger than memory.
extension VectorColumn {
    /// Whether ``readAhead(_:)`` does anything.
    package var readsAhead: Bool { view.readsAhead }

    /// Rows that a scan should have in memory at once; `nil` where that is no matter.
    package var windowRows: Int? { view.environment.mapped?.windowRows(stride: layout.stride) }

    /// To be called once `rows` vectors, here and there, have been read: pages are given back then.
    package func touched(rows: Int) {
        view.environment.mapped?.touch(rows &* layout.stride, places: rows)
    }

    /// Has all that ``vector(_:)`` will touch for the rows at `slots` read from the disk at once,
    /// in order of places, without waiting for it. Of a block that was not verified yet, that is
    /// all of it. Does nothing for a database that fits in memory.
    package func readAhead(_ slots: some Sequence<Slot>) throws(DatabaseError) {
        guard let mapped = view.environment.mapped, mapped.readsAhead else { return }
        var ask = Asking(mapped)
        var block: (number: UInt32, bytes: UnsafeRawBufferPointer)?
        for slot in slots.map(\.rawValue).sorted() {
            let number = slot >> UInt32(layout.rowShift)
            let row = Int(slot) & (layout.rowsPerBlock - 1)
            let offset = VectorBlock.headerBytes + row &* layout.stride
            if let place = remembered(number), place.isFull {
                ask.add(UnsafeRawBufferPointer(start: place.start + offset, count: layout.stride))
                continue
            }
            if block?.number != number {
                let name = VectorBlockName(table: table, column: self.column, block: number)
                guard let bytes = try view.get(name.key) else { continue }
                block = (number, bytes)
                guard view.environment.verifiedBlocks.mayContain(name) else {
                    ask.add(bytes)
                    continue
                }
                ask.add(UnsafeRawBufferPointer(rebasing: bytes.prefix(VectorBlock.headerBytes)))
            }
            guard let bytes = block?.bytes, offset + layout.stride <= bytes.count else { continue }
            ask.add(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + layout.stride]))
            // Where the presence bits are.
            ask.add(UnsafeRawBufferPointer(rebasing: bytes.suffix(8)))
        }
        ask.finish()
    }

    /// Puts adjoining pages together.
    private struct Asking {
        private let mapped: MappedPages
        private var start: UInt = 0
        private var end: UInt = 0
        private static let gapBytes: UInt = 4_096

        init(_ mapped: MappedPages) { self.mapped = mapped }

        mutating func add(_ bytes: UnsafeRawBufferPointer) {
            guard let base = bytes.baseAddress else { return }
            let first = UInt(bitPattern: base)
            let last = first &+ UInt(bytes.count)
            if first >= start, first <= end &+ Self.gapBytes {
                end = max(end, last)
                return
            }
            finish()
            (start, end) = (first, last)
        }

        func finish() {
            guard end > start else { return }
            // SAFETY: advice about pages of the map, which is never read here.
            mapped.ask(
                for: UnsafeRawBufferPointer(
                    start: UnsafeRawPointer(bitPattern: start), count: Int(end - start)))
        }
    }
}

extension StorageView {
    /// Has the parts of `lists` read from the disk, without waiting for them. Does nothing for a
    /// database that fits in memory.
    package func readAhead(
        index: UInt32, lists: some Sequence<UInt32>, hasSecondCodes: Bool
    ) throws(DatabaseError) {
        guard let mapped = environment.mapped, mapped.readsAhead else { return }
        for list in lists {
            var part: UInt32 = 0
            while let bytes = try get(.invertedList(index: index, list: list, part: part)) {
                mapped.ask(for: bytes)
                let fine = part | InvertedListPart.fineBit
                if hasSecondCodes,
                    let more = try get(.invertedList(index: index, list: list, part: fine))
                {
                    mapped.ask(for: more)
                }
                part += 1
            }
        }
    }
}
