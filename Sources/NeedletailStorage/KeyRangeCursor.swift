package import NeedletailCore

/// The keys from `lower` on, before `upper`.
package struct KeyRange: Sendable, Hashable {
    /// The smallest key of the range.
    package var lower: StorageKey
    /// The smallest key past the range; `nil` for the end of all keys.
    package var upper: StorageKey?
    /// Whether nothing can be in the range, whatever its bounds say.
    var isEmpty = false

    package init(lower: StorageKey, upper: StorageKey?) {
        self.lower = lower
        self.upper = upper
    }

    /// Every key that begins with `prefix`.
    package static func prefix(_ prefix: StorageKey) -> KeyRange {
        KeyRange(lower: prefix, upper: prefix.successor)
    }

    /// The keys that begin with `prefix`, cut to bounds that begin with it too.
    ///
    /// A bound stands for every key that begins with its bytes: an inclusive upper bound and an
    /// exclusive lower bound lie after all of them.
    package static func within(
        _ prefix: StorageKey, lower: (key: StorageKey, isInclusive: Bool)? = nil,
        upper: (key: StorageKey, isInclusive: Bool)? = nil
    ) -> KeyRange {
        var range = KeyRange.prefix(prefix)
        if let lower {
            if lower.isInclusive {
                range.lower = lower.key
            } else if let after = lower.key.successor {
                range.lower = after
            } else {
                range.isEmpty = true
            }
        }
        if let upper { range.upper = upper.isInclusive ? upper.key.successor : upper.key }
        return range
    }
}

/// A walk over a ``KeyRange`` in either direction, for operators that pull.
///
/// Holds a reader's snapshot open until it ends or is closed, which it does by itself at the end.
package final class KeyRangeCursor {
    private var cursor: Cursor?
    private let range: KeyRange
    private let isReverse: Bool
    private var isStarted = false

    package init(
        _ view: StorageView, _ range: KeyRange, reverse: Bool = false
    ) throws(DatabaseError) {
        cursor = range.isEmpty ? nil : try Cursor(view)
        self.range = range
        isReverse = reverse
    }

    /// Moves on. Returns `false` at the end, and from then on.
    package func next() throws(DatabaseError) -> Bool {
        guard cursor != nil else { return false }
        let isFound = try isStarted ? step() : start()
        isStarted = true
        if isFound, contains(key) { return true }
        close()
        return false
    }

    /// The key at the current position; empty where there is none.
    package var key: UnsafeRawBufferPointer {
        // SAFETY: LMDB's own bytes; valid until the next move or write, as the type says.
        cursor?.key ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// The value at the current position; empty where there is none.
    package var value: UnsafeRawBufferPointer {
        cursor?.value ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Ends the walk. Harmless when repeated.
    package func close() { cursor = nil }

    private func start() throws(DatabaseError) -> Bool {
        guard isReverse else { return try cursor?.seek(range.lower) ?? false }
        if let upper = range.upper, try cursor?.seek(upper) ?? false {
            return try cursor?.previous() ?? false
        }
        return try cursor?.last() ?? false
    }

    private func step() throws(DatabaseError) -> Bool {
        try (isReverse ? cursor?.previous() : cursor?.next()) ?? false
    }

    private func contains(_ key: UnsafeRawBufferPointer) -> Bool {
        if isReverse { return !range.lower.withUnsafeBytes { key.precedes($0) } }
        return range.upper?.withUnsafeBytes { key.precedes($0) } ?? true
    }
}
