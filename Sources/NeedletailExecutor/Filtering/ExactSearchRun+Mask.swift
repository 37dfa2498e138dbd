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
    /// Where nothing is searched, and it is only asked how many rows pass.
    private static let rowsReadMaxAsked = 1_024
    private static let looksMaxAsked = 65_536

    /// What may be spent on finding the rows that pass.
    enum Effort {
        /// As little as somebody waits for who only wants to know how many they are.
        case asked
        /// What is usual for a search.
        case usual
        case whatever
    }

    /// Whether a search will know the rows that pass before it begins.
    ///
    /// - Parameters:
    ///   - rows: of which it has to read every one, for what no structure knows.
    ///   - share: of all rows, those that pass.
    static func isKnown(reading rows: Int, share: Double) -> Bool {
        rows <= rowsReadMax || share < shareMin
    }

    /// The rows that pass, from the cache where it has them.
    ///
    /// What is chosen depends on the filter and the snapshot alone, so that two statements with
    /// the same filter see the same rows.
    ///
    /// - Returns: `nil` where so many pass that testing what a search meets costs less, or where
    ///   more would be spent than `effort` has.
    func mask(
        _ parts: FilterParts, _ state: VectorIndexState, _ effort: Effort
    ) throws(DatabaseError) -> FilterMask? {
        guard let snapshot = state.snapshot, !parts.hasQuery else {
            return try found(builder(parts, state, effort), state, effort)
        }
        return try run.masks.mask(maskKey(parts), snapshot) { known throws(DatabaseError) in
            let builder = builder(parts, state, effort)
            if let known,
                let mask = try builder.updated(
                    known, sequence: state.sequence, snapshot: snapshot)
            {
                return mask
            }
            return try found(builder, state, effort)
        }
    }

    private func builder(
        _ parts: FilterParts, _ state: VectorIndexState, _ effort: Effort
    ) -> FilterMaskBuilder {
        var builder = FilterMaskBuilder(
            filter: parts, table: search.table, rows: FilteredRows(state), reader: reader, run: run)
        if effort == .asked { builder.looksMax = Self.looksMaxAsked }
        return builder
    }

    private func found(
        _ builder: FilterMaskBuilder, _ state: VectorIndexState, _ effort: Effort
    ) throws(DatabaseError) -> FilterMask? {
        let rowsMax =
            switch effort {
            case .asked: Self.rowsReadMaxAsked
            case .usual: Self.rowsReadMax
            case .whatever: Int.max
            }
        var slots = try builder.slots(rowsMax: rowsMax)
        if slots == nil, effort != .asked, try passingShare(state) < Self.shareMin {
            slots = try builder.slots(rowsMax: .max)
        }
        return slots.map {
            FilterMask($0, sequence: state.sequence, snapshot: state.snapshot)
        }
    }

    private func maskKey(_ parts: FilterParts) -> FilterMaskCache.Key {
        FilterMaskCache.Key(table: search.table.id, filter: parts, run.parameters)
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
