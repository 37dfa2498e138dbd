import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// How many rows of a table pass a filter, by the set of their slots: from the cache, or from
/// indexes and included columns. Rows are read only for what these leave open, as where a long text
/// is cut in a key.
final class SlotCount: Sendable {
    private let table: TableDefinition
    private let parts: FilterParts
    /// Whose included columns know conditions that no other index does.
    private let index: IndexDefinition?

    /// `nil` where the filter has to be asked row by row.
    init?(_ scan: TableScan, _ compiler: ExpressionCompiler) {
        guard let count = scan.counted,
            let parts = FilterParts(scan.filter, count.parts, of: scan.table, compiler)
        else { return nil }
        table = scan.table
        self.parts = parts
        index = count.included
    }

    func count(_ run: PlanRun) throws(DatabaseError) -> Int {
        let reader = try run.scope.reader(table)
        func builder() throws(DatabaseError) -> FilterMaskBuilder {
            FilterMaskBuilder(
                filter: parts, table: table, rows: try rows(reader, run), reader: reader, run: run)
        }
        guard !parts.hasQuery, let snapshot = try reader.view.snapshot else {
            // What a transaction sees that writes is nobody else's.
            return try builder().slots(rowsMax: .max)?.count ?? 0
        }
        let key = FilterMaskCache.Key(table: table.id, filter: parts, run.parameters)
        let mask = try run.masks.mask(key, snapshot) { known throws(DatabaseError) in
            let builder = try builder()
            let sequence = try reader.view.commitSequence()
            if let known,
                let mask = try builder.updated(known, sequence: sequence, snapshot: snapshot)
            {
                return mask
            }
            return try builder.slots(rowsMax: .max).map {
                FilterMask($0, sequence: sequence, snapshot: snapshot)
            }
        }
        return mask?.count ?? 0
    }

    private func rows(
        _ reader: TableReader, _ run: PlanRun
    ) throws(DatabaseError) -> FilteredRows {
        guard let index,
            let state = try run.segments.usableState(
                of: index, reader.view, isShared: run.scope.writer == nil)
        else { return try FilteredRows(reader) }
        return FilteredRows(state)
    }
}
