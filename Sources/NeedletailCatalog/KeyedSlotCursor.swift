package import NeedletailCore
import NeedletailStorage

/// The slots of an ordered structure's entries, in key order or backwards.
///
/// Keys too long for the store were cut, so neighbours among them may be out of order: they are put
/// right by the rows' own values.
package final class KeyedSlotCursor {
    private let reader: TableReader
    private let structure: KeyStructure
    private var ranges: [KeyRange]
    private let isDescending: Bool
    private var cursor: KeyRangeCursor?
    /// Entries whose order had to be found out, the next one last.
    private var pending: [Slot] = []
    /// Read beyond the end of a run of cut keys.
    private var ahead: Entry?

    private struct Entry {
        let slot: Slot
        /// What a cut key is ordered by; `nil` for keys stored whole.
        let cutPrefix: [UInt8]?
    }

    init(
        reader: TableReader, structure: KeyStructure, ranges: [KeyRange], descending: Bool
    ) throws(DatabaseError) {
        self.reader = reader
        self.structure = structure
        // The next range is taken from the end.
        self.ranges = descending ? ranges : ranges.reversed()
        isDescending = descending
    }

    package func next() throws(DatabaseError) -> Slot? {
        if let slot = pending.popLast() { return slot }
        guard let entry = try nextEntry() else { return nil }
        guard let shared = entry.cutPrefix else { return entry.slot }
        var slots = [entry.slot]
        while let following = try nextEntry() {
            guard following.cutPrefix == shared else {
                ahead = following
                break
            }
            slots.append(following.slot)
        }
        pending = try ordered(slots)
        return pending.popLast()
    }

    /// The slots of cut keys with the same first bytes, the first to come last.
    private func ordered(_ slots: [Slot]) throws(DatabaseError) -> [Slot] {
        var keyed: [(key: [UInt8], slot: Slot)] = []
        for slot in slots { keyed.append((try reader.encodedKey(structure, at: slot), slot)) }
        keyed.sort { left, right in
            if left.key == right.key { return left.slot < right.slot }
            return left.key.lexicographicallyPrecedes(right.key)
        }
        return isDescending ? keyed.map(\.slot) : keyed.reversed().map(\.slot)
    }

    private func nextEntry() throws(DatabaseError) -> Entry? {
        if let entry = ahead {
            ahead = nil
            return entry
        }
        while true {
            if cursor == nil {
                guard let range = ranges.popLast() else { return nil }
                cursor = try KeyRangeCursor(reader.view, range, reverse: isDescending)
            }
            guard let cursor, try cursor.next() else {
                cursor = nil
                continue
            }
            let part = encodedPart(cursor.key)
            return Entry(
                slot: try entrySlot(cursor),
                cutPrefix: BoundedKey.isCut(part) ? Array(part.prefix(BoundedKey.prefixBytes)) : nil
            )
        }
    }

    // SAFETY: the key is valid until the cursor moves; the slice stays inside it.
    private func encodedPart(_ key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let start = min(structure.prefix.count, key.count)
        var end = key.count
        if case .index = structure.kind { end = max(start, end - 4) }
        return UnsafeRawBufferPointer(rebasing: key[start..<end])
    }

    private func entrySlot(_ cursor: KeyRangeCursor) throws(DatabaseError) -> Slot {
        switch structure.kind {
        case .primaryKey:
            guard let slot = try reader.view.slot(StorageKey(cursor.key)) else {
                throw DatabaseError(.dataCorrupted, "a key of the primary key has no slot")
            }
            return slot
        case .index:
            guard cursor.key.count >= 4 else {
                throw DatabaseError(.dataCorrupted, "an index entry has no slot")
            }
            let number = cursor.key.loadUnaligned(
                fromByteOffset: cursor.key.count - 4, as: UInt32.self)
            return Slot(UInt32(bigEndian: number))
        }
    }
}
