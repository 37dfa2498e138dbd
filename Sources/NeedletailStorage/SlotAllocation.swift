import NeedletailBitmap
package import NeedletailCore

extension StorageView {
    /// Slots of `table` freed at a sequence below this may be given out again: every index manifest
    /// covers the commit that freed them. `UInt64.max` where the table has no manifest.
    package func reuseHorizon(table: UInt32) throws(DatabaseError) -> UInt64 {
        var horizon = UInt64.max
        try forEach(prefix: StorageKey(.indexManifest, table)) { key, value throws(DatabaseError) in
            guard let payload = SealedRecord.open(key: key, value: value),
                let manifest = IndexManifest(payload)
            else { throw .corrupted("\(KeyParts(key).description) fails its checksum") }
            horizon = min(horizon, manifest.coveredSequence)
            return true
        }
        return horizon
    }
}

extension StorageWriter {
    /// A slot for one new row of `table`. Errors: ``allocateSlots(table:count:)``'s.
    package func allocateSlot(table: UInt32) throws(DatabaseError) -> Slot {
        guard let range = try allocateSlots(table: table, count: 1).first else {
            throw Self.tableFull(table)
        }
        return Slot(range.lowerBound)
    }

    /// Slots for `count` new rows of `table`, as ranges.
    ///
    /// A slot freed by an earlier transaction is given out again once every index manifest covers
    /// the commit that freed it; slots freed by this transaction are not. Each slot must then be
    /// made live, or given back with ``releaseSlot(table:slot:)``. Throws 54000 where the table is
    /// full.
    package func allocateSlots(
        table: UInt32, count: Int
    ) throws(DatabaseError) -> [Range<UInt32>] {
        var state = try takeSlotTable(table)
        defer { slotTables[table] = state }
        var ranges: [Range<UInt32>] = []
        var missing = count
        while missing > 0 {
            if let range = try reuse(missing, &state) {
                ranges.append(range)
                missing -= range.count
                continue
            }
            let range = state.takeFresh(missing)
            guard !range.isEmpty else {
                for taken in ranges { state.giveBack(taken) }
                throw Self.tableFull(table)
            }
            ranges.append(range)
            missing -= range.count
        }
        state.isDirty = true
        return ranges
    }

    private func reuse(
        _ count: Int, _ state: inout SlotTable
    ) throws(DatabaseError) -> Range<UInt32>? {
        while true {
            if let range = state.takeReusable(count) { return range }
            guard state.nextReusable != nil else { return nil }
            try takeUpNextFreed(&state)
        }
    }

    /// Loads the next record of freed slots that is old enough.
    private func takeUpNextFreed(_ state: inout SlotTable) throws(DatabaseError) {
        guard let from = state.nextReusable else { return }
        state.nextReusable = nil
        let view = try unflushedView
        var found = try Cursor(view)
        let prefix = StorageKey(.freedSlots, state.table)
        // SAFETY: the bytes of a local key, and of a record that is read before the next write.
        guard try found.seek(from), prefix.withUnsafeBytes({ found.key.starts(with: $0) }),
            let freedAt = KeyParts(found.key).longNumber(at: 5)
        else { return }
        let horizon = min(try view.reuseHorizon(table: state.table), sequence)
        guard freedAt < horizon else { return }
        let key = StorageKey(found.key)
        guard let payload = SealedRecord.open(key: found.key, value: found.value),
            let ranges = FreedRecord.ranges(payload)
        else { throw .unsealed(key) }
        state.reusable.append(FreedRecord(key: key, ranges: ranges))
        state.nextReusable = key.successor
    }

    /// Makes `slot` hold a row, and logs the insertion. Throws XX001 if it holds one already.
    package func markLive(table: UInt32, slot: Slot) throws(DatabaseError) {
        try setLive(table: table, slot: slot, true)
        changes.add(table, .inserted, slot.rawValue)
    }

    /// Makes `slot` free, and logs the deletion. Throws XX001 if it holds no row.
    package func markDead(table: UInt32, slot: Slot) throws(DatabaseError) {
        try setLive(table: table, slot: slot, false)
        changes.add(table, .deleted, slot.rawValue)
        try releaseSlot(table: table, slot: slot)
    }

    /// Gives back a slot that is not live, such as one allocated for a row that then failed.
    package func releaseSlot(table: UInt32, slot: Slot) throws(DatabaseError) {
        var state = try takeSlotTable(table)
        state.giveBack(slot.rawValue..<slot.rawValue + 1)
        slotTables[table] = state
    }

