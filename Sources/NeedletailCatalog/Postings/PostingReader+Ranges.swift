package import NeedletailBitmap
package import NeedletailCore
import NeedletailStorage

/// Questions over several postings of an index `USING bitmap`.
extension PostingReader {
    /// The slots whose value is within the bounds, NULL never being so; `nil` where more than
    /// `most` values are, or the index is no `bitmap`. `range` has no prefix.
    ///
    /// Linear in the postings that are visited. A JSON value is within the bounds only if it is of
    /// the kind of both.
    package func slots(
        in range: ValueRange, atMost most: Int
    ) throws(DatabaseError) -> SlotBitmap? {
        guard case .value(let structure) = terms.form, let part = structure.parts.first,
            range.prefix.isEmpty
        else { return nil }
        let bounds = try PostingBounds(range, part.column)
        guard bounds.isPossible else { return SlotBitmap() }
        var words: [UInt64] = []
        var cut: [UInt64] = []
        var last: [UInt8] = []
        var visited = 0
        try view.forEachPosting(bounds.keys(of: index.id)) { chunk throws(DatabaseError) in
            if !chunk.encoded.elementsEqual(last) {
                last = Array(chunk.encoded)
                visited += 1
                guard visited <= most else { return false }
            }
            if BoundedKey.isCut(chunk.encoded) {
                try chunk.add(to: &cut)
            } else if bounds.contain(last) {
                try chunk.add(to: &words)
            }
            return true
        }
        guard visited <= most else { return nil }
        var slots = SlotBitmap(words: words)
        if !cut.isEmpty {
            // Of a value that was cut only the rows know the rest.
            slots.formUnion(
                try self.slots(of: SlotBitmap(words: cut), filedUnder: { bounds.contain($0) }))
        }
        return slots
    }

    /// How many values the column has, NULL not counted; of an array column, how many different
    /// elements. `nil` where they are more than `most`. Two long values with one beginning and hash
    /// count once. Linear in the answer.
    package func distinctCount(atMost most: Int) throws(DatabaseError) -> Int? {
        let null = BoundedKey(try encoded(.null)).bytes
        return try countPostings(atMost: most) { encoded in
            if case .elements = terms.form { return encoded.first == PostingTerms.Tag.element }
            return encoded != null
        }
    }

    /// How many postings the index has; `nil` where they are more than `most`. Linear in the
    /// answer.
    package func postingCount(atMost most: Int) throws(DatabaseError) -> Int? {
        try countPostings(atMost: most) { _ in true }
    }

    private func countPostings(
        atMost most: Int, _ isCounted: ([UInt8]) -> Bool
    ) throws(DatabaseError) -> Int? {
        var range = KeyRange.prefix(StorageKey(.postingBitmap, index.id))
        var count = 0
        while count <= most {
            var found: [UInt8]?
            try view.forEachPosting(range) { chunk throws(DatabaseError) in
                found = Array(chunk.encoded)
                return false
            }
            guard let found else { return count }
            if isCounted(found) { count += 1 }
            let own = StorageKey.postingPrefix(index: index.id, encoded: found)
            guard let next = own.successor else { return count }
            range.lower = next
        }
        return nil
    }

    /// Records and bytes of the index, by its keys and headers alone; `nil` where it has more
    /// than `most` records. Linear in them.
    package func size(atMost most: Int) throws(DatabaseError) -> (records: Int, bytes: Int)? {
        var size = (records: 0, bytes: 0)
        let all = KeyRange.prefix(StorageKey(.postingBitmap, index.id))
        try view.forEachPosting(all) { chunk throws(DatabaseError) in
            size.records += 1
            size.bytes += chunk.byteCount
            return size.records <= most
        }
        return size.records <= most ? size : nil
    }
}

/// The bounds of a range as encoded values, in full.
private struct PostingBounds {
    private let lower: Bound?
    private let upper: Bound?
    /// What every value within the bounds begins with.
    private let prefix: [UInt8]
    /// Whether anything can be within them.
    let isPossible: Bool

    private struct Bound {
        let bytes: [UInt8]
        let isInclusive: Bool
    }

    init(_ range: ValueRange, _ column: KeyColumn) throws(DatabaseError) {
        let lower = try Self.bound(range.lower, column)
        let upper = try Self.bound(range.upper, column)
        self.lower = lower
        self.upper = upper
        let bounds = [lower, upper].compactMap { $0 }
        // NULL satisfies no bound, and is within none; JSON has a byte for the kind before values.
        let isWithin = bounds.allSatisfy { $0.bytes.first == KeyCoding.present }
        guard column.kind == .json, let first = bounds.first, isWithin else {
            prefix = [KeyCoding.present]
            isPossible = isWithin
            return
        }
        let kind = Array(first.bytes.prefix(2))
        prefix = kind
        isPossible = bounds.allSatisfy { $0.bytes.starts(with: kind) }
    }

    private static func bound(
        _ bound: ValueRange.Bound?, _ column: KeyColumn
    ) throws(DatabaseError) -> Bound? {
        guard let bound else { return nil }
        var bytes: [UInt8] = []
        try KeyCoding.append(bound.value, column, to: &bytes)
        return Bound(bytes: bytes, isInclusive: bound.isInclusive)
    }

    /// The stored keys that may be within the bounds, and perhaps some more where values were cut.
    func keys(of index: UInt32) -> KeyRange {
        func key(_ bound: Bound?) -> (key: StorageKey, isInclusive: Bool)? {
            bound.map { bound in
                let ordered = BoundedKey.ordered(bound.bytes)
                let isCut = ordered.count < bound.bytes.count
                return (
                    StorageKey.postingPrefix(index: index, encoded: ordered),
                    bound.isInclusive || isCut
                )
            }
        }
        return .within(
            .postingPrefix(index: index, encoded: prefix), lower: key(lower), upper: key(upper))
    }

    /// Whether an encoded value, not bounded, is within.
    func contain(_ encoded: [UInt8]) -> Bool {
        guard encoded.starts(with: prefix) else { return false }
        if let lower {
            if encoded == lower.bytes { return lower.isInclusive && isBelow(encoded) }
            if encoded.lexicographicallyPrecedes(lower.bytes) { return false }
        }
        return isBelow(encoded)
    }

    private func isBelow(_ encoded: [UInt8]) -> Bool {
        guard let upper else { return true }
        if encoded == upper.bytes { return upper.isInclusive }
        return encoded.lexicographicallyPrecedes(upper.bytes)
    }
}
