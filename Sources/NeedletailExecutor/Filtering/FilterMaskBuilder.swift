import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// Finds the rows of one snapshot that pass a filter: from the included columns and from indexes
/// where these can tell, else from the rows themselves.
struct FilterMaskBuilder {
    let filter: FilterParts
    let table: TableDefinition
    let rows: FilteredRows
    let reader: TableReader
    let run: PlanRun
    /// Keys of an index, or values of a column that have to be put into a condition, that may be
    /// looked at for one condition; beyond that nobody knows it.
    var looksMax = Int.max

    /// Texts up to this length are in keys as they are.
    private static let wholeTextMax = 64
    /// To read a row takes as long as to look at so many keys.
    private static let looksPerRow = 6

    /// The rows that pass.
    ///
    /// - Parameter rowsMax: how many rows may be read for conditions that no structure can tell.
    /// - Returns: `nil` where that does not suffice.
    func slots(rowsMax: Int) throws(DatabaseError) -> SlotBitmap? {
        var result = rows.live
        var rest: [FilterParts.Part] = []
        let tail = SlotBitmap(rows.tail.map(\.rawValue))
        var testsTail = false
        for part in partsInOrder() {
            if let included = try included(part) {
                result.formIntersection(included.union(tail))
                testsTail = true
            } else if let found = try indexed(part, looksMax: looksMax(result.count, rowsMax)) {
                result.formIntersection(found.slots)
                if !found.isWhole { rest.append(part) }
            } else {
                rest.append(part)
            }
        }
        if testsTail {
            for slot in rows.tail where result.contains(slot.rawValue) {
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
            if rows.live.contains(slot), try accepts(Slot(slot)) { result.insert(slot) }
        }
        return result
    }

    /// `known` as it is in a later snapshot; `nil` where it is as well found anew.
    func updated(
        _ known: FilterMask, sequence: UInt64, snapshot: UInt64?
    ) throws(DatabaseError) -> FilterMask? {
        guard known.sequence <= sequence,
            let changed = try reader.slotsChanged(since: known.sequence),
            changed.count <= max(64, rows.rowCount / 64)
        else { return nil }
        return FilterMask(
            try slots(updating: known.slots, at: changed), sequence: sequence, snapshot: snapshot,
            nodes: known.nodes(of: rows.segments, without: changed), earlier: known.nodesSoFar)
    }

    // MARK: Rows

    private func accepts(_ slot: Slot) throws(DatabaseError) -> Bool {
        run.counters.work.visited += 1
        var row = try RowReader(view: reader.view, layout: filter.layout).row(at: slot)
        row.append(.int(Int64(slot.rawValue)))
        return try filter.accepts(run, row)
    }

    /// Takes out of `slots` the rows that do not pass.
    private func keep(
        _ slots: inout SlotBitmap, _ count: Int,
        _ passes: ([Value]) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        run.counters.work.visited += count
        let records = RowReader(view: reader.view, layout: filter.layout)
        var passing = SlotBitmap(capacity: slots.capacity)
        func test(_ row: [Value], _ slot: UInt32) throws(DatabaseError) {
            var row = row
            row.append(.int(Int64(slot)))
            if try passes(row) { passing.insert(slot) }
        }
        if count > rows.rowCount / 8 {
            // Records in their order cost less than looking each up.
            let cursor = try reader.records()
            while let record = try cursor.next() {
                let slot = record.slot.rawValue
                if slot % 4_096 == 0 { try run.cancellation.check() }
                guard slots.contains(slot) else { continue }
                try test(try records.row(record), slot)
            }
        } else {
            for slot in slots.slots {
                if slot % 4_096 == 0 { try run.cancellation.check() }
                try test(try records.row(at: Slot(slot)), slot)
            }
        }
        slots = passing
    }

    // MARK: Indexes

    /// What is told as a set first, then what is found key by key, the rarest first.
    private func partsInOrder() -> [FilterParts.Part] {
        let walked = filter.parts.filter(\.isWalked)
        let others = filter.parts.filter { !$0.isWalked }
        guard walked.count > 1 else { return others + walked }
        let estimator = run.estimator(of: table)
        let shares = walked.enumerated().map { place, part in
            (share: estimator.share(of: part.condition), place: place)
        }
        return others + shares.sorted { $0 < $1 }.map { walked[$0.place] }
    }

    /// Keys that are worth looking at where only `count` rows are left, which may be read instead.
    private func looksMax(_ count: Int, _ rowsMax: Int) -> Int {
        guard count <= rowsMax else { return looksMax }
        let reading = count.multipliedClamped(by: Self.looksPerRow).addedClamped(1_024)
        return min(looksMax, reading)
    }

    private func indexed(
        _ part: FilterParts.Part, looksMax: Int
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
        var found = SlotBitmap(capacity: rows.live.capacity)
        var count = 0
        while let slot = try cursor.next() {
            count += 1
            if count % 4_096 == 0 { try run.cancellation.check() }
            guard count <= looksMax else { return nil }
            found.insert(slot.rawValue)
        }
        let isCut = try access.hasLongText(run, above: Self.wholeTextMax)
        return (found, part.isWhole && !isCut)
    }

    // MARK: Included columns

    /// Rows of segments that meet the condition; `nil` where a column is not included in them.
    private func included(_ part: FilterParts.Part) throws(DatabaseError) -> SlotBitmap? {
        guard !part.columns.isEmpty, !rows.segments.isEmpty else { return nil }
        var result = SlotBitmap(capacity: rows.live.capacity)
        for segment in rows.segments {
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
        if columns.count == 1, let comparison = part.comparison,
            let test = try comparison.test(columns[0].values.form, run)
        {
            return try included.slots(where: columns[0].values, passes: test)
        }
        let distinct = columns.count == 1 ? columns[0].values.distinctMax?.count : nil
        guard distinct ?? segment.rowCount <= looksMax else { return nil }
        if columns.count == 1 {
            let (position, values) = columns[0]
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