    /// Logs that the row at `slot` changed where it is.
    package func logUpdate(table: UInt32, slot: Slot) {
        changes.add(table, .updated, slot.rawValue)
    }

    private func setLive(table: UInt32, slot: Slot, _ isLive: Bool) throws(DatabaseError) {
        var state = try takeSlotTable(table)
        defer { slotTables[table] = state }
        let number = slot.rawValue / LiveChunk.slots
        if state.chunks[number] == nil {
            state.chunks[number] = try loadChunk(table, number)
        }
        let bit = slot.rawValue % LiveChunk.slots
        let hasChanged =
            isLive
            ? state.chunks[number]?.bits.insert(bit) : state.chunks[number]?.bits.remove(bit)
        guard hasChanged == true else {
            throw .corrupted(
                "slot \(slot.rawValue) of table \(table) is \(isLive ? "live" : "free") already")
        }
        state.chunks[number]?.isDirty = true
        let count = state.statistics.rowCount + (isLive ? 1 : -1)
        guard count >= 0 else { throw .corrupted("table \(table) counts fewer rows than it has") }
        state.statistics.rowCount = count
        state.isDirty = true
    }

    private func loadChunk(_ table: UInt32, _ number: UInt32) throws(DatabaseError) -> LiveChunk {
        let key = StorageKey.liveSlots(table: table, chunk: number)
        guard let payload = try unflushedView.sealed(key) else { return LiveChunk() }
        guard let chunk = LiveChunk(payload) else { throw .unsealed(key) }
        return chunk
    }

    /// The state of `table`, taken out of the dictionary so that changing it copies nothing. The
    /// caller puts it back.
    private func takeSlotTable(_ table: UInt32) throws(DatabaseError) -> SlotTable {
        if let state = slotTables.removeValue(forKey: table) { return state }
        return try SlotTable(table, unflushedView)
    }

    private static func tableFull(_ table: UInt32) -> DatabaseError {
        DatabaseError(
            .programLimit, "table \(table) has no slot left of \(Limits.slotsMax)",
            hint: "Delete rows, or divide the table.")
    }

    /// Writes what the slots of all tables have changed.
    func flushSlots() throws(DatabaseError) {
        for table in slotTables.keys {
            guard var state = slotTables[table], state.isDirty else { continue }
            try flushChunks(&state)
            try flushFreed(&state)
            try putSealed(.tableStatistics(table), state.statistics.encoded)
            state.isDirty = false
            slotTables[table] = state
        }
    }

    private func flushChunks(_ state: inout SlotTable) throws(DatabaseError) {
        for (number, chunk) in state.chunks where chunk.isDirty {
            let key = StorageKey.liveSlots(table: state.table, chunk: number)
            try putSealed(key, chunk.encoded)
            state.chunks[number]?.isDirty = false
        }
    }

    private func flushFreed(_ state: inout SlotTable) throws(DatabaseError) {
        for record in state.reusable where record.isDirty {
            if record.ranges.isEmpty {
                try delete(record.key)
            } else {
                try putSealed(record.key, FreedRecord.encode(record.ranges))
            }
        }
        state.reusable.removeAll { $0.ranges.isEmpty }
        for index in state.reusable.indices { state.reusable[index].isDirty = false }
        var rest = state.freed.coalesced()[...]
        while !rest.isEmpty {
            let part = rest.prefix(StorageTuning.freedRangesPerRecord)
            rest = rest.dropFirst(part.count)
            let key = StorageKey.freedSlots(
                table: state.table, sequence: sequence, part: state.freedPart)
            try putSealed(key, FreedRecord.encode(part))
            state.freedPart += 1
        }
        state.freed = []
    }

    /// Removes everything that is stored under `table`. Its indexes have
    /// numbers of their own and are removed with ``deleteIndex(_:)``.
    package func deleteTable(_ table: UInt32) throws(DatabaseError) {
        vectorBuffer.discard(table: table)
        slotTables[table] = nil
        changes.add(table, .dropped, nil)
        for kind in KeyKind.ofTable { try delete(prefix: StorageKey(kind, table)) }
    }

    /// Removes everything that is stored under `index`.
    package func deleteIndex(_ index: UInt32) throws(DatabaseError) {
        postingBuffer.discard(index: index)
        pending[index] = nil
        for kind in KeyKind.ofIndex { try delete(prefix: StorageKey(kind, index)) }
    }
}
