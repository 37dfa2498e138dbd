import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// Rows of a table by an access path, with the slot as the last column.
final class TableScanSource: RowSource {
    private enum Input {
        /// Whole records in slot order, read one after the other.
        case records(RowCursor)
        case slots(SlotSource)
    }

    private let input: Input
    private let rows: RowReader
    private let accepts: (([Value]) throws(DatabaseError) -> Bool)?
    private let counters: ExecutionCounters
    private let cancellation: Cancellation

    init(_ scan: TableScan, builder: PlanBuilder) throws(DatabaseError) {
        let reader = try builder.scope.reader(scan.table)
        if let slots = try SlotSource(scan.access, reader: reader, builder: builder) {
            input = .slots(slots)
        } else {
            input = .records(try reader.records())
        }
        rows = reader.rows(needed: ColumnSelection(scan.needed))
        accepts = scan.filter.map(builder.compiler.predicate)
        counters = builder.counters
        cancellation = builder.cancellation
    }

    func next() throws(DatabaseError) -> [Value]? {
        while let row = try nextRow() {
            counters.visited += 1
            if counters.visited % 512 == 0 { try cancellation.check() }
            if let accepts, try !accepts(row) { continue }
            return row
        }
        return nil
    }

    private func nextRow() throws(DatabaseError) -> [Value]? {
        let slot: Slot
        var row: [Value]
        switch input {
        case .records(let cursor):
            guard let record = try cursor.next() else { return nil }
            slot = record.slot
            row = try rows.row(record)
        case .slots(let slots):
            guard let found = try slots.next() else { return nil }
            slot = found
            row = try rows.row(at: slot)
        }
        row.append(.int(Int64(slot.rawValue)))
        return row
    }
}

/// The slots of an ordered access path, in its order. No slot comes twice.
final class SlotSource {
    private enum Path {
        /// The entries of an ordered structure, range after range.
        case keys(KeyedSlotCursor)
        case list(IndexingIterator<[Slot]>)
    }

    private var path: Path

    /// `nil` where `access` is the order of slots itself.
    init?(
        _ access: TableScan.Access, reader: TableReader, builder: PlanBuilder
    ) throws(DatabaseError) {
        switch access {
        case .slots: return nil
        case .primaryKeyOrder(let descending):
            let structure = KeyStructure(primaryKeyOf: reader.table)
            guard !structure.parts.isEmpty else { return nil }
            path = .keys(try reader.cursor(structure, [.everything], descending: descending))
        case .primaryKey(let condition, let descending):
            let structure = KeyStructure(primaryKeyOf: reader.table)
            let ranges = try KeyRangeBuilder(structure, compiler: builder.compiler)
                .ranges(condition)
            if let slots = try reader.exactSlots(structure, ranges) {
                path = .list((descending ? slots.reversed() : slots).makeIterator())
            } else {
                path = .keys(try reader.cursor(structure, ranges, descending: descending))
            }
        case .index(let index, let condition, let descending):
            let structure = KeyStructure(index, of: reader.table)
            let ranges = try KeyRangeBuilder(structure, compiler: builder.compiler)
                .ranges(condition)
            path = .keys(try reader.cursor(structure, ranges, descending: descending))
        }
    }

    func next() throws(DatabaseError) -> Slot? {
        switch path {
        case .keys(let cursor): return try cursor.next()
        case .list(var slots):
            let slot = slots.next()
            path = .list(slots)
            return slot
        }
    }
}

extension PlanBuilder {
    func tableScan(_ scan: TableScan) throws(DatabaseError) -> any RowSource {
        try TableScanSource(scan, builder: self)
    }

    func exactSearch(_ search: ExactSearch) throws(DatabaseError) -> any RowSource {
        try ExactSearchSource(search, builder: self)
    }
}
