import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// Tests candidates by what the segments of an index hold of the included columns, where a filter
/// reads no others.
final class IncludedFilter {
    private let filter: CompiledExactSearch.CandidateFilter
    private let table: TableDefinition
    private let run: PlanRun
    private var segments: [Values] = []
    /// What the filter sees: the row of one candidate, then of the next.
    private var row: [Value]

    /// The columns of one segment, each with its position in the row.
    private struct Values {
        let included: IncludedColumns
        let columns: [(position: Int, values: IncludedColumn)]
    }

    /// `nil` where the filter of `search` reads rows, or there is none.
    init?(_ search: CompiledExactSearch, _ run: PlanRun) {
        guard let filter = search.filter, !filter.included.isEmpty else { return nil }
        self.filter = filter
        table = search.table
        self.run = run
        row = [Value](repeating: .null, count: table.columns.count + 1)
    }

    /// From now on rows of these segments need not be read. `state` must be that of the snapshot
    /// which is searched.
    func use(_ state: VectorIndexState) {
        segments = state.segments.compactMap { segment in
            guard let included = segment.included else { return nil }
            let columns = filter.included.compactMap { position in
                included.column(table.columns[position].id, table.columns[position].type)
                    .map { (position: position, values: $0) }
            }
            guard columns.count == filter.included.count else { return nil }
            return Values(included: included, columns: columns)
        }
    }

    /// Whether the row at `slot`, which is live, passes; `nil` where it is in no segment.
    func accepts(_ slot: Slot) throws(DatabaseError) -> Bool? {
        for segment in segments {
            guard let place = segment.included.place(of: slot.rawValue) else { continue }
            run.counters.work.visited += 1
            run.counters.work.filterRows += 1
            for column in segment.columns {
                row[column.position] = column.values.value(at: place)
            }
            row[table.columns.count] = .int(Int64(slot.rawValue))
            let isAccepted = try filter.accepts(run, row)
            if !isAccepted { run.counters.work.refused += 1 }
            return isAccepted
        }
        return nil
    }
}
