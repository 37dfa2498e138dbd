import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailStorage

/// Finds the rows of one snapshot that pass a filter: from the included columns and from indexes
/// where these can tell, else from the rows themselves.
struct FilterMaskBuilder {
    let filter: FilterParts
    let table: TableDefinition
    let state: VectorIndexState
    let reader: TableReader
    let run: PlanRun

    /// Texts up to this length are in keys as they are.
    private static let wholeTextMax = 64

    /// The rows that pass.
    ///
    /// - Parameter rowsMax: how many rows may be read for conditions that no structure can tell.
    /// - Returns: `nil` where that does not suffice.
    func slots(rowsMax: Int) throws(DatabaseError) -> SlotBitmap? {
        var result = state.live
        var rest: [FilterParts.Part] = []
        let tail = SlotBitmap(state.tail.map(\.rawValue))
        var testsTail = false
        for part in filter.parts {
            if let included = try included(part) {
                result.formIntersection(included.union(tail))
                testsTail = true
            } else if let found = try indexed(part) {
                result.formIntersection(found.slots)
                if !found.isWhole { rest.append(part) }
            } else {
                rest.append(part)
            }
        }
        if testsTail {
            for slot in state.tail where result.contains(slot.rawValue) {
                if try !accepts(slot) { result.remove(slot.rawValue) }
            }
        }
        guard !rest.isEmpty else { return result }
        let count = result.count
        guard count <= rowsMax else { return nil }
        try keep(&result, count) { row throws(DatabaseError) in
            for part in rest where try !part.accepts(run, row) { return false }
            return true
        }
        return result
    }

    /// `old` with the rows at `changed` looked at again.
    func slots(
        updating old: SlotBitmap, at changed: Set<UInt32>
    ) throws(DatabaseError) -> SlotBitmap {
        var result = old
        for slot in changed {
            result.remove(slot)
            if state.live.contains(slot), try accepts(Slot(slot)) { result.insert(slot) }
        }
        return result
    }

    // MARK: Rows

    private func accepts(_ slot: Slot) throws(DatabaseError) -> Bool {
        run.counters.visited += 1
        var row = try RowReader(view: reader.view, layout: filter.layout).row(at: slot)
        row.append(.int(Int64(slot.rawValue)))
        return try filter.accepts(run, row)
    }

    /// Takes out of `slots` the rows that do not pass.
    private func keep(
        _ slots: inout SlotBitmap, _ count: Int,
        _ passes: ([Value]) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        run.counters.visited += count
        let rows = RowReader(view: reader.view, layout: filter.layout)
        var passing = SlotBitmap(capacity: slots.capacity)
        func test(_ row: [Value], _ slot: UInt32) throws(DatabaseError) {
            var row = row
            row.append(.int(Int64(slot)))
            if try passes(row) { passing.insert(slot) }
        }
        if count > state.rowCount / 8 {
            // Records in their order cost less than looking each up.
            let cursor = try reader.records()
            while let record = try cursor.next() {
                let slot = record.slot.rawValue
                if slot % 4_096 == 0 { try run.cancellation.check() }
                guard slots.contains(slot) else { continue }
                try test(try rows.row(record), slot)
            }
        } else {
            for slot in slots.slots {
                if slot % 4_096 == 0 { try run.cancellation.check() }
                try test(try rows.row(at: Slot(slot)), slot)
            }
        }
        slots = passing
    }

    // MARK: Indexes

    private func indexed(
        _ part: FilterParts.Part
    ) throws(DatabaseError) -> (slots: SlotBitmap, isWhole: Bool)? {
        if let found = try part.lookup?.slots(reader, run) { return (found.slots, found.isExact) }
        if case .postings(let index, let keys)? = part.access {
            // A posting is of whole values, however long.
            return try SlotSource.postings(index, keys.ranges(run), reader)
                .map { ($0, part.isWhole) }
        }
        guard let access = part.access,
            let cursor = try SlotSource(access, reader: reader, run)
        else { return nil }
        var found = SlotBitmap(capacity: state.live.capacity)
        var count = 0
        while let slot = try cursor.next() {
            count += 1
            if count % 4_096 == 0 { try run.cancellation.check() }
            found.insert(slot.rawValue)
        }
        let isCut = try access.hasLongText(run, above: Self.wholeTextMax)
        return (found, part.isWhole && !isCut)
    }

    // MARK: Included columns

    /// Rows of segments that meet the condition; `nil` where a column is not included in them.
    private func included(_ part: FilterParts.Part) throws(DatabaseError) -> SlotBitmap? {
        guard !part.columns.isEmpty else { return nil }
        var result = SlotBitmap(capacity: state.live.capacity)
        for segment in state.segments {
            guard let slots = try included(part, segment) else { return nil }
            result.formUnion(slots)
        }
        return result
    }

    private func included(
        _ part: FilterParts.Part, _ segment: Segment
    ) throws(DatabaseError) -> SlotBitmap? {
        guard let included = segment.included else { return nil }
        var columns: [(position: Int, values: IncludedColumn)] = []
        for position in part.columns {
            guard position < table.columns.count,
                let values = included.column(
                    table.columns[position].id, table.columns[position].type)
            else { return nil }
            columns.append((position, values))
        }
        var row = [Value](repeating: .null, count: table.columns.count + 1)
        if columns.count == 1 {
            let (position, values) = columns[0]
            if let comparison = part.comparison,
                let test = try comparison.test(values.form, run)
            {
                return try included.slots(where: values, passes: test)
            }
            return try included.slots(
                where: values,
                passes: .values { value throws(DatabaseError) in
                    row[position] = value
                    return try part.accepts(run, row)
                })
        }
        return try included.slots { place throws(DatabaseError) in
            for column in columns { row[column.position] = column.values.value(at: place) }
            return try part.accepts(run, row)
        }
    }
}
