import NeedletailCore
package import NeedletailIndex
package import NeedletailKernels
import NeedletailStorage

/// Codes of the rows that are in no segment, in pieces that the states of many commits share: a
/// commit changes few of them.
package struct TailCodes: Sendable {
    /// By the slots' upper bits.
    private var pieces: [UInt32: CodeList] = [:]
    private var lists: [CodeList]
    package let layout: CodeLayout
    /// What one-bit codes are seen from, kept from commit to commit, once there are any.
    private var center: CodeCenter?

    /// Slots of a piece: 2 to the power of this.
    private static let shift: UInt32 = 10
    /// Rows beyond which a tail has no codes: writers were slowed down long before.
    private static let rowsMax = 1 << 18
    /// Rows that are encoded for a search that finds none of them encoded.
    private static let freshRowsMax = 8_192
    /// Rows whose mean is the center.
    private static let centerRows = 256

    /// `nil` where the tail is empty or too long, or its codes would be none of integers or bits.
    ///
    /// - Parameters:
    ///   - old: the codes of an earlier commit.
    ///   - changed: what was changed since; `nil` where nobody knows.
    init?(
        of state: VectorIndexState, _ reader: TableReader, column: Int, old: TailCodes?,
        changed: Set<UInt32>?
    ) throws(DatabaseError) {
        guard let layout = state.segments.first?.layout.forBuild, layout.kind.isInteger else {
            return nil
        }
        let tail = state.tail
        let known = changed == nil || old?.layout != layout ? nil : old
        guard !tail.isEmpty, tail.count <= (known == nil ? Self.freshRowsMax : Self.rowsMax) else {
            return nil
        }
        self.layout = layout
        let vectors = try reader.vectorColumn(column)
        let type = reader.table.columns[column].type
        var first = 0
        var lists: [CodeList] = []
        while first < tail.count {
            let number = tail[first].rawValue >> Self.shift
            var end = first
            while end < tail.count, tail[end].rawValue >> Self.shift == number { end += 1 }
            let slots = tail[first..<end].map(\.rawValue)
            let list = try Self.list(
                layout, slots, known?.pieces[number], changed ?? [], vectors, type)
            pieces[number] = list
            lists.append(list)
            first = end
        }
        self.lists = lists
        center = known?.center
    }

    /// The same with one-bit codes in every piece; `nil` where all have them, or they are of no
    /// use. They take several times as long to make as records, so that no search waits for them.
    func withOneBitCodes(
        _ tail: [Slot], _ reader: TableReader, column: Int
    ) throws(DatabaseError) -> TailCodes? {
        guard CodeCenter.serves(layout), pieces.values.contains(where: { $0.center == nil }) else {
            return nil
        }
        let vectors = try reader.vectorColumn(column)
        let type = reader.table.columns[column].type
        var made = self
        if made.center == nil {
            made.center = try Self.center(layout, tail, vectors, type)
        }
        made.lists = []
        for number in pieces.keys.sorted() {
            guard var list = pieces[number] else { continue }
            if list.center == nil {
                list = try Self.list(
                    layout, list.covered, center: made.center, list, [], vectors, type)
                made.pieces[number] = list
            }
            made.lists.append(list)
        }
        return made
    }

    /// A point amid the first of the rows; `nil` where one-bit codes are of no use.
    private static func center(
        _ layout: CodeLayout, _ tail: [Slot], _ column: VectorColumn, _ type: ValueType
    ) throws(DatabaseError) -> CodeCenter? {
        guard CodeCenter.serves(layout) else { return nil }
        var sums = [Double](repeating: 0, count: layout.dimension)
        var vector = [Float](repeating: 0, count: layout.dimension)
        var count = 0
        for slot in tail.prefix(centerRows) {
            guard let bytes = try column.vector(slot) else { continue }
            vector.withUnsafeMutableBufferPointer { vector in
                // SAFETY: a block holds whole vectors of its column's type.
                guard let base = vector.baseAddress else { return }
                StoredVector.widen(bytes, type, into: base, dimension: layout.dimension)
                _ = layout.normalize(base)
            }
            for axis in sums.indices { sums[axis] += Double(vector[axis]) }
            count += 1
        }
        return CodeCenter(layout, sums.map { Float($0 / Double(max(1, count))) })
    }

    private static func list(
        _ layout: CodeLayout, _ slots: [UInt32], center: CodeCenter? = nil, _ old: CodeList?,
        _ changed: Set<UInt32>, _ column: VectorColumn, _ type: ValueType
    ) throws(DatabaseError) -> CodeList {
        if let old, old.covered == slots, center == nil || old.center === center,
            !slots.contains(where: changed.contains)
        {
            return old
        }
        return try CodeList(
            layout, of: slots, center: center, from: old, where: { !changed.contains($0) },
            read: { slot, vector throws(DatabaseError) in
                // SAFETY: a block holds whole vectors of its column's type.
                guard let bytes = try column.vector(Slot(slot)) else { return false }
                StoredVector.widen(bytes, type, into: vector, dimension: layout.dimension)
                return true
            })
    }

    /// Rows that may be among the `k` nearest to `query`, which has ``layout``.
    package func nearest(to query: CodeListQuery, k: Int) -> [UInt32] {
        CodeList.nearest(lists, to: query, k: k)
    }
}
