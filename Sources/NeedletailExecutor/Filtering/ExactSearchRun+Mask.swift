import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailKernels

/// The rows that pass the filter of a search.
extension ExactSearchRun {
    /// Tables up to this many rows are read whole for a filter that no structure can tell.
    private static let rowsReadMax = 16_384
    /// Of a sample, the share that passes below which too many candidates would be refused.
    private static let shareMin = 0.05
    private static let sampleRows = 128

    /// The rows that pass, from the cache where it has them.
    ///
    /// What is chosen depends on the filter and the snapshot alone, so that two statements with
    /// the same filter see the same rows.
    ///
    /// - Parameter isForced: whether the rows that pass are found whatever that costs.
    /// - Returns: `nil` where so many pass that testing what a search meets costs less.
    func mask(
        _ parts: FilterParts, _ state: VectorIndexState, isForced: Bool
    ) throws(DatabaseError) -> FilterMask? {
        let builder = FilterMaskBuilder(
            filter: parts, table: search.table, state: state, reader: reader, run: run)
        guard let snapshot = state.snapshot, !parts.hasQuery else {
            return try found(builder, state, isForced: isForced)
        }
        let key = maskKey(parts)
        let known = run.masks.newest(key)
        if let known, known.snapshot == snapshot { return known }
        if let known, let mask = try updated(known, builder, state) {
            run.masks.keep(mask, for: key)
            return mask
        }
        guard let mask = try found(builder, state, isForced: isForced) else { return nil }
        run.masks.keep(mask, for: key)
        return mask
    }

    private func found(
        _ builder: FilterMaskBuilder, _ state: VectorIndexState, isForced: Bool
    ) throws(DatabaseError) -> FilterMask? {
        var slots = try builder.slots(rowsMax: isForced ? .max : Self.rowsReadMax)
        if slots == nil, try passingShare(state) < Self.shareMin {
            slots = try builder.slots(rowsMax: .max)
        }
        return slots.map {
            FilterMask($0, sequence: state.sequence, snapshot: state.snapshot)
        }
    }

    /// `known` as it is in a later snapshot; `nil` where it is as well found anew.
    private func updated(
        _ known: FilterMask, _ builder: FilterMaskBuilder, _ state: VectorIndexState
    ) throws(DatabaseError) -> FilterMask? {
        guard known.sequence <= state.sequence,
            let changed = try reader.slotsChanged(since: known.sequence),
            changed.count <= max(64, state.rowCount / 64)
        else { return nil }
        return FilterMask(
            try builder.slots(updating: known.slots, at: changed), sequence: state.sequence,
            snapshot: state.snapshot, nodes: known.nodes(of: state.segments, without: changed),
            earlier: known.nodesSoFar)
    }

    private func maskKey(_ parts: FilterParts) -> FilterMaskCache.Key {
        FilterMaskCache.Key(
            table: search.table.id, filter: parts,
            values: parts.parameters.map { run.parameters[$0] })
    }

    /// Which share of the rows passes the filter, by a sample; 1 where there is none.
    func passingShare(_ state: VectorIndexState) throws(DatabaseError) -> Double {
        guard accepts != nil else { return 1 }
        guard let parts = search.parts, let snapshot = state.snapshot, !parts.hasQuery else {
            return try sampledShare(state)
        }
        return try run.masks.share(maskKey(parts), snapshot) { () throws(DatabaseError) in
            try sampledShare(state)
        }
    }

    private func sampledShare(_ state: VectorIndexState) throws(DatabaseError) -> Double {
        guard let accepts, state.rowCount > 0 else { return 1 }
        var random = SplitMix64(seed: 0x5EED)
        let end = UInt32(clamping: state.live.capacity)
        var (looked, passed) = (0, 0)
        // Most places below the end are live.
        for _ in 0..<8 * Self.sampleRows where looked < Self.sampleRows {
            let slot = UInt32.random(in: 0..<end, using: &random)
            guard state.live.contains(slot) else { continue }
            looked += 1
            if try accepts(Slot(slot)) { passed += 1 }
        }
        return looked == 0 ? 1 : Double(passed) / Double(looked)
    }
}
