import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where the blocks of one column lie in one snapshot, as far as they were looked up and verified:
/// for searches that read a vector here and there, for which the tree is ten times slower.
///
/// All readers of one commit see the same pages at the same addresses, and nobody writes to them
/// for as long as one of them is there.
final class BlockPlaces: Sendable {
    // SAFETY: zeroed memory is a valid array of atomics that are 0, it lives as long as this, and
    // every place is below `count`.
    nonisolated(unsafe) private let places: UnsafeMutablePointer<Atomic<UInt>>
    private let count: Int
    private let table: UInt32
    private let column: UInt32
    private let snapshot: UInt64

    /// `nil` where there is no memory for it.
    init?(table: UInt32, column: UInt32, snapshot: UInt64, count: Int) {
        guard let memory = calloc(max(1, count), MemoryLayout<UInt>.stride) else { return nil }
        places = memory.assumingMemoryBound(to: Atomic<UInt>.self)
        self.count = count
        self.table = table
        self.column = column
        self.snapshot = snapshot
    }

    deinit { free(places) }

    func isOf(table: UInt32, column: UInt32, snapshot: UInt64) -> Bool {
        self.snapshot == snapshot && self.table == table && self.column == column
    }

    func isReplaced(by newer: BlockPlaces) -> Bool {
        snapshot <= newer.snapshot && table == newer.table && column == newer.column
    }

    /// Where a block begins.
    struct Place {
        let start: UnsafeRawPointer
        /// Whether each of its rows holds a vector, so that neither header nor presence need be
        /// looked at: they lie in other pages than a vector.
        let isFull: Bool
    }

    /// Where block `number` begins, if that is known.
    @inline(__always)
    subscript(number: UInt32) -> Place? {
        guard number < count else { return nil }
        let word = places[Int(number)].load(ordering: .acquiring)
        // Blocks begin at even addresses.
        guard let start = UnsafeRawPointer(bitPattern: word & ~1) else { return nil }
        return Place(start: start, isFull: word & 1 == 1)
    }

    func remember(_ start: UnsafeRawPointer, of number: UInt32, isFull: Bool) {
        guard number < count else { return }
        places[Int(number)].store(
            UInt(bitPattern: start) | (isFull ? 1 : 0), ordering: .releasing)
    }
}

/// The places of the columns that were searched last.
final class KnownPlaces: Sendable {
    private let columns = Mutex<[BlockPlaces]>([])

    /// Those of a column as `view` sees it; `nil` for a view that may write, whose pages move.
    func places(
        _ view: StorageView, table: UInt32, column: UInt32, layout: VectorLayout
    ) throws(DatabaseError) -> BlockPlaces? {
        guard let snapshot = try view.snapshot else { return nil }
        let known = columns.withLock { columns in
            columns.first { $0.isOf(table: table, column: column, snapshot: snapshot) }
        }
        if let known { return known }
        let slots = Int(try view.statistics(table: table).nextSlot)
        guard
            let made = BlockPlaces(
                table: table, column: column, snapshot: snapshot,
                count: (slots + layout.rowsPerBlock - 1) >> layout.rowShift)
        else { return nil }
        columns.withLock { columns in
            columns.removeAll { $0.isReplaced(by: made) }
            if columns.count >= StorageTuning.knownPlacesMax { columns.removeFirst() }
            columns.append(made)
        }
        return made
    }
}
