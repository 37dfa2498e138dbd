import NeedletailCore
import Synchronization

/// What filters have found, kept from statement to statement under a limit of memory.
final class FilterMaskCache: Sendable {
    /// A filter with the values of its parameters.
    struct Key: Hashable {
        let table: UInt32
        let filter: FilterParts
        let values: [Value]

        /// - Parameter parameters: those of the statement, with their values.
        init(table: UInt32, filter: FilterParts, _ parameters: [Value]) {
            self.table = table
            self.filter = filter
            values = filter.parameters.map { parameters[$0] }
        }
    }

    private struct Entry {
        var mask: FilterMask
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var clock: UInt64 = 0
        var shares: [Key: Share] = [:]
    }

    private struct Share {
        let snapshot: UInt64
        let value: Double
    }

    private let state = Mutex(State())
    private let bytesMax: Int

    /// - Parameter budget: bytes of memory for all of the database; `nil` where nothing was said.
    init(budget: Int?) {
        bytesMax = min(Limits.filterMaskBytesMax, budget.map { $0 / 8 } ?? .max)
    }

    private static let sharesMax = 1_024

    /// The newest mask of a filter, of whatever snapshot.
    func newest(_ key: Key) -> FilterMask? {
        state.withLock { state in
            state.clock += 1
            state.entries[key]?.lastUse = state.clock
            return state.entries[key]?.mask
        }
    }

    /// Keeps `mask`, unless one of a later commit is there; lets go of what was used least.
    func keep(_ mask: FilterMask, for key: Key) {
        state.withLock { state in
            state.shares[key] = nil
            if let known = state.entries[key], known.mask.sequence > mask.sequence { return }
            state.clock += 1
            state.entries[key] = Entry(mask: mask, lastUse: state.clock)
            var bytes = state.entries.values.reduce(0) { $0 + $1.mask.byteCount }
            while bytes > bytesMax, state.entries.count > 1,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
            {
                bytes -= oldest.value.mask.byteCount
                state.entries[oldest.key] = nil
            }
        }
    }

    /// The rows of `snapshot` that pass a filter: those that are known, or else what `make` finds,
    /// which is kept; it is given what is known of an earlier or later snapshot.
    func mask(
        _ key: Key, _ snapshot: UInt64,
        _ make: (FilterMask?) throws(DatabaseError) -> FilterMask?
    ) throws(DatabaseError) -> FilterMask? {
        let known = newest(key)
        if let known, known.snapshot == snapshot { return known }
        guard let mask = try make(known) else { return nil }
        keep(mask, for: key)
        return mask
    }

    /// Which share of the rows of `snapshot` passes a filter without a mask, about: what `estimate`
    /// says, once.
    func share(
        _ key: Key, _ snapshot: UInt64, _ estimate: () throws(DatabaseError) -> Double
    ) throws(DatabaseError) -> Double {
        let known = state.withLock { $0.shares[key] }
        if let known, known.snapshot == snapshot { return known.value }
        let value = try estimate()
        state.withLock { state in
            if state.shares.count >= Self.sharesMax { state.shares = [:] }
            state.shares[key] = Share(snapshot: snapshot, value: value)
        }
        return value
    }
}
