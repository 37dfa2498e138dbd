import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// A scan of a table, compiled.
final class CompiledScan: Sendable {
    let table: TableDefinition
    let layout: RowLayout
    let access: CompiledAccess
    let accepts: CompiledPredicate?

    init(_ scan: TableScan, _ compiler: ExpressionCompiler) {
        table = scan.table
        layout = RowLayout(scan.table, needed: ColumnSelection(scan.needed))
        access = CompiledAccess(scan.access, of: scan.table, compiler)
        accepts = scan.filter.map(compiler.predicate)
    }
}

/// An access path, compiled.
enum CompiledAccess: Sendable {
    /// The order of slots.
    case slots
    /// All of an ordered structure.
    case everything(KeyStructure, descending: Bool)
    /// One primary key, or none.
    case key(KeyRangeBuilder)
    case ranges(KeyRangeBuilder, descending: Bool)
    /// The postings of a bitmap index.
    case postings(IndexDefinition, KeyRangeBuilder)

    init(
        _ access: TableScan.Access, of table: TableDefinition, _ compiler: ExpressionCompiler
    ) {
        switch access {
        case .slots: self = .slots
        case .primaryKeyOrder(let descending):
            let structure = KeyStructure(primaryKeyOf: table)
            self = structure.parts.isEmpty ? .slots : .everything(structure, descending: descending)
        case .primaryKey(let condition, let descending):
            let keys = KeyRangeBuilder(condition, of: KeyStructure(primaryKeyOf: table), compiler)
            self = keys.isWholeKey ? .key(keys) : .ranges(keys, descending: descending)
        case .index(let index, let condition, let descending):
            let keys = KeyRangeBuilder(condition, of: KeyStructure(index, of: table), compiler)
            self =
                index.method == .bitmap
                ? .postings(index, keys) : .ranges(keys, descending: descending)
        }
    }
}

/// Rows of a table by an access path, with the slot as the last column.
final class TableScanSource: RowSource {
    private enum Input {
        /// Whole records in slot order, read one after the other.
        case records(RecordCursor)
        case slots(SlotSource)
    }

    private let input: Input
    private let rows: RowReader
    private let accepts: CompiledPredicate?
    private let run: PlanRun

    init(_ scan: CompiledScan, _ run: PlanRun) throws(DatabaseError) {
        let reader = try run.scope.reader(scan.table)
        if let slots = try SlotSource(scan.access, reader: reader, run) {
            input = .slots(slots)
        } else {
            input = .records(try reader.records())
        }
        rows = RowReader(view: reader.view, layout: scan.layout)
        accepts = scan.accepts
        self.run = run
    }

    func next() throws(DatabaseError) -> [Value]? {
        while let row = try nextRow() {
            run.counters.work.visited += 1
            if run.counters.work.visited % 512 == 0 { try run.cancellation.check() }
            if let accepts, try !accepts(run, row) { continue }
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
        /// The last of a list.
        case last(Slot?)
        /// In the order of slots.
        case bitmap(SlotBitmap.Slots)
    }

    /// Values of a range beyond which every row is looked at instead.
    private static let postingsMax = 1_000

    private var path: Path

    /// `nil` where `access` is the order of slots itself.
    init?(
        _ access: CompiledAccess, reader: TableReader, _ run: PlanRun
    ) throws(DatabaseError) {
        switch access {
        case .slots: return nil
        case .everything(let structure, let descending):
            path = .keys(try reader.cursor(structure, [.everything], descending: descending))
        case .key(let keys):
            guard let values = try keys.wholeKey(run) else {
                path = .last(nil)
                return
            }
            path = .last(try reader.slot(forKey: values, of: keys.structure))
        case .ranges(let keys, let descending):
            let ranges = try keys.ranges(run)
            if let slots = try reader.exactSlots(keys.structure, ranges) {
                path = .list((descending ? slots.reversed() : slots).makeIterator())
            } else {
                path = .keys(try reader.cursor(keys.structure, ranges, descending: descending))
            }
        case .postings(let index, let keys):
            if let found = try Self.postings(index, keys.ranges(run), reader) {
                path = .bitmap(found.slots)
            } else {
                path = .bitmap(try reader.liveSlots().slots)
            }
        }
    }

    /// The slots of some postings of a bitmap index; `nil` where they are too many to be read.
    static func postings(
        _ index: IndexDefinition, _ ranges: [ValueRange], _ reader: TableReader
    ) throws(DatabaseError) -> SlotBitmap? {
        guard
            let postings = PostingReader(view: reader.view, index: index, table: reader.table)
        else { return nil }
        var found = SlotBitmap()
        for range in ranges {
            if let value = range.prefix.first {
                found.formUnion(try postings.slots(equalTo: value))
            } else if let slots = try postings.slots(in: range, atMost: postingsMax) {
                found.formUnion(slots)
            } else {
                return nil
            }
        }
        return found
    }

    func next() throws(DatabaseError) -> Slot? {
        switch path {
        case .keys(let cursor): return try cursor.next()
        case .last(let slot):
            path = .last(nil)
            return slot
        case .list(var slots):
            let slot = slots.next()
            path = .list(slots)
            return slot
        case .bitmap(var slots):
            let slot = slots.next()
            path = .bitmap(slots)
            return slot.map { Slot($0) }
        }
    }
}
